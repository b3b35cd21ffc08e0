"""Finding out what became of messages nobody can be sure of."""

from datetime import datetime

import structlog
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from messaging.exceptions import OutcomeUnknown
from messaging.gateways import provider
from messaging.models import Attempt, Message
from messaging.services.claiming import lease_unknown, sweep_expired_leases
from messaging.services.delivery import record_accepted, return_to_queue
from messaging.transitions import State

log = structlog.get_logger(__name__)
BATCH = 50


def reconcile(*, now: datetime) -> int:
    """Take back expired leases and look up what is unknown; how many messages were settled.

    Safe to run anywhere, any number of times at once.
    """
    settled = sweep_expired_leases(now=now)
    for message_id in lease_unknown(limit=BATCH):
        try:
            settled += _settle(message_id, now=now)
        except IntegrityError:
            # Another message with the same words took that name first: look again next time.
            log.info("name taken while reconciling", message=message_id)
    return settled


def _settle(message_id: int, *, now: datetime) -> bool:
    message = Message.objects.filter(pk=message_id, state=State.UNKNOWN).first()
    if message is None:
        return False
    attempt = message.attempts.order_by("-number").first()
    if attempt is None:
        return False
    try:
        sid = _found_at_provider(message, attempt)
    except OutcomeUnknown as fact:
        log.warning("provider cannot be asked", message=message.pk, error_code=fact.code)
        return False
    if sid:
        record_accepted(message, attempt, sid, now=now)
        log.info("message reconciled", message=message.pk, found=True)
        return True
    with transaction.atomic():
        Attempt.objects.filter(pk=attempt.pk).update(
            outcome=Attempt.Outcome.NOT_PROCESSED, finished_at=Now()
        )
        return_to_queue(message, tries=attempt.number, code=message.error_code, now=now)
    log.info("message reconciled", message=message.pk, found=False)
    return True


def _found_at_provider(message: Message, attempt: Attempt) -> str | None:
    """The provider's name for this message, if it has it. Raises OutcomeUnknown.

    Two messages of ours may say the same to one number: a name that another message already
    has is not this one's. Letters cannot be looked up; they go again under their Message-ID.
    """
    if message.channel == "email":
        return None
    if message.channel == "sms":
        found = provider.sids_of_text(
            to=message.address, body=message.body, since=attempt.started_at
        )
    else:
        found = provider.sids_of_calls(to=message.address, since=attempt.started_at)
    taken = set(
        Message.objects.filter(provider_sid__in=found).values_list("provider_sid", flat=True)
    )
    return next((sid for sid in found if sid not in taken), None)

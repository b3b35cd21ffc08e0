"""What the provider reports afterwards."""

import uuid
from datetime import datetime

import structlog
from django.db import transaction

from messaging.models import Attempt, Message, Receipt
from messaging.rules.delivery import raised_by_receipt
from messaging.rules.provider_errors import ABOUT_THE_ADDRESS, Meaning, meaning_of
from messaging.services.fallback import fall_back, note_opt_out
from messaging.services.secrets import forget_secret
from messaging.transitions import LOST, State

log = structlog.get_logger(__name__)


@transaction.atomic
def record_receipt(
    *, public_id: uuid.UUID, provider_sid: str, status: str, error_code: str, now: datetime
) -> bool:
    """Store a receipt and let it raise the message's state; False when no message is meant.

    Repeats and late ones change nothing. A receipt for a message whose outcome is unknown, or
    that waits to be sent again, settles it: it carries our own id.
    """
    message = (
        Message.objects.select_for_update(of=("self",))
        .select_related("person")
        .filter(public_id=public_id)
        .first()
    )
    if message is None or message.provider_sid not in ("", provider_sid):
        return False
    Receipt.objects.bulk_create(
        [
            Receipt(
                message=message,
                provider_sid=provider_sid,
                status=status,
                error_code=error_code,
                received_at=now,
            )
        ],
        ignore_conflicts=True,
    )
    after = raised_by_receipt(message.state, status)
    if after is None:
        return True
    code = error_code or (status if after in LOST else "")
    message.state, message.state_since = after, now
    message.provider_sid, message.error_code = provider_sid, code
    message.claimed_by, message.lease_until = "", None
    message.save(
        update_fields=[
            "state",
            "state_since",
            "provider_sid",
            "error_code",
            "claimed_by",
            "lease_until",
        ]
    )
    forget_secret(message)
    Attempt.objects.filter(
        message=message, outcome__in=[Attempt.Outcome.OPEN, Attempt.Outcome.UNKNOWN]
    ).update(outcome=Attempt.Outcome.ACCEPTED, provider_sid=provider_sid)
    if after in LOST:
        _lost(message, code, now=now)
    return True


def _lost(message: Message, code: str, *, now: datetime) -> None:
    meaning = meaning_of(code)
    if meaning is Meaning.ALARM:
        log.error("message lost", message=message.pk, error_code=code, state=State(message.state))
    if meaning is Meaning.OPTED_OUT:
        note_opt_out(channel=message.channel, address=message.address, now=now)
    fall_back(message, now=now, elsewhere=meaning in ABOUT_THE_ADDRESS)

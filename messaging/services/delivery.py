"""Sending one message: decide, commit the intention, ask the provider, write down the answer.

No transaction is open while the provider is asked. A crash at any line leaves a row that says
what may have happened, and ``reconciling`` finds out.
"""

from datetime import datetime

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.urls import reverse

from messaging.exceptions import MissingWords, NotProcessed, OutcomeUnknown, Refused
from messaging.gateways import mail, provider
from messaging.kinds import Attachment, registry
from messaging.models import Attempt, Message
from messaging.rules.delivery import MOST_TRIES, retry_delay
from messaging.rules.provider_errors import ABOUT_THE_ADDRESS, Meaning, meaning_of
from messaging.services.checks import Verdict, verdict_on
from messaging.services.claiming import from_now
from messaging.services.fallback import fall_back, note_opt_out
from messaging.services.secrets import forget_secret
from messaging.transitions import State, sources_of
from messaging.words import Words, words_for

log = structlog.get_logger(__name__)


def deliver(*, message_id: int, worker: str, now: datetime) -> None:
    """Carry one claimed message to its next state. Does nothing when the lease was lost."""
    message = (
        Message.objects.select_related("person")
        .filter(pk=message_id, state=State.CLAIMED, claimed_by=worker)
        .first()
    )
    if message is None:
        return
    verdict = verdict_on(message, now=now)
    if verdict is not None:
        _set_aside(message, verdict, now=now)
        return
    kind = registry()[message.kind]
    try:
        content = kind.content(message)
        words = words_for(
            kind=message.kind,
            channel=message.channel,
            language=message.language,
            facts=content.facts,
        )
    except MissingWords:
        log.exception("message without words", message=message.pk, kind=message.kind)
        _set_aside(message, Verdict(State.SUPPRESSED, "no_words"), now=now)
        return
    attempt = _begin(message, words, worker=worker, now=now)
    if attempt is not None:
        _ask_provider(message, attempt, words, content.attachments, now=now)


@transaction.atomic
def _set_aside(message: Message, verdict: Verdict, *, now: datetime) -> None:
    """Not sending is an outcome with a name."""
    changed = Message.objects.filter(
        pk=message.pk, state=State.CLAIMED, claimed_by=message.claimed_by
    ).update(
        state=verdict.state,
        state_since=now,
        reason=verdict.reason,
        due_at=verdict.due_at or message.due_at,
        claimed_by="",
        lease_until=None,
    )
    if changed:
        log.info("message not sent", message=message.pk, kind=message.kind, reason=verdict.reason)
        if verdict.state != State.SCHEDULED:
            forget_secret(message)
        if verdict.reason == "opted_out":
            fall_back(message, now=now, elsewhere=True)


@transaction.atomic
def _begin(message: Message, words: Words, *, worker: str, now: datetime) -> Attempt | None:
    """Commit that the provider is about to be asked. None when the lease was lost meanwhile."""
    mine = Message.objects.filter(
        pk=message.pk, state=State.CLAIMED, claimed_by=worker, lease_until__gt=Now()
    ).update(
        state=State.SENDING,
        state_since=now,
        reason="",
        tries=F("tries") + 1,
        subject=words.subject,
        body=words.body,
        lease_until=from_now(settings.MESSAGE_LEASE_SECONDS),
    )
    if not mine:
        return None
    return Attempt.objects.create(message=message, number=message.tries + 1, started_at=Now())


def _ask_provider(
    message: Message,
    attempt: Attempt,
    words: Words,
    attachments: list[Attachment],
    *,
    now: datetime,
) -> None:
    try:
        accepted = _send(message, words, attachments)
    except NotProcessed as fact:
        _try_again(message, attempt, fact.code, now=now)
    except Refused as fact:
        _give_up(message, attempt, fact.code, now=now)
    except OutcomeUnknown as fact:
        _leave_unknown(message, attempt, fact.code, now=now)
    else:
        record_accepted(message, attempt, accepted.sid, now=now)


def _send(message: Message, words: Words, attachments: list[Attachment]) -> provider.Accepted:
    status_url = settings.PUBLIC_URL + reverse("messaging:status", args=[message.public_id])
    if message.channel == "sms":
        return provider.send_sms(to=message.address, body=words.body, status_url=status_url)
    if message.channel == "voice":
        script_url = settings.PUBLIC_URL + reverse("messaging:voice", args=[message.public_id])
        return provider.place_call(to=message.address, script_url=script_url, status_url=status_url)
    return mail.send_email(
        to=message.address,
        subject=words.subject,
        text=words.body,
        html=words.html,
        message_id=f"<{message.public_id}@{settings.DEFAULT_FROM_EMAIL.split('@')[-1].strip('>')}>",
        attachments=attachments,
    )


@transaction.atomic
def record_accepted(message: Message, attempt: Attempt | None, sid: str, *, now: datetime) -> None:
    """The provider has it. A receipt may have said so already, and more: it is not undone."""
    Message.objects.filter(pk=message.pk, state__in=sources_of(State.ACCEPTED)).update(
        state=State.ACCEPTED,
        state_since=now,
        provider_sid=sid,
        claimed_by="",
        lease_until=None,
        error_code="",
    )
    forget_secret(message)
    if attempt is not None:
        _close(attempt, Attempt.Outcome.ACCEPTED, sid=sid)
    log.info("message accepted", message=message.pk, kind=message.kind, channel=message.channel)


@transaction.atomic
def _try_again(message: Message, attempt: Attempt, code: str, *, now: datetime) -> None:
    """Provably not taken: wait a little longer each time, then give up."""
    _close(attempt, Attempt.Outcome.NOT_PROCESSED, code=code)
    return_to_queue(message, tries=attempt.number, code=code, now=now)


def return_to_queue(message: Message, *, tries: int, code: str, now: datetime) -> None:
    """Let a message that was not sent wait for another try, or call it dead.

    ``tries`` names the try that failed: a later one by another worker is left alone.
    """
    dead = tries >= MOST_TRIES
    state = State.DEAD if dead else State.PENDING
    changed = _tried(message, tries).update(
        state=state,
        state_since=now,
        due_at=F("due_at") if dead else now + retry_delay(tries),
        error_code=code,
        claimed_by="",
        lease_until=None,
    )
    log.warning(
        "message not processed", message=message.pk, error_code=code, tries=tries, dead=dead
    )
    if changed and dead:
        forget_secret(message)
        fall_back(message, now=now)


@transaction.atomic
def _give_up(message: Message, attempt: Attempt, code: str, *, now: datetime) -> None:
    """The provider said no. Its code says whether to wait, go another way, or raise an alarm."""
    meaning = meaning_of(code)
    if meaning is Meaning.RETRY_LATER:
        _close(attempt, Attempt.Outcome.NOT_PROCESSED, code=code)
        return_to_queue(message, tries=attempt.number, code=code, now=now)
        return
    _close(attempt, Attempt.Outcome.REFUSED, code=code)
    changed = _tried(message, attempt.number).update(
        state=State.FAILED, state_since=now, error_code=code, lease_until=None
    )
    if meaning is Meaning.ALARM:
        log.error("provider refused a message", message=message.pk, error_code=code)
    if meaning is Meaning.OPTED_OUT:
        note_opt_out(channel=message.channel, address=message.address, now=now)
    if changed:
        forget_secret(message)
        fall_back(message, now=now, elsewhere=meaning in ABOUT_THE_ADDRESS)


@transaction.atomic
def _leave_unknown(message: Message, attempt: Attempt, code: str, *, now: datetime) -> None:
    """It may have gone or not. Never sent again before somebody has looked."""
    _close(attempt, Attempt.Outcome.UNKNOWN, code=code)
    _tried(message, attempt.number).filter(state=State.SENDING).update(
        state=State.UNKNOWN,
        state_since=now,
        error_code=code,
        lease_until=from_now(settings.RECONCILE_AFTER_SECONDS),
    )
    log.warning("message outcome unknown", message=message.pk, error_code=code)


def _tried(message: Message, number: int) -> QuerySet[Message]:
    """The message while its newest try is this one and has no outcome yet."""
    return Message.objects.filter(
        pk=message.pk, tries=number, state__in=[State.SENDING, State.UNKNOWN]
    )


def _close(attempt: Attempt, outcome: Attempt.Outcome, *, sid: str = "", code: str = "") -> None:
    Attempt.objects.filter(pk=attempt.pk).update(
        outcome=outcome, finished_at=Now(), provider_sid=sid, error_code=code
    )

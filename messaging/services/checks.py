"""The last look before a message goes: is it still wanted, allowed and true?"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from messaging.kinds import MessageKind, registry
from messaging.models import Message
from messaging.rules.delivery import after_quiet_hours
from messaging.selectors import opted_out
from messaging.transitions import OUT, State
from people.selectors import withdrew_consent

CAP_WINDOW = timedelta(hours=24)
MOST_IN_WINDOW = 8


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do instead of sending. ``state`` is suppressed, expired or scheduled (later)."""

    state: State
    reason: str
    due_at: datetime | None = None


def verdict_on(message: Message, *, now: datetime) -> Verdict | None:
    """None when the message may go now."""
    kind = registry()[message.kind]
    if message.useful_until is not None and message.useful_until < now:
        return Verdict(State.EXPIRED, "too_late")
    reason = _forbidden(message, kind, now) or kind.still_true(message)
    if reason:
        return Verdict(State.SUPPRESSED, reason)
    return None if kind.immediate else _quiet(message, now)


def _forbidden(message: Message, kind: MessageKind, now: datetime) -> str | None:
    person = message.person
    if person is not None:
        if person.deceased_on is not None:
            return "deceased"
        if person.do_not_contact:
            return "do_not_contact"
        if withdrew_consent(person.pk, purpose=kind.purpose):
            return "consent_withdrawn"
    if opted_out(channel=message.channel, address=message.address):
        return "opted_out"
    if person is not None and not kind.immediate and _capped(person.pk, now):
        return "frequency_cap"
    return None


def _capped(person_id: int, now: datetime) -> bool:
    lately = Message.objects.filter(
        person_id=person_id, state__in=OUT, state_since__gt=now - CAP_WINDOW
    )
    return lately.count() >= MOST_IN_WINDOW


def _quiet(message: Message, now: datetime) -> Verdict | None:
    """Texts and calls wait for the morning; a letter disturbs nobody."""
    person = message.person
    if person is None or message.channel == "email":
        return None
    wake = after_quiet_hours(
        now,
        quiet_from=person.quiet_from,
        quiet_until=person.quiet_until,
        zone=ZoneInfo(person.time_zone),
    )
    return Verdict(State.SCHEDULED, "quiet_hours", wake) if wake else None

"""When one way does not work: another, and at last a person."""

from datetime import datetime

import structlog
from django.db import connection

from messaging.kinds import registry
from messaging.models import Message, OptOut
from messaging.services import outbox
from messaging.services.outbox import ADDRESS_KIND
from messaging.transitions import OUT, State

log = structlog.get_logger(__name__)

ORDER = ("sms", "voice", "email")
# Still on its way, or there already: no need to go another way too.
HOPEFUL = OUT | {State.SCHEDULED, State.PENDING, State.CLAIMED, State.SENDING, State.UNKNOWN}


def fall_back(message: Message, *, now: datetime, elsewhere: bool = False) -> None:
    """Say the same by the next channel that has not been tried, or give it to a person.

    ``elsewhere`` rules out the address itself: nobody is called on a number that does not exist
    or that asked us to stop. Nothing is done while the same thing is on its way by another
    channel, or once it is no longer useful. Runs in the transaction that recorded the failure.
    """
    kind = registry()[message.kind]
    too_late = message.useful_until is not None and message.useful_until < now
    if not kind.fallback or message.person is None or too_late:
        return
    base = message.key.rsplit(":", 1)[0]
    with connection.cursor() as cursor:
        # Two channels may fail at once: the second must see that the first has failed.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [base])
    siblings = Message.objects.filter(key__in=[f"{base}:{channel}" for channel in ORDER])
    tried = {sibling.channel for sibling in siblings}
    if any(sibling.state in HOPEFUL for sibling in siblings if sibling.pk != message.pk):
        return
    for channel in ORDER:
        if channel in tried or channel not in kind.channels:
            continue
        if elsewhere and ADDRESS_KIND[channel] == ADDRESS_KIND[message.channel]:
            continue
        queued = outbox.queue_messages(
            kind=message.kind,
            person=message.person,
            channels=[channel],
            key=base,
            about=message.about,
            about_id=message.about_id,
            about_version=message.about_version,
            facts=message.facts,
            useful_until=message.useful_until,
            now=now,
        )
        if queued:
            log.info("message falls back", message=message.pk, channel=channel)
            return
    outbox.hand_to_a_person(
        key=base,
        kind=message.kind,
        person=message.person,
        message=message,
        about=message.about,
        about_id=message.about_id,
        now=now,
    )


def note_opt_out(*, channel: str, address: str, now: datetime) -> None:
    """Keep that an address wants nothing more on a channel. Saying so twice is success."""
    OptOut.objects.get_or_create(
        channel=channel, address=address, until=None, defaults={"since": now}
    )


def note_opt_in(*, channel: str, address: str, now: datetime) -> None:
    """The address wants to hear from us again."""
    OptOut.objects.filter(channel=channel, address=address, until=None).update(until=now)

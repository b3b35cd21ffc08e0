"""The one way out: whatever is to be said is first a row, in the caller's transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from infrastructure.rows import insert_if_new, write
from messaging.kinds import registry
from messaging.models import Message, Task
from messaging.services import nudges
from messaging.transitions import State
from people.models import Person
from people.selectors import addresses_of

ADDRESS_KIND = {"sms": "phone", "voice": "phone", "email": "email"}


def queue_messages(
    *,
    kind: str,
    person: Person,
    channels: Sequence[str],
    key: str,
    now: datetime,
    due_at: datetime | None = None,
    useful_until: datetime | None = None,
    about: str = "",
    about_id: int | None = None,
    about_version: int | None = None,
    facts: dict[str, Any] | None = None,
) -> QuerySet[Message]:
    """One message on each of ``channels`` the person has an address for, once for each ``key``.

    Without any address it becomes a task: a person is a channel too. Planning the same key
    again adds nothing. Runs in the caller's transaction; a worker is nudged after it commits.
    """
    rows = messages_to(
        kind=kind,
        person=person,
        channels=channels,
        key=key,
        now=now,
        due_at=due_at,
        useful_until=useful_until,
        about=about,
        about_id=about_id,
        about_version=about_version,
        facts=facts,
    )
    if not rows:
        hand_to_a_person(key=key, kind=kind, person=person, about=about, about_id=about_id, now=now)
    return _add(rows, now=now)


def messages_to(
    *,
    kind: str,
    person: Person,
    channels: Sequence[str],
    key: str,
    now: datetime,
    due_at: datetime | None = None,
    useful_until: datetime | None = None,
    about: str = "",
    about_id: int | None = None,
    about_version: int | None = None,
    facts: dict[str, Any] | None = None,
    addresses: Mapping[str, str] | None = None,
) -> list[Message]:
    """What ``queue_messages`` adds, for who writes it together with other rows and then calls
    ``ring``; nothing for somebody without an address.

    ``addresses`` are those of ``addresses_of``, for who has read them.
    """
    if addresses is None:
        addresses = addresses_of(person)
    reachable = {
        channel: addresses[ADDRESS_KIND[channel]]
        for channel in dict.fromkeys(channels)
        if ADDRESS_KIND[channel] in addresses
    }
    return [
        _message(
            kind=kind,
            channel=channel,
            address=address,
            key=f"{key}:{channel}",
            person=person,
            language=person.language,
            due_at=due_at or now,
            useful_until=useful_until,
            about=about,
            about_id=about_id,
            about_version=about_version,
            facts=facts or {},
            now=now,
        )
        for channel, address in reachable.items()
    ]


def queue_to_address(
    *,
    kind: str,
    channel: str,
    address: str,
    language: str,
    key: str,
    now: datetime,
    facts: dict[str, Any],
    useful_until: datetime | None = None,
) -> QuerySet[Message]:
    """A message to an address that is not, or not yet, known to be a person's."""
    row = _message(
        kind=kind,
        channel=channel,
        address=address,
        key=key,
        language=language,
        due_at=now,
        useful_until=useful_until,
        facts=facts,
        now=now,
    )
    return _add([row], now=now)


def hand_to_a_person(
    *,
    key: str,
    kind: str,
    person: Person | None,
    now: datetime,
    about: str = "",
    about_id: int | None = None,
    message: Message | None = None,
    role: str = "agent",
    detail: str = "",
) -> Task:
    """Put something on the worklist, once for each key. ``kind`` has words for staff."""
    task, _ = Task.objects.get_or_create(
        key=key,
        defaults={
            "kind": kind,
            "detail": detail,
            "role": role,
            "person": person,
            "message": message,
            "about": about,
            "about_id": about_id,
            "due_at": now,
            "created_at": now,
        },
    )
    return task


def _message(*, kind: str, due_at: datetime, now: datetime, **fields: Any) -> Message:
    return Message(
        kind=kind,
        priority=registry()[kind].priority,
        state=State.PENDING if due_at <= now else State.SCHEDULED,
        due_at=due_at,
        created_at=now,
        state_since=now,
        **fields,
    )


def _add(rows: list[Message], *, now: datetime) -> QuerySet[Message]:
    """Insert what is not there yet, in one round trip; what is there, read when it is asked for."""
    if not rows:
        return Message.objects.none()
    write(*map(insert_if_new, rows))
    nudge_delivery(rows, now=now)
    return Message.objects.filter(key__in=[row.key for row in rows]).order_by("pk")


def nudge_delivery(rows: Sequence[Message], *, now: datetime) -> None:
    """Wake a worker after the commit, where something is due already."""
    if any(row.due_at <= now for row in rows):
        nudges.DELIVERY.send()

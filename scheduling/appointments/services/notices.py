"""What scheduling says to patients about their visits, queued where the change is made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from infrastructure.rows import Write, insert_if_new
from messaging.models import Message
from messaging.selectors import last_said
from messaging.services import outbox
from scheduling.models import Appointment, Series

ABOUT = "appointment"
# What tells a patient when to come.
TIMES = ("appointment_booked", "appointment_moved", "appointment_switched")


@dataclass(frozen=True, slots=True)
class Notice:
    """The messages that tell of a change, for who writes them together with the change."""

    words: dict[str, Any]
    messages: list[Message]

    @property
    def writes(self) -> list[Write]:
        return [insert_if_new(message) for message in self.messages]

    def deliver(self) -> None:
        """Have them sent once they are written; who cannot be written to is called."""
        if self.messages:
            outbox.nudge_delivery(self.messages, now=self.words["now"])
        else:
            outbox.queue_messages(**self.words)


def compose(
    kind: str,
    appointment: Appointment,
    *,
    now: datetime,
    due_at: datetime | None = None,
    addresses: Mapping[str, str] | None = None,
) -> Notice:
    """What tells a patient what became of a visit, by their ``addresses``, if they are known.

    What the patient did themselves they hear of once they cannot undo it (``due_at``).
    """
    words = _words_of(kind, appointment, now, due_at)
    return Notice(words, outbox.messages_to(addresses=addresses, **words))


def queue_moved(appointment: Appointment, *, now: datetime) -> None:
    _queue("appointment_moved", appointment, now)


def queue_canceled(appointment: Appointment, *, now: datetime) -> None:
    _queue("appointment_canceled", appointment, now)


def queue_restored(appointment: Appointment, *, now: datetime) -> None:
    """After an undo: nothing, when the time the patient was told last is the one that is true.

    Otherwise word of it had not gone yet, and was superseded: then this takes its place.
    """
    if appointment.series_id is not None:
        return  # what is said of a series is true of it when it is said
    version = last_said(ABOUT, appointment.pk, kinds=TIMES)
    told = appointment.events.filter(version=version or 0).order_by("pk").first()
    if told is None or told.starts_at != appointment.starts_at:
        _queue("appointment_booked", appointment, now)


def queue_series_times(
    series: Series,
    visits: Sequence[Appointment],
    *,
    now: datetime,
    due_at: datetime | None = None,
) -> None:
    """One word for many visits that were booked or moved together."""
    _queue_series("series_times", series, visits, now, due_at)


def queue_series_canceled(
    series: Series, visits: Sequence[Appointment], *, now: datetime, due_at: datetime
) -> None:
    _queue_series("series_canceled", series, visits, now, due_at)


def _queue_series(
    kind: str,
    series: Series,
    visits: Sequence[Appointment],
    now: datetime,
    due_at: datetime | None,
) -> None:
    first, last = visits[0], max(visit.starts_at for visit in visits)
    outbox.queue_messages(
        kind=kind,
        person=first.person,
        channels=[first.person.preferred_channel, "email"],
        key=f"{kind}:{series.pk}:{first.pk}:{first.version}:{len(visits)}",
        about="series",
        about_id=series.pk,
        facts={"visits": [visit.pk for visit in visits]},
        now=now,
        due_at=due_at,
        useful_until=max(last, due_at or now),
    )


def _queue(kind: str, appointment: Appointment, now: datetime) -> None:
    outbox.queue_messages(**_words_of(kind, appointment, now))


def _words_of(
    kind: str, appointment: Appointment, now: datetime, due_at: datetime | None = None
) -> dict[str, Any]:
    """By the channel the person prefers, and by e-mail too: it carries the calendar file."""
    return {
        "kind": kind,
        "person": appointment.person,
        "channels": [appointment.person.preferred_channel, "email"],
        "key": f"{kind}:{appointment.pk}:{appointment.version}",
        "about": ABOUT,
        "about_id": appointment.pk,
        "about_version": appointment.version,
        "now": now,
        "due_at": due_at,
        "useful_until": max(appointment.starts_at, due_at or now),
    }

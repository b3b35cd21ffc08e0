"""What scheduling says to patients about their visits, queued where the change is made."""

from datetime import datetime

from messaging.selectors import was_said
from messaging.services import outbox
from scheduling.models import Appointment

ABOUT = "appointment"
# What tells a patient when to come.
TIMES = ("appointment_booked", "appointment_moved", "series_times")


def queue_booked(appointment: Appointment, *, now: datetime) -> None:
    _queue("appointment_booked", appointment, now)


def queue_moved(appointment: Appointment, *, now: datetime, due_at: datetime | None = None) -> None:
    """What the patient did themselves they hear of once they cannot undo it (``due_at``)."""
    _queue("appointment_moved", appointment, now, due_at)


def queue_switched(appointment: Appointment, *, now: datetime) -> None:
    _queue("appointment_switched", appointment, now)


def queue_canceled(
    appointment: Appointment, *, now: datetime, due_at: datetime | None = None
) -> None:
    _queue("appointment_canceled", appointment, now, due_at)


def queue_restored(appointment: Appointment, *, before: int, now: datetime) -> None:
    """After an undo: nothing, when what was said of version ``before`` is what is true again.

    Its message is superseded if it has not gone yet, and then this one takes its place.
    """
    if not was_said(ABOUT, appointment.pk, version=before, kinds=TIMES):
        _queue("appointment_booked", appointment, now)


def _queue(
    kind: str, appointment: Appointment, now: datetime, due_at: datetime | None = None
) -> None:
    """By the channel the person prefers, and by e-mail too: it carries the calendar file."""
    outbox.queue_messages(
        kind=kind,
        person=appointment.person,
        channels=[appointment.person.preferred_channel, "email"],
        key=f"{kind}:{appointment.pk}:{appointment.version}",
        about=ABOUT,
        about_id=appointment.pk,
        about_version=appointment.version,
        now=now,
        due_at=due_at,
        useful_until=max(appointment.starts_at, due_at or now),
    )

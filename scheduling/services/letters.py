"""What scheduling says to patients about their visits, queued where the change is made."""

from datetime import datetime

from messaging.services import outbox
from scheduling.models import Appointment

ABOUT = "appointment"


def queue_booked(appointment: Appointment, *, now: datetime) -> None:
    _queue("appointment_booked", appointment, now)


def queue_moved(appointment: Appointment, *, now: datetime) -> None:
    _queue("appointment_moved", appointment, now)


def queue_switched(appointment: Appointment, *, now: datetime) -> None:
    _queue("appointment_switched", appointment, now)


def queue_canceled(appointment: Appointment, *, now: datetime) -> None:
    _queue("appointment_canceled", appointment, now)


def _queue(kind: str, appointment: Appointment, now: datetime) -> None:
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
        useful_until=max(appointment.starts_at, now),
    )

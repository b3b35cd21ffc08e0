"""Understanding answers to reminders: 1 I will come, 2 another time, 3 please call me."""

from datetime import datetime, timedelta

from django.conf import settings

from messaging.inbound import InboundReply
from messaging.models import Message
from messaging.selectors import newest_message_to
from messaging.services import outbox
from scheduling.booking.services import lifecycle
from scheduling.exceptions import IllegalTransition
from scheduling.models import Appointment

THREAD = timedelta(days=14)


def answer_reminder(*, from_number: str, body: str, now: datetime) -> InboundReply | None:
    """Act on a digit that answers our newest reminder to this number; None for anything else."""
    said = body.strip().rstrip(".!")
    if said not in ("1", "2", "3"):
        return None
    reminder = newest_message_to(from_number, kinds=["appointment_reminder"], since=now - THREAD)
    if reminder is None or reminder.about_id is None:
        return None
    appointment = Appointment.objects.select_related("person").filter(pk=reminder.about_id).first()
    if appointment is None:
        return None
    facts = {
        "name": appointment.person.called,
        "link": f"{settings.PUBLIC_URL}/v/{appointment.public_id}/",
    }
    answer = {"1": _will_come, "2": _another_time, "3": _call_me}[said]
    return answer(reminder, appointment, facts, now)


def _will_come(
    reminder: Message, appointment: Appointment, facts: dict[str, str], now: datetime
) -> InboundReply:
    """Confirm the visit the reminder spoke of, unless it has changed since."""
    try:
        lifecycle.confirm(
            appointment=appointment, actor=None, version=reminder.about_version, now=now
        )
    except IllegalTransition:
        return InboundReply("reminder_outdated", facts, appointment.person)
    return InboundReply("reminder_confirmed", facts, appointment.person)


def _another_time(
    reminder: Message, appointment: Appointment, facts: dict[str, str], now: datetime
) -> InboundReply:
    return InboundReply("reminder_move", facts, appointment.person)


def _call_me(
    reminder: Message, appointment: Appointment, facts: dict[str, str], now: datetime
) -> InboundReply:
    outbox.hand_to_a_person(
        key=f"call_me:{reminder.pk}",
        kind="call_back",
        person=appointment.person,
        message=reminder,
        about="appointment",
        about_id=appointment.pk,
        now=now,
    )
    return InboundReply("reminder_call_back", facts, appointment.person)

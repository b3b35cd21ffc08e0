"""Reads about reminders."""

from datetime import datetime

from django.db.models import Q

from reminders.models import ReminderRule
from reminders.rules import reminder_time
from scheduling.appointments.selectors.called_off import is_called_off
from scheduling.models import Appointment


def reminder_times(appointment: Appointment, *, now: datetime) -> list[datetime]:
    """When the person will still be reminded of this visit, soonest first.

    Never while it is called off: such a reminder is not sent (``scheduling.message_kinds``).
    """
    if is_called_off(appointment):
        return []
    rules = ReminderRule.objects.filter(
        Q(visit_type=None) | Q(visit_type=appointment.visit_type_id), active=True
    )
    times = (reminder_time(appointment.starts_at, rule.minutes_before) for rule in rules)
    return sorted(at for at in times if at > now)

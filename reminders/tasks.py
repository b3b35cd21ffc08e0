"""Ticks of reminders."""

from celery import shared_task

import clock
from reminders.services import planning


@shared_task
def plan_reminders() -> int:
    """Plan what is due within the hour. Planning twice changes nothing."""
    return planning.plan_reminders(now=clock.now())

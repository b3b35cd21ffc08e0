"""Ticks of follow-ups."""

from celery import shared_task

import clock
from followups.services import planning


@shared_task
def plan_followups() -> int:
    """Tell patients of released summaries. Planning twice changes nothing."""
    return planning.plan_followups(now=clock.now())

"""Ticks of scheduling."""

import clock
from celery import shared_task

from scheduling.services import holds


@shared_task
def release_expired_holds() -> int:
    """Free the times of holds that are over."""
    return holds.release_expired_holds(now=clock.now())

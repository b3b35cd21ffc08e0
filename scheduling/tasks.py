"""Ticks of scheduling."""

from celery import shared_task

import clock
from scheduling.services import holds


@shared_task
def release_expired_holds() -> int:
    """Free the times of holds that are over."""
    return holds.release_expired_holds(now=clock.now())

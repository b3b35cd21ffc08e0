"""Ticks of scheduling."""

from celery import shared_task

import clock
from scheduling.booking.services import holds, idempotency
from scheduling.booking.services.freed_times_nudge import FREED_TIMES
from scheduling.closures.services import absences
from scheduling.prices import services as estimates
from scheduling.waitlist.services import backfill


@shared_task
def release_expired_holds() -> int:
    """Free the times of holds that are over."""
    return holds.release_expired_holds(now=clock.now())


@shared_task
def offer_freed_times() -> int:
    """See to what canceling and moving leave behind, and end the offers that nobody answered.

    What became free is offered to those who wait, and nobody need call about it any more.
    """
    FREED_TIMES.received()
    absences.drop_calls_not_needed(now=clock.now())
    return backfill.offer_freed_times(now=clock.now())


@shared_task
def plan_estimates() -> int:
    """Write down when price estimates are due. Planning twice changes nothing."""
    return estimates.plan_estimates(now=clock.now())


@shared_task
def forget_old_requests() -> int:
    """Drop the answers to requests that nobody sends again."""
    return idempotency.forget_old_requests(now=clock.now())

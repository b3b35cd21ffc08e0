"""Waking a worker for the waitlist when a time became free. The tick would come anyway."""

import structlog
from celery import current_app
from django.db import connection, transaction
from kombu.exceptions import OperationalError as BrokerDown

log = structlog.get_logger(__name__)


def a_time_is_free() -> None:
    """Nudge after the commit, once a transaction."""
    if not any(callback is _wake for _, callback, *_ in connection.run_on_commit):
        transaction.on_commit(_wake)


def _wake() -> None:
    try:
        current_app.send_task("scheduling.tasks.offer_freed_times", queue="planning", retry=False)
    except (BrokerDown, OSError):
        # Redis is a doorbell: what became free stands in PostgreSQL.
        log.warning("broker unreachable, leaving free times to the next tick")

"""Ticks. Each is idempotent: two beats, or none for a while, do no harm."""

import os
import socket
import time
import uuid

import structlog
from celery import shared_task
from django.db import InterfaceError, OperationalError

import clock
from messaging.services import nudges
from messaging.services.claiming import claim_due, promote_due
from messaging.services.delivery import deliver
from messaging.services.reconciling import reconcile

log = structlog.get_logger(__name__)
BATCH = 20
LONGEST_TICK_SECONDS = 60.0


@shared_task
def deliver_due() -> int:
    """Send what is due, batch by batch, until nothing is left or a minute is over."""
    worker = f"{socket.gethostname()[:20]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    stop_at = time.monotonic() + LONGEST_TICK_SECONDS
    sent = 0
    nudges.DELIVERY.received()
    promote_due(now=clock.now())
    while time.monotonic() < stop_at:
        claimed = claim_due(worker=worker, now=clock.now(), limit=BATCH)
        if not claimed:
            break
        for message_id in claimed:
            _deliver(message_id, worker)
        sent += len(claimed)
    return sent


def _deliver(message_id: int, worker: str) -> None:
    """Carry one message on; a mistake of ours with one must not hold up the others.

    Its lease runs out, and the sweep takes it from there. Without a database all must wait.
    """
    try:
        deliver(message_id=message_id, worker=worker, now=clock.now())
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("message could not be delivered", message=message_id)


@shared_task
def reconcile_unknown() -> int:
    """Take back what dead workers held, and look up what is uncertain."""
    return reconcile(now=clock.now())

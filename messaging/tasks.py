"""Ticks. Each is idempotent: two beats, or none for a while, do no harm."""

import os
import socket
import time
import uuid

from celery import shared_task

import clock
from messaging.services.claiming import claim_due, promote_due
from messaging.services.delivery import deliver
from messaging.services.reconciling import reconcile

BATCH = 20
LONGEST_TICK_SECONDS = 60.0


@shared_task
def deliver_due() -> int:
    """Send what is due, batch by batch, until nothing is left or a minute is over."""
    worker = f"{socket.gethostname()[:20]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    stop_at = time.monotonic() + LONGEST_TICK_SECONDS
    sent = 0
    promote_due(now=clock.now())
    while time.monotonic() < stop_at:
        claimed = claim_due(worker=worker, now=clock.now(), limit=BATCH)
        if not claimed:
            break
        for message_id in claimed:
            deliver(message_id=message_id, worker=worker, now=clock.now())
        sent += len(claimed)
    return sent


@shared_task
def reconcile_unknown() -> int:
    """Take back what dead workers held, and look up what is uncertain."""
    return reconcile(now=clock.now())

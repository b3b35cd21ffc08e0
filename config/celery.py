"""The Celery app: two queues, a beat that proves it is alive, and workers that do the same.

Redis may be erased at any moment: what is due lives in PostgreSQL, and every task here is a
nudge that the next tick repeats.
"""

import os
import time
from typing import Any

import structlog
from celery import Celery
from celery.beat import PersistentScheduler
from celery.signals import heartbeat_sent, setup_logging, worker_ready
from redis import RedisError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

log = structlog.get_logger(__name__)
app = Celery("visitwell")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

BEAT_HEARTBEAT = "heartbeat:beat"
WORKER_HEARTBEAT = "heartbeat:worker"
HEARTBEAT_KEPT_SECONDS = 120


def _beat(name: str) -> None:
    """Leave a sign of life. Without Redis there is none, and /readyz says so; nobody dies of it."""
    from django.core.cache import cache

    try:
        cache.set(name, time.time(), timeout=HEARTBEAT_KEPT_SECONDS)
    except RedisError:
        log.warning("no sign of life left: Redis does not answer", part=name)


class HeartbeatScheduler(PersistentScheduler):
    """Celery's scheduler, leaving a sign of life each time it looks at the schedule."""

    max_interval = 5

    def tick(self, *args: Any, **kwargs: Any) -> Any:
        _beat(BEAT_HEARTBEAT)
        return super().tick(*args, **kwargs)


@worker_ready.connect
@heartbeat_sent.connect
def note_worker(**_: Any) -> None:
    _beat(WORKER_HEARTBEAT)


@setup_logging.connect
def use_our_logging(**_: Any) -> None:
    """Celery would otherwise replace the structured logging that settings configured."""

"""Waking a worker when there is work for it. A tick would find the work anyway."""

from dataclasses import dataclass

import structlog
from celery import current_app
from django.db import connection, transaction
from kombu.exceptions import OperationalError as BrokerDown
from redis.exceptions import RedisError

from infrastructure.redis import key_of, redis

log = structlog.get_logger(__name__)

# Unheard for so long it is rung again: the worker that was to hear it may be gone.
RING_SECONDS = 10


@dataclass(frozen=True)
class Bell:
    """What is to be done, by its task's name, and the queue on which a worker listens for it."""

    task: str
    queue: str

    def ring(self) -> None:
        """Wake a worker after the commit, once a transaction."""
        if not any(callback == self.wake for _, callback, *_ in connection.run_on_commit):
            transaction.on_commit(self.wake)

    def wake(self) -> None:
        """Wake a worker now, unless one was woken that has not begun yet."""
        try:
            # One ring is enough for all that is written before a worker hears it.
            if redis().set(self.key, "rung", nx=True, ex=RING_SECONDS):
                current_app.send_task(self.task, queue=self.queue, retry=False)
        except (BrokerDown, RedisError, OSError):
            # Redis is a doorbell. Nothing is lost: the work stands in PostgreSQL.
            log.warning("broker unreachable, leaving the work to the next tick", task=self.task)

    def heard(self) -> None:
        """A worker begins to look: what is written from now on may ring again."""
        try:
            redis().delete(self.key)
        except RedisError:
            log.warning("broker unreachable, the bell may be silent for some seconds")

    @property
    def key(self) -> str:
        return key_of(f"bell:{self.task}")


DELIVERY = Bell("messaging.tasks.deliver_due", "delivery")

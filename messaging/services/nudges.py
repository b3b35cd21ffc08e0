"""Waking a worker when there is work for it. A tick would find the work anyway."""

from dataclasses import dataclass

import structlog
from celery import current_app
from django.db import connection, transaction
from kombu.exceptions import OperationalError as BrokerDown
from redis.exceptions import RedisError

from infrastructure.redis import key_of, redis

log = structlog.get_logger(__name__)

# Not received for so long, it is sent again: the worker that was to receive it may be gone.
RESEND_SECONDS = 10


@dataclass(frozen=True)
class Nudge:
    """Asks a worker to run a task soon: the task's name, and the queue it is read from."""

    task: str
    queue: str

    def send(self) -> None:
        """Send it after the commit, once for each transaction."""
        if not any(callback == self.send_now for _, callback, *_ in connection.run_on_commit):
            transaction.on_commit(self.send_now)

    def send_now(self) -> None:
        """Send it, unless one is on its way that no worker has received."""
        try:
            # One is enough for all that is written before a worker receives it.
            if redis().set(self.key, "sent", nx=True, ex=RESEND_SECONDS):
                current_app.send_task(self.task, queue=self.queue, retry=False)
        except (BrokerDown, RedisError, OSError):
            # Nothing is lost: the work is in PostgreSQL, and a tick finds it.
            log.warning("broker unreachable, leaving the work to the next tick", task=self.task)

    def received(self) -> None:
        """A worker begins: what is written from now on may send another."""
        try:
            redis().delete(self.key)
        except RedisError:
            log.warning("broker unreachable, nudges may be late by some seconds")

    @property
    def key(self) -> str:
        return key_of(f"nudge:{self.task}")


DELIVERY = Nudge("messaging.tasks.deliver_due", "delivery")

"""Is it alive, and is it ready?"""

import time
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe
from redis import Redis, RedisError

import clock
from config.celery import BEAT_HEARTBEAT, WORKER_HEARTBEAT
from messaging.selectors import oldest_due_age

HEARTBEAT_WITHIN_SECONDS = 60
OLDEST_DUE = timedelta(minutes=5)


class NotReady(Exception):
    """One part is not as it should be; the message says how."""


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        raise NotReady("does not answer") from error
    return "ok"


def _broker() -> str:
    try:
        Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2).ping()
    except RedisError as error:
        raise NotReady("does not answer") from error
    return "ok"


def _heartbeat(name: str) -> str:
    try:
        seen = cache.get(name)
    except RedisError as error:
        raise NotReady("cannot be asked: the broker does not answer") from error
    if seen is None:
        raise NotReady("no sign of life")
    age = time.time() - seen
    if age > HEARTBEAT_WITHIN_SECONDS:
        raise NotReady(f"last seen {age:.0f} s ago")
    return "ok"


def _oldest_due() -> str:
    try:
        age = oldest_due_age(now=clock.now())
    except DatabaseError as error:
        raise NotReady("cannot be asked: the database does not answer") from error
    if age > OLDEST_DUE:
        raise NotReady(f"waiting for {age.total_seconds():.0f} s")
    return "ok"


PARTS: dict[str, Callable[[], str]] = {
    "database": _database,
    "broker": _broker,
    "beat": lambda: _heartbeat(BEAT_HEARTBEAT),
    "worker": lambda: _heartbeat(WORKER_HEARTBEAT),
    "oldest due message": _oldest_due,
}


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"alive": True})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Every part works; 503 with the failing parts named otherwise."""
    parts: dict[str, str] = {}
    ready = True
    for name, check in PARTS.items():
        try:
            parts[name] = check()
        except NotReady as fact:
            ready = False
            parts[name] = str(fact)
    return JsonResponse({"ready": ready, "parts": parts}, status=200 if ready else 503)

"""The one way to Redis for what is counted or signaled there: a pool that each process keeps.

Nothing depends on it: whoever asks goes on without an answer (RedisError) when it is away.
"""

from functools import cache as once
from typing import Any

from django.conf import settings
from django.core.cache import cache
from redis import Redis

PATIENCE = 0.5  # seconds; a patient does not wait for a count


def key_of(name: str) -> str:
    """The name as it stands there, among those of other programs."""
    return str(cache.make_key(name))


@once
def redis() -> Any:
    return Redis.from_url(
        settings.REDIS_URL, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE
    )

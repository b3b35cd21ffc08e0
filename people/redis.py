"""The one way to Redis for what is counted or rung there: a pool that each process keeps.

Nothing depends on it: whoever asks goes on without an answer (RedisError) when it is away.
"""

from functools import cache
from typing import Any

from django.conf import settings
from redis import Redis

PREFIX = "visitwell:"
PATIENCE = 0.5  # seconds; a patient does not wait for a count


@cache
def redis() -> Any:
    return Redis.from_url(
        settings.REDIS_URL, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE
    )

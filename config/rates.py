"""How often somebody may ask the API, counted where all processes see it, in one round trip."""

from functools import cache as once
from typing import Any

import structlog
from django.conf import settings
from django.core.cache import cache
from redis import Redis, RedisError
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import SimpleRateThrottle

import clock

log = structlog.get_logger(__name__)
PATIENCE = 0.5  # seconds; an answer does not wait for a count


class RequestRate(SimpleRateThrottle):
    """So many requests a minute for each account, or for each address that is not signed in.

    Of DRF's own throttles, an anonymous request passes two, which read and write a list of times
    each. This one counts in fixed windows. While Redis is away nobody is refused: a patient who
    must be seen matters more than a limit.
    """

    scope = "anon"

    def allow_request(self, request: Request, view: object) -> bool:
        signed_in = bool(request.user and request.user.is_authenticated)
        who = ("user", request.user.pk) if signed_in else ("anon", self.get_ident(request))
        most, seconds = self._rate(who[0])
        now = int(clock.now().timestamp())
        self._left = seconds - now % seconds
        return _count(f"rate:{who[0]}:{who[1]}:{now // seconds}", seconds) <= most

    def wait(self) -> float:
        """Seconds until the next window."""
        return float(self._left)

    def _rate(self, scope: str) -> tuple[int, int]:
        most, seconds = self.parse_rate(str(api_settings.DEFAULT_THROTTLE_RATES[scope]))
        return most or 0, seconds or 1


@once
def _redis() -> Any:
    return Redis.from_url(
        settings.REDIS_URL, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE
    )


def _count(name: str, seconds: int) -> int:
    """How many have come in this window, this one included; 0 while nobody can count."""
    key = cache.make_key(name)
    try:
        number = int(_redis().incr(key))
        if number == 1:
            _redis().expire(key, seconds)
    except RedisError as error:
        log.warning("not counted", error=type(error).__name__)
        return 0
    return number

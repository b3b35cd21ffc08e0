"""How often somebody may do something, counted where all processes see it, in one round trip."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from redis import RedisError
from rest_framework.settings import api_settings
from rest_framework.throttling import SimpleRateThrottle

from infrastructure.hashed_secrets import keyed_hash
from infrastructure.redis import key_of, redis

log = structlog.get_logger(__name__)


class Rate(SimpleRateThrottle):
    """So many of one kind of request in a while: of each account, or of each address without one.

    ``scope`` names the rate in the settings. Of DRF's own throttles, an anonymous request passes
    two, which read and write a list of times each; this one counts in fixed windows. While Redis
    is away nobody is refused: a patient who must be seen matters more than a limit.
    """

    scope = "anon"
    left = 0  # seconds until the next window

    def allow_request(self, request: Any, view: object = None) -> bool:
        scope, who = self.scope_of(request), self.who(request)
        most, seconds = self.parse_rate(str(api_settings.DEFAULT_THROTTLE_RATES[scope]))
        most, seconds = most or 0, seconds or 1
        now = int(self.timer())
        self.left = seconds - now % seconds
        return _count(f"rate:{scope}:{who}:{now // seconds}", seconds) <= most

    def scope_of(self, request: Any) -> str:
        return self.scope

    def who(self, request: Any) -> str:
        """Whose requests are counted together: those of an account, or of an address."""
        signed_in = bool(request.user and request.user.is_authenticated)
        return f"user-{request.user.pk}" if signed_in else str(self.get_ident(request))

    def wait(self) -> float:
        """Seconds until the next window."""
        return float(self.left)


class RequestRate(Rate):
    """How often somebody may ask the API: more often when signed in, as others share addresses."""

    def scope_of(self, request: Any) -> str:
        return "user" if request.user and request.user.is_authenticated else "anon"


class HoldRate(Rate):
    """How often a time may be held, on pages and in the API together.

    Whoever holds times without wanting them takes them from others for minutes. The waiting room
    of a clinic may share one address, so that a person is counted by their account once they have
    one.
    """

    scope = "hold"


class FeedRate(Rate):
    """How often each calendar feed may be read: many are read from few machines."""

    scope = "feed"

    def who(self, request: Any) -> str:
        return keyed_hash(request.resolver_match.kwargs["feed_token"])


def limit_holds(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page's view that holds a time: too many presses get a page that says to wait (429)."""

    @wraps(view)
    def limited(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        rate = HoldRate()
        if rate.allow_request(request):
            return view(request, *args, **kwargs)
        answer = render(request, "429.html", status=429)
        answer["Retry-After"] = f"{rate.wait():.0f}"
        return answer

    return limited


def _count(name: str, seconds: int) -> int:
    """How many have come in this window, this one included; 0 while nobody can count."""
    key = key_of(name)
    try:
        number = int(redis().incr(key))
        if number == 1:
            redis().expire(key, seconds)
    except RedisError as error:
        log.warning("not counted", error=type(error).__name__)
        return 0
    return number

"""How often a time may be held from one address.

Whoever holds times without wanting them takes them from others for minutes. The waiting room of a
clinic may share one address, so that a person is counted by their account once they have one.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from redis import RedisError
from rest_framework.throttling import SimpleRateThrottle

log = structlog.get_logger(__name__)


class HoldRate(SimpleRateThrottle):
    """Each account, or each address that is not signed in."""

    scope = "hold"
    rate = "30/min"

    def get_cache_key(self, request: Any, view: Any) -> str:
        user = request.user
        who = f"user-{user.pk}" if user.is_authenticated else self.get_ident(request)
        return f"throttle_hold_{who}"


def not_too_often(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let a press that takes a time through as often as one may; then say kindly to wait."""

    @wraps(view)
    def counted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        rate = HoldRate()
        if _allowed(rate, request):
            return view(request, *args, **kwargs)
        answer = render(request, "429.html", status=429)
        answer["Retry-After"] = f"{rate.wait() or 60:.0f}"
        return answer

    return counted


def _allowed(rate: HoldRate, request: Any) -> bool:
    """While nobody can count, nobody is refused: a patient who must be seen matters more."""
    try:
        return rate.allow_request(request, None)  # type: ignore[arg-type]
    except RedisError as error:
        log.warning("not_counted", error=type(error).__name__)
        return True

"""A kind word for who takes more times than anybody can want."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from scheduling.rates import HoldRate


def not_too_often(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let a press that takes a time through as often as one may; then say to wait."""

    @wraps(view)
    def counted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        rate = HoldRate()
        if rate.allow_request(request):
            return view(request, *args, **kwargs)
        answer = render(request, "429.html", status=429)
        answer["Retry-After"] = f"{rate.wait():.0f}"
        return answer

    return counted

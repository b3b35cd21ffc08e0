"""What happens around every request: a name for it, and the question who may come in."""

import logging
import time
import uuid
from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

from config import access
from portal.account.sessions import LANGUAGE_KEY

log = structlog.get_logger("visitwell.request")
# Asked every few seconds by whatever watches over us.
UNREMARKABLE = frozenset({"healthz", "readyz"})
GetResponse = Callable[[HttpRequest], HttpResponse]


class RequestIdMiddleware:
    """Give each request an id, in every log line, audit row, error page and answer.

    The log names the route, never the path: paths hold ids and tokens.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = str(uuid.uuid4())
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        request.request_id = request_id  # type: ignore[attr-defined]
        began = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        level = logging.DEBUG if match and match.view_name in UNREMARKABLE else logging.INFO
        log.log(
            level,
            "request",
            method=request.method,
            route=match.view_name if match else "",
            status=response.status_code,
            ms=round((time.perf_counter() - began) * 1000, 1),
        )
        response["X-Request-ID"] = request_id
        return response


class LanguageMiddleware(LocaleMiddleware):
    """The language chosen in this browser, else the signed-in person's, else the browser's own."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        if request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME) in dict(settings.LANGUAGES):
            return
        if theirs := request.session.get(LANGUAGE_KEY):
            translation.activate(theirs)
            request.LANGUAGE_CODE = translation.get_language()


class AccessMiddleware:
    """Deny by default: a view is reached only as ``config.access`` says."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        match = request.resolver_match
        return access.refusal(request, match.view_name if match else "")

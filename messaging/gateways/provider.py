"""Texts and calls through Twilio, or whatever speaks its API at ``TWILIO_API_BASE_URL``.

This module, ``twiml`` and ``messaging.signatures`` are the only ones that import ``twilio``.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from requests import exceptions as http
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from messaging.exceptions import NotProcessed, OutcomeUnknown, Refused
from messaging.rules.delivery import body_hash

API_ORIGIN = "https://api.twilio.com"
# The provider's clock and ours may differ by this much when a message is looked for by time.
CLOCK_SKEW = timedelta(seconds=30)
# How many of the newest to one number are looked through. The provider's own date filters go by
# when a message was sent, and would leave out one that still waits there.
NEWEST = 50


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider has it, under this name of its own."""

    sid: str


class HttpClient(TwilioHttpClient):  # type: ignore[misc]  # twilio is untyped
    """Twilio's own client, sent to the configured origin."""

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        if url.startswith(API_ORIGIN):
            url = settings.TWILIO_API_BASE_URL + url.removeprefix(API_ORIGIN)
        return super().request(method, url, *args, **kwargs)


@cache
def client() -> Client:
    """One client for the process: it keeps its connections."""
    return Client(
        settings.TWILIO_ACCOUNT_SID,
        settings.TWILIO_AUTH_TOKEN,
        http_client=HttpClient(timeout=settings.TWILIO_TIMEOUT_SECONDS),
    )


def send_sms(*, to: str, body: str, status_url: str) -> Accepted:
    """Ask for one text. Raises NotProcessed, Refused or OutcomeUnknown."""
    return _ask(
        lambda: (
            client()
            .messages.create(
                to=to,
                from_=settings.TWILIO_FROM_NUMBER,
                body=body,
                status_callback=status_url,
            )
            .sid
        )
    )


def place_call(*, to: str, script_url: str, status_url: str) -> Accepted:
    """Ask for one call. Raises NotProcessed, Refused or OutcomeUnknown."""
    return _ask(
        lambda: (
            client()
            .calls.create(
                to=to,
                from_=settings.TWILIO_FROM_NUMBER,
                url=script_url,
                method="POST",
                machine_detection="Enable",
                status_callback=status_url,
                status_callback_event=["initiated", "ringing", "answered", "completed"],
                status_callback_method="POST",
            )
            .sid
        )
    )


def sids_of_text(*, to: str, body: str, since: datetime) -> list[str]:
    """The provider's names for texts with this body to this number since a moment, oldest first.

    Raises OutcomeUnknown when the provider cannot be asked.
    """
    wanted = body_hash(body)
    try:
        listed = client().messages.list(
            to=to,
            from_=settings.TWILIO_FROM_NUMBER,
            limit=NEWEST,
        )
    except (TwilioRestException, http.RequestException) as error:
        raise OutcomeUnknown(_code_of(error)) from error
    return [
        str(each.sid)
        for each in reversed(listed)
        if body_hash(each.body or "") == wanted and _made_since(since, each.date_created)
    ]


def sids_of_calls(*, to: str, since: datetime) -> list[str]:
    """The provider's names for calls to this number since a moment, oldest first."""
    try:
        listed = client().calls.list(to=to, from_=settings.TWILIO_FROM_NUMBER, limit=NEWEST)
    except (TwilioRestException, http.RequestException) as error:
        raise OutcomeUnknown(_code_of(error)) from error
    return [str(each.sid) for each in reversed(listed) if _made_since(since, each.date_created)]


def _made_since(since: datetime, created: datetime | None) -> bool:
    return created is None or created >= since - CLOCK_SKEW


def _ask(create: Any) -> Accepted:
    """Make the request and say what is known of its outcome.

    Twilio's create calls have no idempotency key, so that only what provably did not reach it
    may be tried again.
    """
    try:
        return Accepted(str(create()))
    except TwilioRestException as error:
        if error.status == 429:
            raise NotProcessed("20429") from error
        if error.status >= 500:
            raise OutcomeUnknown(f"http_{error.status}") from error
        raise Refused(str(error.code or error.status)) from error
    except http.RequestException as error:
        if _never_connected(error):
            raise NotProcessed("connection") from error
        raise OutcomeUnknown(_code_of(error)) from error


def _never_connected(error: http.RequestException) -> bool:
    cause = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, http.ConnectTimeout) or isinstance(
        cause, NewConnectionError | ConnectTimeoutError
    )


def _code_of(error: Exception) -> str:
    return type(error).__name__[:20]

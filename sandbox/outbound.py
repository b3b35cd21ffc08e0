"""Requests to the app under test, signed the way Twilio signs them."""

import asyncio
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from urllib.parse import urlencode, urlsplit

from sandbox.signatures import HEADER, sign

TIMEOUT_SECONDS = 15.0  # Twilio's own limit for a webhook.
MOST_BYTES = 1_000_000


@dataclass(frozen=True)
class Answer:
    """What the app said: an HTTP status, its body, and the URL that finally answered."""

    status: int
    body: str
    url: str

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


class Unreachable(Exception):
    """The app did not answer: refused, reset, timed out, or the URL is not one."""


def _read(request: urllib.request.Request) -> Answer:
    # A proxy set for the machine must never see what the sandbox says to the app.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=TIMEOUT_SECONDS) as response:
            body = response.read(MOST_BYTES)
            return Answer(response.status, body.decode("utf-8", "replace"), response.url)
    except urllib.error.HTTPError as error:
        with error:
            body = error.read(MOST_BYTES)
        return Answer(error.code, body.decode("utf-8", "replace"), request.full_url)
    except (OSError, HTTPException, ValueError) as error:
        cause = getattr(error, "reason", error)  # urllib wraps what the socket said
        raise Unreachable(type(cause).__name__) from error


def signed_request(
    *, url: str, method: str, params: Mapping[str, str], token: str, idempotency_token: str
) -> urllib.request.Request:
    """The request Twilio would make: a signed form POST, or a GET with everything in the URL.

    Raises Unreachable when `url` is not an absolute http(s) address.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise Unreachable("NotAnAddress")
    data: bytes | None = urlencode(params).encode()
    if method.upper() == "GET":
        url, data, params = url + ("&" if "?" in url else "?") + urlencode(params), None, {}
    headers = {
        HEADER: sign(token=token, url=url, params=params),
        "I-Twilio-Idempotency-Token": idempotency_token,
        "User-Agent": "TwilioProxy/1.1",
        "Accept": "*/*",
    }
    if data is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8"
    return urllib.request.Request(  # noqa: S310 (the scheme was checked above)
        url, data=data, headers=headers, method=method.upper()
    )


async def fetch(request: urllib.request.Request) -> Answer:
    """Send `request` without blocking the loop. Raises Unreachable."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Answer] = loop.create_future()

    def settle(answer: Answer | None, problem: Unreachable) -> None:
        if future.done():
            return
        if answer is not None:
            future.set_result(answer)
        else:
            future.set_exception(problem)

    def work() -> None:
        answer: Answer | None = None
        problem = Unreachable("Interrupted")
        try:
            answer = _read(request)
        except Unreachable as error:
            problem = error
        finally:
            if not loop.is_closed():
                loop.call_soon_threadsafe(settle, answer, problem)

    # A daemon thread, because a pool's threads would hold up SIGTERM until the app answers.
    threading.Thread(target=work, daemon=True).start()
    return await future

"""The real web server, as one machine runs it, and a signed-in browser that speaks to it."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from uuid import uuid4

from benchmarks.patients import CSRF
from local import supervisor

PORT = 8799
HERE = Path(__file__).resolve().parent


class Browser:
    """Keeps one connection; signed in when it has a ``cookie``."""

    def __init__(self, cookie: str = "") -> None:
        self._web = HTTPConnection("127.0.0.1", PORT, timeout=60)
        self._headers = {"Host": "localhost", "Cookie": cookie, "X-CSRFToken": CSRF}

    def get(self, path: str) -> tuple[int, bytes]:
        """The status and the whole answer."""
        return self._ask("GET", path)

    def post(self, path: str, body: dict[str, Any]) -> tuple[int, bytes]:
        """The status and the whole answer; each request has a key of its own."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": uuid4().hex}
        return self._ask("POST", path, json.dumps(body), headers)

    def _ask(
        self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        self._web.request(method, path, body, self._headers | (headers or {}))
        answer = self._web.getresponse()
        return answer.status, answer.read()


@contextmanager
def serve() -> Iterator[None]:
    """The real server, as one machine runs it."""
    words = supervisor.command("web", host="127.0.0.1", port=PORT, workers=2, threads=4)
    process = subprocess.Popen(  # noqa: S603  # our own words
        words, env=supervisor.program_env({}, HERE), stdout=subprocess.DEVNULL
    )
    try:
        _wait_for_web()
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_for_web() -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            web = HTTPConnection("127.0.0.1", PORT, timeout=5)
            web.request("GET", "/healthz", headers={"Host": "localhost"})
            if web.getresponse().status == 200:
                return
        except OSError:
            pass
        if time.monotonic() > deadline:
            raise RuntimeError("the web server does not answer")
        time.sleep(0.2)

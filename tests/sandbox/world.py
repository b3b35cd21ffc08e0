"""The sandbox as a process, an app for it to call back, and Twilio's own client."""

import os
import signal
import smtplib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import parse_qsl

import requests
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.request_validator import RequestValidator
from twilio.rest import Client

ROOT = Path(__file__).parents[2]
ACCOUNT_SID = "AC" + "5" * 32
AUTH_TOKEN = "token-for-tests"
CLINIC = "+12025550111"
PATIENT = "+13035550122"

Found = TypeVar("Found")


def eventually(look: Callable[[], Found | Literal[False] | None], *, within: float = 15.0) -> Found:
    """What `look` finds, once it is truthy. Fails when it stays falsy."""
    deadline = time.monotonic() + within
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"still {found!r} after {within} s"
        time.sleep(0.02)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@dataclass(frozen=True)
class Webhook:
    """One request the sandbox made to the app."""

    method: str
    url: str
    params: Mapping[str, str]
    signature: str
    idempotency_token: str

    @property
    def signed_by_twilio(self) -> bool:
        """Whether Twilio's own validator accepts the signature."""
        valid: bool = RequestValidator(AUTH_TOKEN).validate(self.url, self.params, self.signature)
        return valid


@dataclass
class App:
    """A stand-in for the product: records webhooks and answers what the test wants."""

    port: int = 0
    webhooks: list[Webhook] = field(default_factory=list)
    answers: dict[str, list[tuple[int, str]]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def will_answer(self, path: str, *answers: tuple[int, str]) -> None:
        """Answer `path` with each (status, body) in turn; the last one is kept."""
        self.answers[path] = list(answers)

    def heard(self, path: str) -> list[Webhook]:
        """Webhooks to `path` so far, oldest first."""
        wanted = self.url + path
        return [hook for hook in list(self.webhooks) if hook.url.partition("?")[0] == wanted]

    def forget(self) -> None:
        self.webhooks.clear()
        self.answers.clear()

    def answer(self, path: str) -> tuple[int, str]:
        queue = self.answers.get(path.partition("?")[0], [(200, "")])
        return queue.pop(0) if len(queue) > 1 else queue[0]


def start_app() -> tuple[App, ThreadingHTTPServer]:
    """Serve an App on a free port until the server is shut down."""
    app = App()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            form = dict(parse_qsl(self.rfile.read(length).decode(), keep_blank_values=True))
            app.webhooks.append(
                Webhook(
                    method=self.command,
                    url=app.url + self.path,
                    params=form,
                    signature=self.headers.get("X-Twilio-Signature", ""),
                    idempotency_token=self.headers.get("I-Twilio-Idempotency-Token", ""),
                )
            )
            status, body = app.answer(self.path)
            content = body.encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST  # noqa: N815 (the standard library's name)

        def log_message(self, *args: Any) -> None:
            """Tests stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    app.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return app, server


class HttpClientTo(TwilioHttpClient):  # type: ignore[misc]  # twilio ships no types
    """Twilio's HTTP client, talking to another origin than api.twilio.com."""

    def __init__(self, origin: str, *, timeout: float) -> None:
        super().__init__(timeout=timeout)
        self._origin = origin

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        here = url.replace("https://api.twilio.com", self._origin, 1)
        return super().request(method, here, *args, **kwargs)


class Sandbox:
    """A sandbox process and short ways to talk to it."""

    def __init__(self, data: Path, *, app_url: str, staff_file: Path | None = None) -> None:
        self.data = data
        self.app_url = app_url
        self.staff_file = staff_file
        self.clock_file = data / "clock.json"
        self.port, self.smtp_port = free_port(), free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[str] | None = None

    def command(self) -> list[str]:
        flags = {
            "--port": self.port,
            "--smtp-port": self.smtp_port,
            "--data": self.data,
            "--app-url": self.app_url,
            "--clock-file": self.clock_file,
            "--staff-file": self.staff_file or self.data / "staff.json",
        }
        pairs = (str(item) for pair in flags.items() for item in pair)
        return [sys.executable, "-m", "sandbox", *pairs]

    def launch(self) -> "subprocess.Popen[str]":
        """Start the process without waiting for it."""
        own = ("SANDBOX_", "CLOCK_FILE", "PUBLIC_URL")
        environ = {name: value for name, value in os.environ.items() if not name.startswith(own)}
        environ |= {"TWILIO_ACCOUNT_SID": ACCOUNT_SID, "TWILIO_AUTH_TOKEN": AUTH_TOKEN}
        return subprocess.Popen(
            self.command(),
            cwd=ROOT,
            env=environ,
            text=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE if self.process is None else subprocess.DEVNULL,
        )

    def start(self) -> None:
        self.process = self.launch()
        drain = self.process.stderr
        if drain is not None:
            threading.Thread(target=drain.read, daemon=True).start()
        eventually(self.alive)

    def alive(self) -> bool:
        try:
            return requests.get(f"{self.origin}/control/health", timeout=2).ok
        except requests.ConnectionError:
            return False

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Signal the process and answer its exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(timeout=10)

    def client(self, *, token: str = AUTH_TOKEN, timeout: float = 10.0) -> Client:
        """The real Twilio client, pointed here."""
        return Client(ACCOUNT_SID, token, http_client=HttpClientTo(self.origin, timeout=timeout))

    def get(self, path: str, **params: str) -> Any:
        response = requests.get(self.origin + path, params=params, timeout=10)
        response.raise_for_status()
        return response.json()

    def post(self, path: str, **body: Any) -> Any:
        response = requests.post(self.origin + path, json=body, timeout=20)
        response.raise_for_status()
        return response.json()

    def fault(self, channel: str, action: str, **wish: Any) -> None:
        self.post("/control/faults", channel=channel, action=action, **wish)

    def reset(self) -> None:
        self.post("/control/reset")
        self.post("/control/clock", offset_seconds=0)

    def text(self, body: str = "Hello", *, to: str = PATIENT, **more: Any) -> Any:
        """A text sent with the real client."""
        return self.client().messages.create(to=to, from_=CLINIC, body=body, **more)

    def smtp(self) -> smtplib.SMTP:
        return smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=10)

"""What the demo says once it runs, and how it knows that it does."""

import json
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from local.machine import LOOPBACK

ASK_EVERY_SECONDS = 1.0
PATIENT_SECONDS = 30.0


class Readiness:
    """Asks ``/readyz`` at most once a second, and says what is missing when that takes long."""

    def __init__(self, port: int) -> None:
        self._url = f"http://{LOOPBACK}:{port}/readyz"
        self._next_at = 0.0
        self._patient_until = time.monotonic() + PATIENT_SECONDS

    def __call__(self) -> bool:
        now = time.monotonic()
        if now < self._next_at:
            return False
        self._next_at = now + ASK_EVERY_SECONDS
        missing = self._missing()
        if missing and now > self._patient_until:
            self._patient_until = now + PATIENT_SECONDS
            sys.stdout.write(f"Still waiting for {', '.join(missing)}.\n")
        return not missing

    def _missing(self) -> list[str]:
        """The parts that are not ready, each with its state; empty when all are."""
        try:
            with urllib.request.urlopen(  # noqa: S310  # always http, to ourselves
                self._url, timeout=ASK_EVERY_SECONDS
            ):
                return []
        except urllib.error.HTTPError as answer:
            return _failing_parts(answer.read()) or [f"web (answers {answer.code})"]
        except OSError:
            return ["web (does not answer)"]


def _failing_parts(answer: bytes) -> list[str]:
    """The parts that a 503 of ``/readyz`` names; none when it is another page."""
    try:
        parts: dict[str, str] = json.loads(answer)["parts"]
    except (ValueError, KeyError, TypeError):
        return []
    return [f"{name} ({state})" for name, state in parts.items() if state != "ok"]


def welcome(url: str, sandbox_url: str, staff_file: Path) -> str:
    """Where to look and, for the first of each role, how to sign in.

    ``staff_file`` is the JSON list of sign-ins that ``load_demo`` writes.
    """
    staff: list[dict[str, str]] = json.loads(staff_file.read_text())
    first: dict[str, dict[str, str]] = {}
    for person in staff:
        first.setdefault(person["role"], person)
    rows = [[role, one["email"], one["password"]] for role, one in first.items()]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        [
            "",
            f"  Visitwell              {url}",
            f"  Phones and mailboxes   {sandbox_url}",
            "",
            f"  Staff sign in at       {url}/desk/",
            f"  with one-time codes    {sandbox_url}/authenticator/",
            *(f"    {_columns(row, widths)}" for row in rows),
            "",
            "  Ctrl-C stops everything and keeps the data; make demo RESET=1 starts over.",
            "",
        ]
    )


def _columns(row: list[str], widths: list[int]) -> str:
    padded = (text.ljust(width) for text, width in zip(row, widths, strict=True))
    return "  ".join(padded).rstrip()

"""The demo's clock file and the authenticator's codes."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import requests

from sandbox.totp import seconds_left, totp
from tests.sandbox.world import Sandbox

RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # RFC 6238, appendix B, in base32


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_match_the_rfc(at: int, code: str) -> None:
    assert totp(RFC_SECRET, at) == code
    assert totp("gezd gnbv gy3t qojq gezd gnbv gy3t qojq", at) == code


def test_a_code_lives_thirty_seconds() -> None:
    assert [seconds_left(at) for at in (0, 1, 29.9, 30)] == [30, 29, 1, 30]


def test_the_clock_moves_by_the_file(sandbox: Sandbox) -> None:
    sandbox.post("/control/clock", advance_seconds=3600)
    sandbox.post("/control/clock", advance_seconds=86400)
    assert json.loads(sandbox.clock_file.read_text()) == {"offset_seconds": 90000.0}
    assert sandbox.get("/control/clock")["offset_seconds"] == 90000
    at = datetime.now(UTC) + timedelta(days=3)
    state = sandbox.post("/control/clock", at=at.isoformat())
    assert abs(datetime.fromisoformat(state["now"]) - at) < timedelta(seconds=5)


def test_no_file_means_real_time(sandbox: Sandbox) -> None:
    sandbox.clock_file.unlink()
    state = sandbox.get("/control/clock")
    assert state["offset_seconds"] == 0
    assert abs(datetime.fromisoformat(state["now"]) - datetime.now(UTC)) < timedelta(seconds=5)


def test_twilios_dates_stay_real_when_the_demo_moves(sandbox: Sandbox) -> None:
    sandbox.post("/control/clock", advance_seconds=10 * 86400)
    assert abs(sandbox.text().date_created - datetime.now(UTC)) < timedelta(seconds=10)


@pytest.mark.parametrize("wish", [{}, {"at": "2030-01-01T10:00:00"}, {"advance_seconds": "soon"}])
def test_an_unclear_time_is_refused(sandbox: Sandbox, wish: dict[str, str]) -> None:
    answer = requests.post(f"{sandbox.origin}/control/clock", json=wish, timeout=10)
    assert answer.status_code == 422

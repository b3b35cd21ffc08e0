"""Failures on demand: each one is what it says, and no more."""

import time
from typing import Any

import pytest
import requests
from twilio.base.exceptions import TwilioRestException

from tests.sandbox.world import CLINIC, PATIENT, App, Sandbox, eventually

STATUS = "/status/"


def stored(sandbox: Sandbox) -> list[str]:
    return [message["body"] for message in sandbox.get("/control/messages", to=PATIENT)]


@pytest.mark.parametrize(
    ("action", "status", "kept"),
    [("http_500", 500, []), ("http_429", 429, []), ("http_500_after_accept", 500, ["Hello"])],
)
def test_error_answers(sandbox: Sandbox, action: str, status: int, kept: list[str]) -> None:
    sandbox.fault("sms", action)
    with pytest.raises(TwilioRestException) as refused:
        sandbox.text()
    assert refused.value.status == status
    assert stored(sandbox) == kept


@pytest.mark.parametrize(
    ("action", "kept"), [("reset_before_accept", []), ("reset_after_accept", ["Hello"])]
)
def test_dropped_lines(sandbox: Sandbox, action: str, kept: list[str]) -> None:
    sandbox.fault("sms", action, times=1)
    with pytest.raises(requests.ConnectionError):
        sandbox.text()
    assert stored(sandbox) == kept
    sandbox.text("Again")
    assert stored(sandbox) == ["Again", *kept]


def test_a_late_answer_is_stored_at_once(sandbox: Sandbox, app: App) -> None:
    sandbox.fault("sms", "delay_after_accept", seconds=20)
    client = sandbox.client(timeout=0.5)
    begun = time.monotonic()
    with pytest.raises(requests.exceptions.ReadTimeout):
        client.messages.create(
            to=PATIENT, from_=CLINIC, body="Hello", status_callback=app.url + STATUS
        )
    assert time.monotonic() - begun < 5
    assert stored(sandbox) == ["Hello"]
    eventually(lambda: len(app.heard(STATUS)) == 3)


def test_a_refusal_carries_the_wanted_code(sandbox: Sandbox) -> None:
    sandbox.fault("sms", "reject", code=21614)
    with pytest.raises(TwilioRestException) as refused:
        sandbox.text()
    assert (refused.value.status, refused.value.code) == (400, 21614)


@pytest.mark.parametrize(
    ("action", "code", "statuses"),
    [
        ("undelivered", 30005, ["queued", "sent", "undelivered"]),
        ("failed", None, ["queued", "failed"]),
    ],
)
def test_bad_ends(
    sandbox: Sandbox, app: App, action: str, code: int | None, statuses: list[str]
) -> None:
    sandbox.fault("sms", action, code=code)
    sent = sandbox.text(status_callback=app.url + STATUS)
    hooks = eventually(lambda: len(app.heard(STATUS)) == len(statuses) and list(app.heard(STATUS)))
    assert [hook.params["MessageStatus"] for hook in hooks] == statuses
    assert hooks[-1].params["ErrorCode"] == str(code or 30003)
    fetched = sandbox.client().messages(sent.sid).fetch()
    assert (fetched.status, fetched.error_code) == (action, code or 30003)


@pytest.mark.parametrize(
    ("action", "statuses"),
    [
        ("duplicate_callbacks", ["queued", "queued", "sent", "sent", "delivered", "delivered"]),
        ("reorder_callbacks", ["delivered", "sent", "queued"]),
    ],
)
def test_callback_habits(sandbox: Sandbox, app: App, action: str, statuses: list[str]) -> None:
    sandbox.fault("sms", action)
    sent = sandbox.text(status_callback=app.url + STATUS)
    eventually(lambda: len(app.heard(STATUS)) >= len(statuses))
    assert [hook.params["MessageStatus"] for hook in app.heard(STATUS)] == statuses
    assert sandbox.client().messages(sent.sid).fetch().status == "delivered"


def test_a_lost_answer_and_no_callbacks_leave_only_the_list(sandbox: Sandbox, app: App) -> None:
    sandbox.fault("sms", "reset_after_accept", times=1)
    sandbox.fault("sms", "no_callbacks", times=1)
    with pytest.raises(requests.ConnectionError):
        sandbox.text(status_callback=app.url + STATUS)
    listed = sandbox.client().messages.list
    (found,) = eventually(lambda: [m for m in listed(to=PATIENT) if m.status == "delivered"])
    assert found.body == "Hello"
    assert app.heard(STATUS) == []


def test_a_fault_concerns_its_number_and_its_times(sandbox: Sandbox) -> None:
    sandbox.fault("sms", "http_500", to=PATIENT, times=2)
    assert sandbox.text(to="+13035550199").status == "queued"
    for _ in range(2):
        with pytest.raises(TwilioRestException):
            sandbox.text()
    assert sandbox.text().status == "queued"
    assert sandbox.get("/control/faults") == []


def test_faults_are_listed_and_cleared(sandbox: Sandbox) -> None:
    sandbox.fault("email", "smtp_permanent", to="a@example.com")
    (fault,) = sandbox.get("/control/faults")
    assert (fault["channel"], fault["to"], fault["times"]) == ("email", "a@example.com", None)
    requests.delete(f"{sandbox.origin}/control/faults", timeout=10)
    assert sandbox.get("/control/faults") == []


@pytest.mark.parametrize(
    "wish",
    [
        {"channel": "fax", "action": "http_500"},
        {"channel": "email", "action": "http_500"},
        {"channel": "sms", "action": "http_500", "times": "many"},
        {"channel": "sms", "action": "http_500", "times": -1},
    ],
)
def test_an_unknown_fault_is_explained(sandbox: Sandbox, wish: dict[str, Any]) -> None:
    answer = requests.post(f"{sandbox.origin}/control/faults", json=wish, timeout=10)
    assert answer.status_code == 422
    assert answer.json()["error"]

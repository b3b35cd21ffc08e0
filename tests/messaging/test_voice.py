"""Calls: nothing is said before a key is pressed, and nothing to a machine."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as configured
from django.urls import reverse
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from messaging.models import Message
from messaging.transitions import State
from people.models import Person
from tests.messaging.world import (
    by_channel,
    look_up_unknown,
    queue,
    seen,
    send_due,
    signed_post,
    tries_of,
)
from tests.sandbox.world import Sandbox, eventually

WORDS = "your results are here"


def call_to(person: Person, now: datetime) -> Message:
    """A call that the provider has, with its words."""
    message = queue(person, now=now, channels=["voice"], text=WORDS)
    send_due(now)
    return seen(message)


def ask(message: Message, name: str, **form: str) -> str:
    url = configured.PUBLIC_URL + reverse(f"messaging:{name}", args=[message.public_id])
    answer = signed_post(url, {"CallSid": message.provider_sid} | form)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/xml")
    return str(answer.content.decode())


@pytest.mark.parametrize("answered_by", ["human", "unknown"])
def test_a_person_is_asked_for_a_key_first(
    rosa: Person, now: datetime, sandbox: Sandbox, answered_by: str
) -> None:
    message = call_to(rosa, now)
    twiml = ask(message, "voice", AnsweredBy=answered_by)
    assert "<Gather" in twiml
    assert 'numDigits="1"' in twiml
    assert reverse("messaging:voice_key", args=[message.public_id]) in twiml
    assert WORDS not in twiml


@pytest.mark.parametrize("machine", ["machine_start", "machine_end_beep", "fax"])
def test_a_machine_is_told_only_to_call_back(
    rosa: Person, now: datetime, sandbox: Sandbox, machine: str
) -> None:
    twiml = ask(call_to(rosa, now), "voice", AnsweredBy=machine)
    assert "<Gather" not in twiml
    assert "call us back" in twiml
    for private in (WORDS, "Rosa"):
        assert private not in twiml


def test_the_words_are_said_after_the_key_and_count_as_delivered(
    rosa: Person, now: datetime, sandbox: Sandbox, clock_at_now: datetime
) -> None:
    message = call_to(rosa, now)
    assert WORDS in ask(message, "voice_key", Digits="1")
    assert seen(message).state == State.DELIVERED
    report_end(message)
    assert seen(message).state == State.DELIVERED
    assert by_channel(message) == {"voice": "delivered"}


@pytest.mark.parametrize("digits", ["2", "", "11"])
def test_another_key_says_nothing_private(
    rosa: Person, now: datetime, sandbox: Sandbox, digits: str
) -> None:
    message = call_to(rosa, now)
    assert WORDS not in ask(message, "voice_key", Digits=digits)
    assert seen(message).state == State.ACCEPTED


def report_end(message: Message, status: str = "completed") -> None:
    url = configured.PUBLIC_URL + reverse("messaging:status", args=[message.public_id])
    form = {"CallSid": message.provider_sid, "CallStatus": status}
    assert signed_post(url, form).status_code == 204


@pytest.mark.parametrize("status", ["completed", "busy", "no-answer"])
def test_a_call_that_told_nobody_goes_another_way_without_an_alarm(
    rosa: Person,
    now: datetime,
    sandbox: Sandbox,
    clock_at_now: datetime,
    caplog: pytest.LogCaptureFixture,
    status: str,
) -> None:
    message = call_to(rosa, now)
    report_end(message, status)
    assert (seen(message).state, message.error_code) == (State.UNDELIVERED, status)
    assert by_channel(message) == {"voice": "undelivered", "sms": "pending"}
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_the_words_are_in_the_persons_language(
    rosa: Person, now: datetime, sandbox: Sandbox
) -> None:
    rosa.language = "es"
    rosa.save()
    message = queue(rosa, now=now, kind="staff_reply", channels=["voice"])
    send_due(now)
    twiml = ask(seen(message), "voice", AnsweredBy="human")
    assert 'language="es-US"' in twiml
    assert "marque 1" in twiml


@pytest.mark.parametrize("fault", ["reset_after_accept", "http_500_after_accept"])
def test_a_call_whose_answer_got_lost_is_not_placed_twice(
    rosa: Person, now: datetime, sandbox: Sandbox, fault: str
) -> None:
    sandbox.fault("voice", fault, times=1)
    message = call_to(rosa, now)
    assert message.state == State.UNKNOWN
    assert look_up_unknown(now) == 1
    (call,) = sandbox.get("/control/calls")
    assert (seen(message).state, message.provider_sid) == (State.ACCEPTED, call["sid"])


def test_a_call_that_never_got_through_is_placed_again(
    rosa: Person, now: datetime, sandbox: Sandbox
) -> None:
    sandbox.fault("voice", "reset_before_accept", times=1)
    message = call_to(rosa, now)
    look_up_unknown(now)
    send_due(now + timedelta(hours=1))
    assert len(sandbox.get("/control/calls")) == 1
    assert tries_of(message) == [(1, "not_processed"), (2, "accepted")]


def said(call: Any) -> str:
    return " ".join(line["text"] for line in call["transcript"] if line["speaker"] == "clinic")


@pytest.mark.django_db(transaction=True)
def test_two_calls_from_dialing_to_the_end(
    rosa: Person,
    now: datetime,
    sandbox: Sandbox,
    settings: Settings,
    live_server: LiveServer,
) -> None:
    """The product's own pages, fetched by the provider: once by Rosa, once by her machine."""
    settings.PUBLIC_URL = live_server.url
    heard, recorded = (queue(rosa, now=now, channels=["voice"], text=WORDS) for _ in range(2))
    send_due(now)
    eventually(lambda: len(sandbox.get("/control/calls", status="ringing")) == 2)
    assert seen(heard).provider_sid

    call = sandbox.post(f"/control/calls/{heard.provider_sid}/answer")
    assert call["waiting_for_digits"]
    assert WORDS not in said(call)
    call = sandbox.post(f"/control/calls/{heard.provider_sid}/press", digits="1")
    assert WORDS in said(call)
    eventually(lambda: seen(heard).state == State.DELIVERED)

    call = sandbox.post(f"/control/calls/{seen(recorded).provider_sid}/voicemail")
    assert said(call)
    assert WORDS not in said(call)
    eventually(lambda: seen(recorded).state == State.UNDELIVERED)
    assert by_channel(recorded) == {"voice": "undelivered", "sms": "pending"}

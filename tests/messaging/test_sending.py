"""Texts through the real client: what goes out, and what becomes of each kind of failure."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from messaging.exceptions import NotProcessed
from messaging.gateways import provider
from messaging.models import Message, OptOut
from messaging.rules.delivery import MOST_TRIES, retry_delay
from messaging.rules.provider_errors import MEANINGS, Meaning, meaning_of
from messaging.tasks import deliver_due
from messaging.transitions import State
from people.models import Person
from tests.messaging.world import (
    by_channel,
    handed_over,
    look_up_unknown,
    queue,
    seen,
    send_due,
    tries_of,
)
from tests.sandbox.world import CLINIC, Sandbox, free_port

LATER = timedelta(hours=1)


def at_provider(sandbox: Sandbox) -> list[dict[str, Any]]:
    """The texts that the provider has, oldest first."""
    return list(reversed(sandbox.get("/control/messages", direction="outbound")))


def test_an_accepted_text_is_the_providers(rosa: Person, now: datetime, sandbox: Sandbox) -> None:
    message = queue(rosa, now=now, text="see you at 10")
    assert send_due(now) == [message.pk]
    (text,) = at_provider(sandbox)
    assert (text["to"], text["from"]) == (message.address, CLINIC)
    assert text["body"] == "Hello Rosa: see you at 10"
    assert (seen(message).state, message.provider_sid) == (State.ACCEPTED, text["sid"])
    assert (message.body, message.lease_until) == (text["body"], None)
    assert tries_of(message) == [(1, "accepted")]
    assert send_due(now + LATER) == []


ACCEPTED_BUT_UNHEARD = ("http_500_after_accept", "reset_after_accept", "delay_after_accept")


@pytest.mark.parametrize("fault", ACCEPTED_BUT_UNHEARD)
def test_an_answer_that_got_lost_is_looked_up_and_nothing_is_sent_twice(
    rosa: Person, now: datetime, sandbox: Sandbox, settings: Settings, fault: str
) -> None:
    settings.TWILIO_TIMEOUT_SECONDS = 0.5
    sandbox.fault("sms", fault, times=1, seconds=1.5)
    message = queue(rosa, now=now)
    send_due(now)
    assert seen(message).state == State.UNKNOWN
    assert send_due(now + LATER) == []
    assert look_up_unknown(now) == 1
    (text,) = at_provider(sandbox)
    assert (seen(message).state, message.provider_sid) == (State.ACCEPTED, text["sid"])
    assert tries_of(message) == [(1, "accepted")]
    assert look_up_unknown(now) == 0


@pytest.mark.parametrize("fault", ["http_500", "reset_before_accept"])
def test_what_never_arrived_is_looked_up_and_then_sent_once(
    rosa: Person, now: datetime, sandbox: Sandbox, fault: str
) -> None:
    sandbox.fault("sms", fault, times=1)
    message = queue(rosa, now=now)
    send_due(now)
    assert seen(message).state == State.UNKNOWN
    assert look_up_unknown(now) == 1
    assert (seen(message).state, message.due_at) == (State.PENDING, now + retry_delay(1))
    send_due(now + retry_delay(1))
    assert len(at_provider(sandbox)) == 1
    assert seen(message).state == State.ACCEPTED
    assert tries_of(message) == [(1, "not_processed"), (2, "accepted")]


def test_while_the_provider_cannot_be_asked_nothing_is_decided(
    rosa: Person, now: datetime, sandbox: Sandbox, settings: Settings
) -> None:
    sandbox.fault("sms", "reset_after_accept", times=1)
    message = queue(rosa, now=now)
    send_due(now)
    settings.TWILIO_API_BASE_URL = f"http://127.0.0.1:{free_port()}"
    assert look_up_unknown(now) == 0
    assert seen(message).state == State.UNKNOWN
    settings.TWILIO_API_BASE_URL = sandbox.origin
    assert look_up_unknown(now) == 1
    assert seen(message).state == State.ACCEPTED


def test_equal_words_to_one_number_are_two_texts_with_names_of_their_own(
    rosa: Person, now: datetime, sandbox: Sandbox
) -> None:
    sandbox.fault("sms", "reset_after_accept", times=2)
    messages = [queue(rosa, now=now, text="the same") for _ in range(3)]
    send_due(now)
    assert [seen(message).state for message in messages].count(State.UNKNOWN) == 2
    assert look_up_unknown(now) == 2
    sids = {text["sid"] for text in at_provider(sandbox)}
    assert len(sids) == 3
    assert {seen(message).provider_sid for message in messages} == sids
    assert {message.state for message in messages} == {State.ACCEPTED}


def test_of_two_equal_texts_the_one_that_never_arrived_is_sent_again(
    rosa: Person, now: datetime, sandbox: Sandbox
) -> None:
    arrived = queue(rosa, now=now, text="the same")
    send_due(now)
    sandbox.fault("sms", "reset_before_accept", times=1)
    lost = queue(rosa, now=now, text="the same")
    send_due(now)
    look_up_unknown(now)
    send_due(now + LATER)
    assert len(at_provider(sandbox)) == 2
    assert seen(lost).provider_sid != seen(arrived).provider_sid


def test_too_many_requests_wait_longer_each_time(
    rosa: Person, now: datetime, sandbox: Sandbox
) -> None:
    sandbox.fault("sms", "http_429", times=3)
    message = queue(rosa, now=now)
    for number in (1, 2, 3):
        send_due(seen(message).due_at)
        waits = seen(message).due_at - message.state_since
        assert (message.state, waits) == (State.PENDING, retry_delay(number))
        assert message.error_code == "20429"
    send_due(message.due_at)
    assert (seen(message).state, message.error_code) == (State.ACCEPTED, "")
    assert tries_of(message)[-1] == (4, "accepted")
    assert len(at_provider(sandbox)) == 1


def test_a_provider_that_refuses_connections_has_not_got_it(
    rosa: Person, now: datetime, sandbox: Sandbox, settings: Settings
) -> None:
    settings.TWILIO_API_BASE_URL = f"http://127.0.0.1:{free_port()}"
    message = queue(rosa, now=now)
    send_due(now)
    assert (seen(message).state, message.error_code) == (State.PENDING, "connection")
    assert tries_of(message) == [(1, "not_processed")]


def test_after_the_last_try_another_way_is_taken(
    rosa: Person, now: datetime, sandbox: Sandbox
) -> None:
    sandbox.fault("sms", "http_429")
    message = queue(rosa, now=now)
    for _ in range(MOST_TRIES):
        send_due(seen(message).due_at)
    assert seen(message).state == State.DEAD
    assert len(tries_of(message)) == MOST_TRIES
    assert by_channel(message) == {"sms": "dead", "voice": "pending"}


def test_every_known_code_has_a_meaning_and_an_unknown_one_is_an_alarm() -> None:
    assert set(MEANINGS.values()) == set(Meaning)
    assert meaning_of("21610") is Meaning.OPTED_OUT
    assert meaning_of("99999") is meaning_of("") is Meaning.ALARM


@pytest.mark.parametrize(
    ("code", "state", "ways"),
    [
        (21610, "failed", {"email": "pending"}),  # stopped: not called either
        (21211, "failed", {"email": "pending"}),  # no such number
        (21614, "failed", {"voice": "pending"}),  # a landline can still be called
        (21611, "pending", {}),  # a full queue
        (20003, "failed", {"voice": "pending"}),  # our mistake; the patient is told anyway
        (12345, "failed", {"voice": "pending"}),
    ],
)
def test_a_refusal_means_what_its_code_says(
    rosa: Person,
    now: datetime,
    sandbox: Sandbox,
    code: int,
    state: str,
    ways: dict[str, str],
) -> None:
    sandbox.fault("sms", "reject", code=code, times=1)
    message = queue(rosa, now=now)
    send_due(now)
    assert (seen(message).error_code, at_provider(sandbox)) == (str(code), [])
    assert by_channel(message) == {"sms": state} | ways
    stopped = OptOut.objects.filter(channel="sms", address=message.address, until=None)
    assert stopped.exists() == (code == 21610)


def test_alarms_are_raised_for_what_is_ours_to_mend(
    rosa: Person, now: datetime, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.fault("sms", "reject", code=20003, times=1)
    message = queue(rosa, now=now, text="private words")
    send_due(now)
    errors = [record for record in caplog.records if record.levelname == "ERROR"]
    assert len(errors) == 1
    told = str(errors[0].msg)
    assert "20003" in told
    for private in (message.address, "private words", "Rosa"):
        assert private not in told


def test_a_code_is_wiped_once_it_is_settled(rosa: Person, now: datetime, sandbox: Sandbox) -> None:
    def kept(message: Message) -> bool:
        row = seen(message)
        return "314159" in row.body or "314159" in str(row.facts)

    def secret() -> Message:
        return queue(rosa, now=now, kind="secret_notice", text="314159")

    sent = secret()
    send_due(now)
    assert (sent.state, kept(sent)) == (State.PENDING, False)
    sandbox.fault("sms", "reset_after_accept", times=1)
    uncertain = secret()
    send_due(now)
    assert kept(uncertain), "it may have to be sent again"
    look_up_unknown(now)
    assert not kept(uncertain)
    sandbox.fault("sms", "reject", code=21211, times=1)
    refused = secret()
    send_due(now)
    assert (kept(refused), refused.state) == (False, State.FAILED)
    late = secret()
    Message.objects.filter(pk=late.pk).update(useful_until=now)
    send_due(now + LATER)
    assert (kept(late), late.state) == (False, State.EXPIRED)
    stopped = secret()
    OptOut.objects.create(channel="sms", address=stopped.address, since=now)
    send_due(now)
    assert (kept(stopped), stopped.state) == (False, State.SUPPRESSED)


def test_one_broken_message_does_not_hold_up_the_others(
    rosa: Person, now: datetime, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clock.now", lambda: now)
    broken, fine = queue(rosa, now=now, kind="broken_notice"), queue(rosa, now=now)
    assert deliver_due() == 2
    assert seen(fine).state == State.ACCEPTED
    assert (seen(broken).state, tries_of(broken)) == (State.CLAIMED, [])


def test_a_person_is_the_last_way(rosa: Person, now: datetime, sandbox: Sandbox) -> None:
    sandbox.fault("sms", "reject", code=21614)
    sandbox.fault("voice", "reject")
    sandbox.fault("email", "smtp_permanent")
    message = queue(rosa, now=now)
    for _ in range(4):
        send_due(now)
    assert by_channel(message) == {"sms": "failed", "voice": "failed", "email": "failed"}
    assert handed_over(message)


def test_the_client_is_sent_to_the_configured_origin_alone(settings: Settings) -> None:
    settings.TWILIO_API_BASE_URL = f"http://127.0.0.1:{free_port()}"
    provider.client.cache_clear()
    with pytest.raises(NotProcessed):
        provider.send_sms(to="+12025550143", body="x", status_url="http://127.0.0.1:9/")
    provider.client.cache_clear()

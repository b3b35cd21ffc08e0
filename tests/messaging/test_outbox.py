"""The one way out: a row in the caller's transaction, and a nudge after it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from kombu.exceptions import OperationalError as BrokerDown

from messaging.models import Message
from messaging.selectors import newest_message_to, oldest_due_age
from messaging.services.nudges import Nudge
from messaging.transitions import State
from people.models import ContactPoint, Person
from tests.messaging.world import queue, seen, send_due
from tests.sandbox.world import Sandbox

HOUR = timedelta(hours=1)
SEND_NOW = Nudge.send_now  # before a fixture silences it


class CallerFailed(Exception):
    """What a service raises after it has queued something."""


def test_the_same_key_is_queued_once_on_each_channel(rosa: Person, now: datetime) -> None:
    first = queue(rosa, now=now, channels=["sms", "email"], key="visit:1", text="first")
    again = queue(rosa, now=now + HOUR, channels=["sms", "email"], key="visit:1", text="again")
    assert again == first
    assert again.facts["text"] == "first"
    assert Message.objects.count() == 2


def test_a_channel_named_twice_is_one_message(rosa: Person, now: datetime) -> None:
    queue(rosa, now=now, channels=["email", "email"])
    assert Message.objects.count() == 1


def test_what_fails_with_its_caller_was_never_queued(rosa: Person, now: datetime) -> None:
    @transaction.atomic
    def caller() -> None:
        queue(rosa, now=now)
        raise CallerFailed

    with pytest.raises(CallerFailed):
        caller()
    assert not Message.objects.exists()


def test_a_proven_address_is_preferred_then_the_newest(rosa: Person, now: datetime) -> None:
    ContactPoint.objects.create(person=rosa, kind="phone", value="+12125550199")
    ContactPoint.objects.create(person=rosa, kind="email", value="new@example.com")
    rosa.refresh_from_db()
    assert queue(rosa, now=now).address == "+12125550142", "the one that was proven"
    assert queue(rosa, now=now, channels=["email"]).address == "new@example.com"


def test_what_is_due_later_waits_in_the_database(rosa: Person, now: datetime) -> None:
    assert queue(rosa, now=now).state == State.PENDING
    assert queue(rosa, now=now, due_at=now + HOUR).state == State.SCHEDULED


def test_a_nudge_is_sent_once_after_the_commit_and_only_for_what_is_due(
    rosa: Person,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(Nudge, "send_now", lambda self: sent.append(self.task))
    with django_capture_on_commit_callbacks(execute=True):
        queue(rosa, now=now)
        queue(rosa, now=now)
        assert sent == []
    assert sent == ["messaging.tasks.deliver_due"]
    with django_capture_on_commit_callbacks(execute=True):
        queue(rosa, now=now, due_at=now + HOUR)
    assert sent == ["messaging.tasks.deliver_due"]


def test_a_broker_that_is_away_loses_nothing(
    rosa: Person,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    sandbox: Sandbox,
    django_capture_on_commit_callbacks: Any,
) -> None:
    def away(*_: object, **__: object) -> None:
        raise BrokerDown("away")

    monkeypatch.setattr(Nudge, "send_now", SEND_NOW)
    monkeypatch.setattr("celery.current_app.send_task", away)
    with django_capture_on_commit_callbacks(execute=True):
        message = queue(rosa, now=now)
    send_due(now)
    assert seen(message).state == State.ACCEPTED


def test_the_age_of_the_oldest_due_message_is_known(rosa: Person, now: datetime) -> None:
    assert oldest_due_age(now=now) == timedelta()
    queue(rosa, now=now, due_at=now + HOUR)
    assert oldest_due_age(now=now) == timedelta(), "it is not due"
    queue(rosa, now=now)
    assert oldest_due_age(now=now + HOUR / 2) == HOUR / 2


def test_the_thread_a_person_answers_is_what_we_said_last(
    rosa: Person, now: datetime, sandbox: Sandbox
) -> None:
    first, second = (queue(rosa, now=now + n * HOUR) for n in range(2))
    never_sent = queue(rosa, now=now, due_at=now + 9 * HOUR)
    for n in range(2):
        send_due(now + n * HOUR)

    def answered(since: datetime, kind: str = "urgent_notice") -> Message | None:
        return newest_message_to(first.address, kinds=[kind], since=since)

    assert answered(now) == second
    assert answered(now + 2 * HOUR) is None
    assert answered(now, kind="notice") is None
    assert seen(never_sent).state == State.SCHEDULED

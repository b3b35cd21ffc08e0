"""Another way when one does not work; a person when none does."""

import threading
from datetime import datetime

import pytest
from django.db import connections, transaction

from messaging.models import Message, Task
from messaging.services.fallback import ORDER, fall_back
from messaging.services.receipts import record_receipt
from messaging.transitions import State
from people.models import ContactPoint, Person
from tests.builders import make_person
from tests.messaging.world import by_channel, handed_over, queue, seen


def lose(message: Message, now: datetime, code: str = "30003") -> None:
    """The provider had it and reports that it did not arrive."""
    Message.objects.filter(pk=message.pk).update(state=State.SENT, provider_sid=f"S{message.pk}")
    record_receipt(
        public_id=message.public_id,
        provider_sid=f"S{message.pk}",
        status="undelivered",
        error_code=code,
        now=now,
    )


def newest() -> Message:
    return Message.objects.latest("pk")


def test_each_way_is_tried_once_and_then_a_person_is_asked(rosa: Person, now: datetime) -> None:
    message = queue(rosa, now=now, kind="notice", about="appointment", about_id=7)
    for expected in ("voice", "email"):
        lose(newest(), now)
        assert newest().channel == expected
        assert not handed_over(message)
    lose(newest(), now)
    assert by_channel(message) == dict.fromkeys(ORDER, "undelivered")
    task = Task.objects.get()
    assert (task.person, task.about, task.about_id) == (rosa, "appointment", 7)
    assert (task.kind, task.role, task.status) == ("notice", "agent", "open")


def test_a_way_that_still_has_hope_is_waited_for(rosa: Person, now: datetime) -> None:
    text = queue(rosa, now=now, channels=["sms", "email"])
    lose(text, now)
    assert by_channel(text) == {"sms": "undelivered", "email": "pending"}
    letter = newest()
    assert letter.channel == "email"
    lose(letter, now)
    assert newest().channel == "voice"


def test_a_person_without_other_addresses_is_left_to_people(db: None, now: datetime) -> None:
    person = make_person(email=None)
    message = queue(person, now=now)
    lose(message, now, code="30005")
    assert by_channel(message) == {"sms": "undelivered"}
    assert handed_over(message)


def test_someone_without_any_address_is_a_task_at_once(db: None, now: datetime) -> None:
    person = make_person(email=None)
    ContactPoint.objects.all().delete()
    with pytest.raises(IndexError):
        queue(person, now=now, key="unreachable")
    assert Task.objects.get(key="unreachable").person == person


def test_a_kind_may_have_no_other_way(rosa: Person, now: datetime) -> None:
    message = queue(rosa, now=now, kind="opinion_wanted")
    lose(message, now)
    assert by_channel(message) == {"sms": "undelivered"}
    assert not handed_over(message)


def test_the_words_and_what_they_are_about_go_along(rosa: Person, now: datetime) -> None:
    message = queue(rosa, now=now, text="bring your card", about="appointment", about_id=7)
    lose(message, now)
    other = newest()
    assert (other.kind, other.facts, other.about_id) == (message.kind, message.facts, 7)
    assert (other.channel, other.key) == ("voice", message.key.replace(":sms", ":voice"))


@pytest.mark.django_db(transaction=True)
def test_two_ways_that_fail_at_the_same_moment_still_lead_to_a_third(
    rosa: Person, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each transaction must not take the other's failing message for one on its way."""
    text = queue(rosa, now=now, channels=["sms", "email"])
    letter = newest()
    both_failed = threading.Barrier(2)

    def together(message: Message, **more: object) -> None:
        both_failed.wait(timeout=30)
        fall_back(message, **more)  # type: ignore[arg-type]

    def fail(message: Message) -> None:
        try:
            with transaction.atomic():
                lose(message, now)
        finally:
            connections.close_all()

    monkeypatch.setattr("messaging.services.receipts.fall_back", together)
    threads = [threading.Thread(target=fail, args=[message]) for message in (text, letter)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {seen(message).state for message in (text, letter)} == {"undelivered"}
    assert by_channel(text)["voice"] == "pending"

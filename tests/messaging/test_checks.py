"""The last look before a message goes; and not sending is an outcome with a name."""

from datetime import UTC, date, datetime, timedelta

import pytest

from messaging.models import Message, OptOut
from messaging.services.checks import MOST_IN_WINDOW
from messaging.services.fallback import note_opt_in, note_opt_out
from messaging.transitions import State
from people.models import Consent, Person
from tests.builders import make_person
from tests.messaging.world import by_channel, handed_over, queue, seen, send_due
from tests.sandbox.world import Sandbox

pytestmark = pytest.mark.usefixtures("sandbox")

NIGHT = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)  # 23:00 in New York, 20:00 in Los Angeles
MORNING = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)  # 8:00 in New York


def outcome(message: Message, now: datetime) -> tuple[str, str]:
    send_due(now)
    return seen(message).state, message.reason


def consent(person: Person, now: datetime, *, granted: bool, purpose: str = "care") -> None:
    Consent.objects.create(
        person=person, purpose=purpose, granted=granted, said_at=now, how="asked"
    )


def test_nothing_is_sent_to_the_dead(rosa: Person, now: datetime) -> None:
    message = queue(rosa, now=now)
    rosa.deceased_on = date(2026, 11, 20)
    rosa.save()
    assert outcome(message, now) == ("suppressed", "deceased")
    assert by_channel(message) == {"sms": "suppressed"}, "and no other way is tried"
    assert not handed_over(message)


def test_nothing_is_sent_to_those_who_want_to_hear_nothing(rosa: Person, now: datetime) -> None:
    message = queue(rosa, now=now)
    rosa.do_not_contact = True
    rosa.save()
    assert outcome(message, now) == ("suppressed", "do_not_contact")


def test_the_newest_word_on_consent_counts_for_its_purpose(rosa: Person, now: datetime) -> None:
    def asked(kind: str = "urgent_notice") -> tuple[str, str]:
        return outcome(queue(rosa, now=now, kind=kind), now)

    consent(rosa, now, granted=False)
    assert asked() == ("suppressed", "consent_withdrawn")
    assert asked("opinion_wanted") == ("accepted", "")
    consent(rosa, now + timedelta(minutes=1), granted=True)
    assert asked() == ("accepted", "")
    consent(rosa, now, granted=False, purpose="feedback")
    assert asked("opinion_wanted") == ("suppressed", "consent_withdrawn")


def test_a_number_that_asked_us_to_stop_is_left_alone_until_it_asks_again(
    rosa: Person, now: datetime
) -> None:
    for _ in range(2):
        note_opt_out(channel="sms", address="+12125550142", now=now)
    assert OptOut.objects.count() == 1
    stopped = queue(rosa, now=now)
    assert outcome(stopped, now) == ("suppressed", "opted_out")
    assert by_channel(stopped) == {"sms": "suppressed", "email": "pending"}
    note_opt_in(channel="sms", address="+12125550142", now=now)
    assert outcome(queue(rosa, now=now), now) == ("accepted", "")
    note_opt_out(channel="sms", address="+12125550142", now=now)
    assert outcome(queue(rosa, now=now), now) == ("suppressed", "opted_out")


def test_what_is_no_longer_true_is_not_said(rosa: Person, now: datetime) -> None:
    message = queue(rosa, now=now, facts={"stale": "superseded"})
    assert outcome(message, now) == ("suppressed", "superseded")


def test_what_comes_too_late_is_not_said(rosa: Person, now: datetime) -> None:
    useful = queue(rosa, now=now, useful_until=now)
    assert outcome(useful, now) == ("accepted", "")
    late = queue(rosa, now=now, useful_until=now)
    assert outcome(late, now + timedelta(seconds=1)) == ("expired", "too_late")


def test_ordinary_texts_and_calls_wait_for_the_morning(rosa: Person) -> None:
    text = queue(rosa, now=NIGHT, kind="notice")
    call = queue(rosa, now=NIGHT, kind="notice", channels=["voice"])
    letter = queue(rosa, now=NIGHT, kind="notice", channels=["email"])
    urgent = queue(rosa, now=NIGHT)
    send_due(NIGHT)
    assert seen(letter).state == seen(urgent).state == State.ACCEPTED
    for message in (text, call):
        assert (seen(message).state, message.reason) == (State.SCHEDULED, "quiet_hours")
        assert message.due_at == MORNING
    assert send_due(MORNING - timedelta(seconds=1)) == []
    send_due(MORNING)
    assert seen(text).state == seen(call).state == State.ACCEPTED
    assert text.reason == "", "it was only delayed"


def test_the_night_is_the_recipients_own(rosa: Person) -> None:
    elsewhere = make_person(zone="America/Los_Angeles", phone="+12135550123")
    message = queue(elsewhere, now=NIGHT, kind="notice")
    assert outcome(message, NIGHT) == ("accepted", "")
    worker = make_person(phone="+12135550124")
    worker.quiet_from, worker.quiet_until = (
        datetime(2026, 1, 1, 7).time(),
        datetime(2026, 1, 1, 15).time(),
    )
    worker.save()
    assert outcome(queue(worker, now=NIGHT, kind="notice"), NIGHT) == ("accepted", "")
    asleep = queue(worker, now=MORNING, kind="notice")
    assert outcome(asleep, MORNING) == ("scheduled", "quiet_hours")


def test_nobody_hears_from_us_all_day_long(rosa: Person, now: datetime) -> None:
    for _ in range(MOST_IN_WINDOW):
        assert outcome(queue(rosa, now=now, kind="notice"), now) == ("accepted", "")
    one_more = queue(rosa, now=now, kind="notice")
    assert outcome(one_more, now) == ("suppressed", "frequency_cap")
    assert outcome(queue(rosa, now=now), now) == ("accepted", ""), "somebody waits for this one"
    neighbor = queue(make_person(phone="+12135550125"), now=now, kind="notice")
    assert outcome(neighbor, now) == ("accepted", "")
    tomorrow = now + timedelta(hours=24)
    assert outcome(queue(rosa, now=tomorrow, kind="notice"), tomorrow) == ("accepted", "")


def test_a_message_without_words_is_put_aside_and_told(
    rosa: Person, now: datetime, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    message = queue(rosa, now=now, kind="reminder_confirmed", channels=["voice"])
    assert outcome(message, now) == ("suppressed", "no_words")
    assert any(record.levelname == "ERROR" for record in caplog.records)
    assert sandbox.get("/control/calls") == []

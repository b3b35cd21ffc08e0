"""Letters by SMTP, and what a mail server's answers mean."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar
from pytest_django import Settings

from messaging.rules.delivery import retry_delay
from messaging.transitions import State
from people.models import Person
from scheduling.booking.services.lifecycle import cancel_appointment
from scheduling.booking.services.rescheduling import reschedule_appointment
from tests.builders import make_appointment, make_group
from tests.messaging.world import (
    by_channel,
    look_up_unknown,
    queue,
    seen,
    send_due,
    tries_of,
)
from tests.sandbox.world import Sandbox, free_port

MINUTE = timedelta(minutes=1)


def mailbox(sandbox: Sandbox, address: str = "rosa@example.com") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = sandbox.get("/control/emails", to=address)
    return found


def test_a_letter_is_in_the_mailbox(rosa: Person, now: datetime, sandbox: Sandbox) -> None:
    message = queue(rosa, now=now, channels=["email"], text="bring <your> card")
    send_due(now)
    (letter,) = mailbox(sandbox)
    assert letter["subject"] == "A word"
    assert letter["text"].strip() == "Hello Rosa: bring <your> card"
    assert "bring &lt;your&gt; card" in letter["html"]
    assert str(message.public_id) in letter["message_id"]
    assert seen(message).state == State.ACCEPTED


def test_a_server_that_says_not_now_is_asked_again(
    rosa: Person, now: datetime, sandbox: Sandbox
) -> None:
    sandbox.fault("email", "smtp_temporary", times=1)
    message = queue(rosa, now=now, channels=["email"])
    send_due(now)
    assert (seen(message).state, message.error_code) == (State.PENDING, "smtp_4xx")
    assert message.due_at == now + retry_delay(1)
    send_due(message.due_at)
    assert len(mailbox(sandbox)) == 1
    assert tries_of(message) == [(1, "not_processed"), (2, "accepted")]


def test_a_server_that_says_never_is_believed(
    rosa: Person, now: datetime, sandbox: Sandbox
) -> None:
    sandbox.fault("email", "smtp_permanent")
    message = queue(rosa, now=now, channels=["email"])
    send_due(now)
    assert (seen(message).state, message.error_code) == (State.FAILED, "smtp_5xx")
    assert by_channel(message) == {"email": "failed", "sms": "pending"}


def test_a_server_that_is_not_there_has_not_got_it(
    rosa: Person, now: datetime, sandbox: Sandbox, settings: Settings
) -> None:
    settings.EMAIL_PORT = free_port()
    message = queue(rosa, now=now, channels=["email"])
    send_due(now)
    assert (seen(message).state, message.error_code) == (State.PENDING, "smtp_connection")


def test_a_letter_sent_again_is_the_same_letter(
    rosa: Person, now: datetime, sandbox: Sandbox
) -> None:
    """SMTP cannot be asked; mailboxes show letters with one Message-ID once."""
    sandbox.fault("email", "smtp_reset_after_accept", times=1)
    message = queue(rosa, now=now, channels=["email"])
    send_due(now)
    assert seen(message).state == State.UNKNOWN
    look_up_unknown(now)
    send_due(now + timedelta(hours=1))
    assert seen(message).state == State.ACCEPTED
    (letter,) = mailbox(sandbox)
    assert letter["deliveries"] == 2


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_confirmation_brings_a_calendar_file_that_imports(
    db: None, now: datetime, sandbox: Sandbox, language: str
) -> None:
    make_group()
    visit = make_appointment(now=now)
    visit.person.language = language
    visit.person.save()
    send_due(now)
    (letter,) = mailbox(sandbox)
    (file,) = letter["attachments"]
    assert file["filename"] == "visit.ics"
    assert file["content_type"].startswith("text/calendar")
    calendar = Calendar.from_ical(file["text"])
    (event,) = calendar.walk("VEVENT")
    assert event.decoded("DTSTART") == visit.starts_at
    assert calendar.walk("VTIMEZONE")


def test_each_letter_about_a_visit_says_what_a_calendar_is_to_do(
    db: None, now: datetime, sandbox: Sandbox
) -> None:
    make_group()
    visit = make_appointment(now=now)
    user, later = visit.booked_by, visit.starts_at + timedelta(hours=1)
    assert user is not None
    send_due(now)
    reschedule_appointment(
        appointment=visit, site=visit.site, starts_at=later, user=user, now=now + MINUTE
    )
    send_due(now + 3 * MINUTE)  # when it cannot be undone any more
    cancel_appointment(appointment=visit, user=user, reason="", now=now + 4 * MINUTE)
    send_due(now + 6 * MINUTE)
    told: list[Any] = []
    for letter in mailbox(sandbox):
        (file,) = letter["attachments"]
        calendar = Calendar.from_ical(file["text"])
        (event,) = calendar.walk("VEVENT")
        told.append((calendar["METHOD"], event["SEQUENCE"], event["STATUS"]))
    assert sorted(told, key=lambda each: each[1]) == [
        ("PUBLISH", 0, "CONFIRMED"),
        ("PUBLISH", 1, "CONFIRMED"),
        ("CANCEL", 2, "CANCELLED"),
    ]

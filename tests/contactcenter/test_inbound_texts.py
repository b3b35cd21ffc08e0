"""What patients text us: who may say so, and what becomes of it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from twilio.request_validator import RequestValidator

from contactcenter.models import InboundMessage
from messaging.models import Message, OptOut, Task
from messaging.selectors import opted_out
from reminders.services.planning import plan_reminders
from scheduling.booking.services import lifecycle
from scheduling.booking.services.rescheduling import reschedule_appointment
from scheduling.models import Appointment
from tests.builders import at, days_after, make_appointment, make_group, make_patient, make_site

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_at_now")]
PHONE, ADDRESS = "+12125550142", "/hooks/twilio/sms/"
Says = Callable[..., int]


def signature(fields: dict[str, str], *, url: str = "") -> str:
    """Twilio's own signature of these fields posted to our public address."""
    signer = RequestValidator(settings.TWILIO_AUTH_TOKEN)
    return str(signer.compute_signature(url or settings.PUBLIC_URL + ADDRESS, fields))


def fields(body: str, *, sid: str = "", sender: str = PHONE) -> dict[str, str]:
    return {
        "MessageSid": sid or f"SM{uuid4().hex}",
        "From": sender,
        "To": settings.TWILIO_FROM_NUMBER,
        "Body": body,
    }


@pytest.fixture
def says(client: Client) -> Says:
    """A text reaches us through the provider."""

    def says(body: str, **which: str) -> int:
        posted = fields(body, **which)
        headers = {"X-Twilio-Signature": signature(posted)}
        return client.post(ADDRESS, posted, headers=headers).status_code

    return says


@pytest.fixture
def visit(now: datetime) -> Appointment:
    """Rosa's, in two days, of which she was just reminded by text."""
    make_group()
    site = make_site()
    visit = make_appointment(
        now=now - timedelta(days=3),
        starts_at=at(site, days_after(now, 2), 10),
        site=site,
        patient=make_patient(phone=PHONE),
    )
    remind(visit, now)
    return visit


def remind(visit: Appointment, now: datetime) -> None:
    plan_reminders(now=visit.starts_at - timedelta(days=2))
    reminded = Message.objects.filter(kind="appointment_reminder").latest("pk")
    Message.objects.filter(pk=reminded.pk).update(state="delivered", state_since=now)


def answers() -> list[str]:
    """What we answered, in order."""
    replies = Message.objects.filter(key__startswith="reply:").order_by("pk")
    return list(replies.values_list("kind", flat=True))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Twilio-Signature": "nonsense"},
        {"X-Twilio-Signature": "of another body"},
        {"X-Twilio-Signature": "of another address"},
    ],
)
def test_only_the_provider_comes_in(client: Client, headers: dict[str, str]) -> None:
    posted = fields("1")
    if headers.get("X-Twilio-Signature") == "of another body":
        headers = {"X-Twilio-Signature": signature(posted | {"Body": "2"})}
    if headers.get("X-Twilio-Signature") == "of another address":
        elsewhere = f"https://elsewhere.example{ADDRESS}"
        headers = {"X-Twilio-Signature": signature(posted, url=elsewhere)}
    assert client.post(ADDRESS, posted, headers=headers).status_code == 403
    assert client.get(ADDRESS).status_code == 405
    assert not InboundMessage.objects.exists()


def test_the_answer_to_the_provider_says_nothing(client: Client) -> None:
    """What we say goes out through the outbox, once, and not in this reply."""
    posted = fields("hello")
    answer = client.post(ADDRESS, posted, headers={"X-Twilio-Signature": signature(posted)})
    assert answer.headers["Content-Type"] == "text/xml"
    assert answer.content.decode().endswith("<Response></Response>")


def test_a_text_that_is_delivered_twice_is_acted_on_once(says: Says, visit: Appointment) -> None:
    for _ in range(2):
        assert says("3", sid="SM1") == 200
    assert InboundMessage.objects.count() == 1
    assert answers() == ["reminder_call_back"]
    assert Task.objects.count() == 1


@pytest.mark.parametrize("word", ["STOP", " stop ", "Unsubscribe", "CANCEL"])
def test_stop_is_kept_and_answered_by_the_carrier_alone(
    says: Says, visit: Appointment, word: str
) -> None:
    for _ in range(2):
        says(word)
    assert opted_out(channel="sms", address=PHONE)
    assert OptOut.objects.count() == 1
    assert answers() == []
    visit.refresh_from_db()
    assert visit.status == "booked"


def test_start_opens_the_number_again(says: Says) -> None:
    says("STOP")
    says("START")
    assert not opted_out(channel="sms", address=PHONE)
    says("STOP")
    assert opted_out(channel="sms", address=PHONE)


@pytest.mark.parametrize("said", ["1", " 1. ", "1!"])
def test_one_confirms_the_visit_we_reminded_of(says: Says, visit: Appointment, said: str) -> None:
    says(said)
    visit.refresh_from_db()
    assert visit.status == "confirmed"
    assert answers() == ["reminder_confirmed"]
    assert InboundMessage.objects.get().interpreted_by == "reminders.interpreters.answer_reminder"


def test_confirming_twice_is_thanked_twice_and_happens_once(says: Says, visit: Appointment) -> None:
    says("1")
    says("1")
    assert answers() == ["reminder_confirmed"] * 2
    assert visit.events.filter(to_status="confirmed").count() == 1


def test_two_sends_the_link_to_another_time(says: Says, visit: Appointment) -> None:
    says("2")
    reply = Message.objects.get(key__startswith="reply:")
    assert reply.kind == "reminder_move"
    assert reply.facts["link"].endswith(f"/v/{visit.public_id}/")
    visit.refresh_from_db()
    assert (visit.status, visit.version) == ("booked", 1)


def test_three_asks_an_agent_to_call_once(says: Says, visit: Appointment) -> None:
    says("3")
    says("3")
    task = Task.objects.get()
    assert (task.kind, task.role, task.person_id) == ("call_back", "agent", visit.person_id)
    assert (task.about, task.about_id) == ("appointment", visit.pk)


def test_an_answer_to_a_reminder_of_the_old_time_confirms_nothing(
    says: Says, visit: Appointment, now: datetime
) -> None:
    assert visit.booked_by is not None
    reschedule_appointment(
        appointment=visit,
        site=visit.site,
        starts_at=at(visit.site, days_after(now, 2), 14),
        user=visit.booked_by,
        now=now,
    )
    says("1")
    visit.refresh_from_db()
    assert visit.status == "booked"
    assert answers() == ["reminder_outdated"]


def test_an_answer_about_a_canceled_visit_is_told_so(
    says: Says, visit: Appointment, now: datetime
) -> None:
    assert visit.booked_by is not None
    lifecycle.cancel_appointment(appointment=visit, user=visit.booked_by, reason="", now=now)
    says("1")
    assert answers() == ["reminder_outdated"]


@pytest.mark.parametrize(
    "case",
    ["nobody was reminded", "another number", "weeks later", "the reminder never arrived"],
)
def test_a_digit_without_a_question_goes_to_a_person(
    says: Says, visit: Appointment, now: datetime, case: str
) -> None:
    changes: dict[str, Any] = {
        "nobody was reminded": {"kind": "appointment_booked"},
        "weeks later": {"state_since": now - timedelta(days=15)},
        "the reminder never arrived": {"state": "suppressed", "reason": "opted_out"},
    }
    Message.objects.filter(kind="appointment_reminder").update(**changes.get(case, {"tries": 1}))
    says("1", sender="+12125550199" if case == "another number" else PHONE)
    visit.refresh_from_db()
    assert visit.status == "booked"
    assert answers() == ["inbox_received"]


def test_the_newest_reminder_is_the_one_that_is_answered(
    says: Says, visit: Appointment, now: datetime
) -> None:
    assert visit.booked_by is not None
    later = make_appointment(
        now=now - timedelta(days=3),
        starts_at=at(visit.site, days_after(now, 2), 15),
        site=visit.site,
        visit_type=visit.visit_type,
        clinician=visit.clinician,
        patient=(visit.booked_by, visit.person),
    )
    remind(later, now + timedelta(minutes=1))
    says("1")
    assert set(Appointment.objects.values_list("pk", "status")) == {
        (visit.pk, "booked"),
        (later.pk, "confirmed"),
    }


def test_anything_else_is_read_by_a_person(says: Says, visit: Appointment) -> None:
    says("Can I bring my dog?")
    task = Task.objects.get()
    assert (task.kind, task.role, task.detail) == ("inbox", "agent", "Can I bring my dog?")
    assert task.person_id == visit.person_id
    reply = Message.objects.get(key__startswith="reply:")
    assert (reply.kind, reply.address) == ("inbox_received", PHONE)
    assert reply.facts == {"clinic_phone": "+12125550100"}


def test_a_number_we_do_not_know_is_read_too(says: Says) -> None:
    says("Wrong number?", sender="+12125550199")
    assert Task.objects.get().person is None
    assert answers() == ["inbox_received"]


def test_the_same_words_again_are_another_task(
    says: Says, visit: Appointment, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    says("Hello?")
    monkeypatch.setattr("clock.now", lambda: now + timedelta(minutes=1))
    says("Hello?")
    assert Task.objects.count() == 2


def test_the_answer_is_in_the_persons_language(says: Says, now: datetime) -> None:
    make_patient(phone=PHONE, language="es")
    says("¿Puedo llevar a mi perro?")
    assert Message.objects.get(key__startswith="reply:").language == "es"

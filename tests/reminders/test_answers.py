"""What a patient answers to a reminder, digit by digit."""

from datetime import datetime, timedelta

import pytest

from messaging.interpreters import START, STOP, opt_out
from messaging.models import Message, OptOut, Task
from messaging.transitions import State
from people.models import Person
from reminders.interpreters import THREAD, answer_reminder
from scheduling.booking.services import lifecycle
from scheduling.booking.services.rescheduling import reschedule_appointment
from scheduling.models import Appointment
from tests.builders import make_appointment, make_patient
from tests.scheduling.world import make_clinic

PHONE = "+13035550177"
pytestmark = pytest.mark.django_db


def remind(visit: Appointment, now: datetime, *, phone: str = PHONE) -> Message:
    """A reminder of the visit as it is, that reached a phone."""
    return Message.objects.create(
        key=f"reminder:{visit.pk}:{visit.version}:{phone}",
        kind="appointment_reminder",
        channel="sms",
        address=phone,
        person=visit.person,
        about="appointment",
        about_id=visit.pk,
        about_version=visit.version,
        state=State.DELIVERED,
        due_at=now,
        created_at=now,
        state_since=now,
    )


@pytest.fixture
def patient() -> tuple[object, Person]:
    return make_patient(phone=PHONE)


def kind_of(body: str, now: datetime, *, phone: str = PHONE) -> str | None:
    answer = answer_reminder(from_number=phone, body=body, now=now)
    return answer.kind if answer else None


@pytest.mark.parametrize("said", ["1", " 1 ", "1.", "1!"])
def test_one_confirms_the_visit(now: datetime, said: str) -> None:
    visit = make_appointment(now=now)
    remind(visit, now)
    for _ in range(2):
        assert kind_of(said, now) == "reminder_confirmed"
    visit.refresh_from_db()
    assert visit.status == "confirmed"
    assert visit.events.filter(kind="status").count() == 1


def test_two_offers_another_time_and_three_a_call(now: datetime) -> None:
    visit = make_appointment(now=now)
    remind(visit, now)
    answer = answer_reminder(from_number=PHONE, body="2", now=now)
    assert answer is not None
    assert answer.kind == "reminder_move"
    assert str(visit.public_id) in answer.facts["link"]
    for _ in range(2):
        assert kind_of("3", now) == "reminder_call_back"
    assert Task.objects.get().about_id == visit.pk
    visit.refresh_from_db()
    assert visit.status == "booked"


@pytest.mark.parametrize("said", ["", "4", "11", "yes", "1 or 2?", "12", "one"])
def test_other_words_are_left_to_others(now: datetime, said: str) -> None:
    remind(make_appointment(now=now), now)
    assert kind_of(said, now) is None


def test_a_yes_to_the_old_time_is_not_a_yes_to_the_new(now: datetime) -> None:
    clinic = make_clinic()
    visit = make_appointment(
        now=now,
        starts_at=clinic.at(10),
        site=clinic.site,
        visit_type=clinic.visit_type,
        clinician=clinic.clinician,
    )
    remind(visit, now)
    assert visit.booked_by is not None
    reschedule_appointment(
        appointment=visit,
        site=clinic.site,
        starts_at=clinic.at(14),
        user=visit.booked_by,
        now=now,
    )
    assert kind_of("1", now) == "reminder_outdated"
    visit.refresh_from_db()
    assert visit.status == "booked"


def test_a_canceled_visit_cannot_be_confirmed(now: datetime) -> None:
    visit = make_appointment(now=now)
    remind(visit, now)
    assert visit.booked_by is not None
    lifecycle.cancel_appointment(appointment=visit, user=visit.booked_by, reason="", now=now)
    assert kind_of("1", now) == "reminder_outdated"


def test_a_visit_that_has_begun_cannot_be_confirmed(now: datetime) -> None:
    visit = make_appointment(now=now)
    remind(visit, now)
    assert kind_of("1", visit.starts_at + timedelta(minutes=1)) == "reminder_outdated"
    visit.refresh_from_db()
    assert visit.status == "booked"


def test_the_newest_reminder_of_that_phone_is_answered(now: datetime) -> None:
    older, newer, other = (make_appointment(now=now) for _ in range(3))
    remind(older, now)
    remind(newer, now + timedelta(minutes=1))
    remind(other, now + timedelta(minutes=2), phone="+13035550188")
    kind_of("1", now + timedelta(minutes=3))
    for visit, status in ((older, "booked"), (newer, "confirmed"), (other, "booked")):
        visit.refresh_from_db()
        assert visit.status == status


def test_a_digit_out_of_the_blue_means_nothing(now: datetime) -> None:
    visit = make_appointment(now=now)
    assert kind_of("1", now) is None
    remind(visit, now)
    assert kind_of("1", now, phone="+13035550188") is None
    assert kind_of("1", now + THREAD + timedelta(minutes=1)) is None


def test_stop_and_start_are_heard_in_any_writing(now: datetime) -> None:
    for word in STOP:
        assert opt_out(from_number=PHONE, body=f" {word.upper()} ", now=now)
        assert OptOut.objects.filter(address=PHONE, until=None).count() == 1
    for word in START:
        assert opt_out(from_number=PHONE, body=word.title(), now=now)
        assert not OptOut.objects.filter(address=PHONE, until=None).exists()
    assert opt_out(from_number=PHONE, body="please stop by", now=now) is None

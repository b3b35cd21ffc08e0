"""Who has missed several visits books by phone, and always has a way to."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from messaging.models import Task
from people.models import Person, StaffRole, User
from scheduling.appointments.selectors.appointments import must_book_by_phone
from scheduling.booking.selectors.wanted import WantedVisit
from scheduling.booking.services.booking import book_appointment
from scheduling.booking.services.staff_booking import book_for_patient
from scheduling.exceptions import BookByPhone
from scheduling.models import Appointment, WaitlistEntry, WaitlistOffer
from scheduling.waitlist.services.backfill import offer_freed_times
from scheduling.waitlist.services.waitlist import SuitableTimes, accept_offer, join_waitlist
from tests.builders import make_patient, make_staff, miss_visits
from tests.scheduling import waiting
from tests.scheduling.world import TOMORROW, Clinic, make_clinic, rows_written

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Clinic:
    clinic = make_clinic(slug="check-up")
    clinic.visit_type.no_shows_allowed = 2
    clinic.visit_type.save()
    return clinic


def book(clinic: Clinic, patient: tuple[User, Person], *, now: datetime) -> Appointment:
    user, person = patient
    wanted = WantedVisit(clinic.visit_type, clinic.site, clinic.at(9))
    return book_appointment(wanted=wanted, person=person, user=user, idempotency_key="k", now=now)


def test_after_so_many_missed_visits_nothing_is_booked(clinic: Clinic, now: datetime) -> None:
    patient = make_patient()
    miss_visits(patient[1], 2, now=now)
    before = rows_written()
    with pytest.raises(BookByPhone):
        book(clinic, patient, now=now)
    assert rows_written() == before


def test_one_less_is_no_matter_and_a_year_forgives(clinic: Clinic, now: datetime) -> None:
    patient = make_patient()
    miss_visits(patient[1], 2, now=now)
    oldest = Appointment.objects.earliest("starts_at")
    year_ago = now - timedelta(days=365, minutes=1)
    Appointment.objects.filter(pk=oldest.pk).update(
        starts_at=year_ago, ends_at=year_ago + timedelta(minutes=30)
    )
    assert book(clinic, patient, now=now).pk


def test_others_missing_visits_is_no_matter(clinic: Clinic, now: datetime) -> None:
    miss_visits(make_patient()[1], 3, now=now)
    assert book(clinic, make_patient(), now=now).pk


def test_what_was_booked_before_is_still_the_answer(clinic: Clinic, now: datetime) -> None:
    patient = make_patient()
    first = book(clinic, patient, now=now)
    miss_visits(patient[1], 2, now=now)
    assert book(clinic, patient, now=now) == first


def test_staff_book_for_them_as_ever(clinic: Clinic, now: datetime) -> None:
    person = make_patient()[1]
    miss_visits(person, 3, now=now)
    staff = make_staff(StaffRole.Role.FRONT_DESK, sites=[clinic.site])
    wanted = WantedVisit(clinic.visit_type, clinic.site, clinic.at(9), clinic.clinician.pk)
    by_desk = book_for_patient(
        wanted=wanted, person=person, user=staff, idempotency_key="k", now=now
    )
    assert by_desk.person == person
    later = WantedVisit(clinic.visit_type, clinic.site, clinic.at(10), clinic.clinician.pk)
    assert book_appointment(
        wanted=later, person=person, user=staff, idempotency_key="l", now=now
    ).pk


def test_where_any_number_is_allowed_no_query_is_spent(clinic: Clinic, now: datetime) -> None:
    person = make_patient()[1]
    with CaptureQueriesContext(connection) as asked:
        assert not must_book_by_phone(person, clinic.visit_type, now=now)
    assert len(asked) == 1
    assert "LIMIT 2" in asked[0]["sql"]
    clinic.visit_type.no_shows_allowed = None
    with CaptureQueriesContext(connection) as asked:
        assert not must_book_by_phone(person, clinic.visit_type, now=now)
    assert len(asked) == 0


def test_waiting_is_for_those_who_may_book(clinic: Clinic, now: datetime) -> None:
    user, person = make_patient()
    visit = book(clinic, (user, person), now=now)
    miss_visits(person, 2, now=now)
    suits = SuitableTimes(sites=[clinic.site], earliest=now.date(), latest=TOMORROW)
    wanted = {"person": person, "user": user, "visit_type": clinic.visit_type, "suits": suits}
    with pytest.raises(BookByPhone):
        join_waitlist(**wanted, now=now)  # type: ignore[arg-type]
    assert not WaitlistEntry.objects.exists()
    assert join_waitlist(**wanted, replaces=visit, now=now).pk  # type: ignore[arg-type]


def test_an_offer_is_not_accepted_by_who_missed_visits_since(
    clinic: Clinic, clock_at_now: datetime
) -> None:
    now = clock_at_now
    patient = make_patient()
    gone = waiting.book(clinic, clinic.at(9), now=now)
    waiting.waits(clinic, now=now, patient=patient)
    waiting.cancel(gone, now=now)
    offer_freed_times(now=now)
    offer = WaitlistOffer.objects.get()
    miss_visits(patient[1], 2, now=now)
    with pytest.raises(BookByPhone):
        accept_offer(offer=offer, user=patient[0], now=now)
    assert not Appointment.objects.filter(person=patient[1], status="booked").exists()
    browser = Client()
    browser.force_login(patient[0])
    refused = browser.post(f"/api/v1/waitlist/offers/{offer.token}/accept/")
    assert (refused.status_code, refused.json()["code"]) == (409, "book_by_phone")
    page = browser.post(f"/waitlist/offers/{offer.token}/", {"answer": "take"})
    assert page.status_code == 409
    assert "Let us book this one together" in page.content.decode()


def test_the_api_says_so_and_takes_a_wish_for_a_call(
    clinic: Clinic, clock_at_now: datetime
) -> None:
    user, person = make_patient()
    miss_visits(person, 2, now=clock_at_now)
    browser = Client()
    browser.force_login(user)
    asked = {
        "visit_type": "check-up",
        "site": clinic.site.pk,
        "starts_at": clinic.at(9).isoformat(),
    }
    refused = browser.post(
        "/api/v1/appointments/",
        asked,
        content_type="application/json",
        headers={"Idempotency-Key": "a"},
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "book_by_phone")
    for _ in range(2):
        called = browser.post("/api/v1/call-me/", asked, content_type="application/json")
        assert called.status_code == 204
    task = Task.objects.get()
    assert (task.kind, task.person, task.role) == ("book_by_phone", person, "agent")

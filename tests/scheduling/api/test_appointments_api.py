"""A patient's visits through the API: their own, and nobody else's."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from people.models import ActsFor, AuditEntry, Person, User
from scheduling.models import Appointment
from tests.builders import make_appointment, make_patient, make_person, make_staff
from tests.scheduling.world import Clinic, make_clinic, rows_written

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_at_now")]

BACKEND = "people.backends.OneTimeCodeBackend"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


@pytest.fixture
def clinic() -> Clinic:
    return make_clinic()


@pytest.fixture
def patient() -> tuple[User, Person]:
    return make_patient()


@pytest.fixture
def portal(patient: tuple[User, Person]) -> Client:
    return signed_in(patient[0])


def post(client: Client, name: str, body: Any, *ids: Any, key: str | None = None) -> Any:
    headers = {"Idempotency-Key": key} if key is not None else {}
    return client.post(
        reverse(f"api:{name}", args=ids), body, content_type="application/json", headers=headers
    )


def wish(clinic: Clinic, starts_at: datetime, **more: Any) -> dict[str, Any]:
    return {
        "visit_type": clinic.visit_type.slug,
        "site": clinic.site.pk,
        "starts_at": starts_at.isoformat(),
    } | more


def visit_of(patient: tuple[User, Person], clinic: Clinic, now: datetime) -> Appointment:
    return make_appointment(
        now=now,
        starts_at=clinic.at(10),
        site=clinic.site,
        visit_type=clinic.visit_type,
        clinician=clinic.clinician,
        patient=patient,
    )


def test_booking_answers_with_the_visit(
    portal: Client, patient: tuple[User, Person], clinic: Clinic
) -> None:
    answer = post(portal, "appointments", wish(clinic, clinic.at(10)), key="k")
    assert answer.status_code == 201
    visit = answer.json()
    assert (visit["status"], visit["version"]) == ("booked", 1)
    assert visit["local"] == "2026-11-24T10:00:00-05:00"
    assert visit["person"] == str(patient[1].public_id)
    address = reverse("api:appointment", args=[visit["id"]])
    assert portal.get(address).json() == visit
    assert portal.get(reverse("api:appointments")).json() == [visit]

    before = rows_written()
    again = post(portal, "appointments", wish(clinic, clinic.at(10)), key="k")
    assert (again.status_code, again.json()) == (201, visit)
    assert rows_written() == before


def test_a_hold_is_booked_by_the_browser_that_has_it(
    portal: Client, patient: tuple[User, Person], clinic: Clinic
) -> None:
    held = post(portal, "holds", wish(clinic, clinic.at(10))).json()
    elsewhere = signed_in(patient[0])
    refused = post(elsewhere, "appointments", {"hold": held["id"]}, key="k")
    assert (refused.status_code, refused.json()["code"]) == (410, "hold_expired")
    booked = post(portal, "appointments", {"hold": held["id"]}, key="k")
    assert booked.status_code == 201
    assert booked.json()["starts_at"] == held["starts_at"]


def test_a_key_must_be_given_and_means_one_request(portal: Client, clinic: Clinic) -> None:
    for key in (None, "", "k" * 65):
        answer = post(portal, "appointments", wish(clinic, clinic.at(10)), key=key)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert post(portal, "appointments", wish(clinic, clinic.at(10)), key="k").status_code == 201
    other = post(portal, "appointments", wish(clinic, clinic.at(11)), key="k")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"visit_type", "site", "starts_at"}),
        ({"hold": "mine"}, {"hold"}),
        ({"person": "me", "hold": str(uuid.UUID(int=1))}, {"person"}),
        ({"visit_type": "x", "site": 0, "starts_at": "now"}, {"visit_type", "site", "starts_at"}),
    ],
)
def test_what_makes_no_sense_is_a_problem_naming_the_fields(
    portal: Client, body: dict[str, Any], fields: set[str]
) -> None:
    answer = post(portal, "appointments", body, key="k")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert set(answer.json()["errors"]) == fields


def test_a_taken_time_is_a_conflict_with_times_that_can_be_booked(
    portal: Client, clinic: Clinic, now: datetime
) -> None:
    visit_of(make_patient(), clinic, now)
    answer = post(portal, "appointments", wish(clinic, clinic.at(10)), key="k")
    assert (answer.status_code, answer.json()["code"]) == (409, "slot_taken")
    another = answer.json()["alternatives"][0]["starts_at"]
    chosen = wish(clinic, datetime.fromisoformat(another))
    assert post(portal, "appointments", chosen, key="k").status_code == 201


def test_a_time_that_is_not_offered_says_why(portal: Client, clinic: Clinic) -> None:
    answer = post(portal, "appointments", wish(clinic, clinic.at(20)), key="k")
    assert answer.status_code == 422
    problem = answer.json()
    assert (problem["code"], problem["reason"]) == ("slot_not_offered", "not_offered")
    assert problem["detail"]
    assert problem["alternatives"]


def test_whoever_acts_for_several_says_for_whom(
    portal: Client, patient: tuple[User, Person], clinic: Clinic, now: datetime
) -> None:
    user, _ = patient
    child = make_person(given_name="Leo", phone=None)
    ActsFor.objects.create(user=user, person=child, relationship="relative", since=now)
    unsaid = post(portal, "appointments", wish(clinic, clinic.at(10)), key="k")
    assert (unsaid.status_code, list(unsaid.json()["errors"])) == (400, ["person"])
    for_child = wish(clinic, clinic.at(10), person=str(child.public_id))
    booked = post(portal, "appointments", for_child, key="k")
    assert booked.json()["person"] == str(child.public_id)
    names = [each["name"] for each in portal.get(reverse("api:people")).json()]
    assert names == ["Rosa Alvarez", "Leo Alvarez"]


def test_nobody_books_for_a_stranger(portal: Client, clinic: Clinic) -> None:
    _, stranger = make_patient()
    before = rows_written()
    body = wish(clinic, clinic.at(10), person=str(stranger.public_id))
    answer = post(portal, "appointments", body, key="k")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert rows_written() == before


def test_another_persons_visit_does_not_exist(
    portal: Client, clinic: Clinic, now: datetime
) -> None:
    theirs = visit_of(make_patient(), clinic, now)
    before = rows_written()
    one = theirs.public_id
    answers = [
        portal.get(reverse("api:appointment", args=[one])),
        post(portal, "appointment-move", wish(clinic, clinic.at(14)), one),
        post(portal, "appointment-confirm", {}, one),
        post(portal, "appointment-cancel", {}, one),
        portal.get(reverse("api:appointment", args=[uuid.uuid4()])),
    ]
    assert {(each.status_code, each.json()["code"]) for each in answers} == {(404, "not_found")}
    assert portal.get(reverse("api:appointments")).json() == []
    assert rows_written() == before


def test_a_carer_whose_time_is_over_sees_nothing(
    portal: Client, patient: tuple[User, Person], clinic: Clinic, now: datetime
) -> None:
    visit = visit_of(patient, clinic, now)
    address = reverse("api:appointment", args=[visit.public_id])
    assert portal.get(address).status_code == 200
    ActsFor.objects.update(until=now)
    assert portal.get(address).status_code == 404


@pytest.mark.parametrize("name", ["people", "appointments"])
def test_visitors_and_staff_have_no_visits_here(name: str) -> None:
    visitor = Client().get(reverse(f"api:{name}"))
    assert visitor.status_code in (401, 403)
    assert visitor["Content-Type"] == "application/problem+json"
    staff = Client()
    staff.force_login(make_staff("front_desk"), backend=BACKEND)
    answer = staff.get(reverse(f"api:{name}"))
    assert answer.status_code in (403, 404) or answer.json() == []


def test_moving_confirming_and_canceling(
    portal: Client, patient: tuple[User, Person], clinic: Clinic, now: datetime
) -> None:
    visit = visit_of(patient, clinic, now)
    one = visit.public_id
    confirmed = post(portal, "appointment-confirm", {}, one)
    assert (confirmed.status_code, confirmed.json()["status"]) == (200, "confirmed")
    moved = post(portal, "appointment-move", wish(clinic, clinic.at(14)), one)
    assert moved.status_code == 200
    assert (moved.json()["status"], moved.json()["version"]) == ("booked", 2)
    assert moved.json()["local"] == "2026-11-24T14:00:00-05:00"
    for _ in range(2):
        canceled = post(portal, "appointment-cancel", {"reason": "better"}, one)
        assert (canceled.status_code, canceled.json()["status"]) == (200, "canceled")
    for name in ("appointment-move", "appointment-confirm"):
        refused = post(portal, name, wish(clinic, clinic.at(9)), one)
        assert (refused.status_code, refused.json()["code"]) == (409, "illegal_transition")


def test_it_can_be_too_late(
    portal: Client,
    patient: tuple[User, Person],
    clinic: Clinic,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    visit = visit_of(patient, clinic, now)
    monkeypatch.setattr("clock.now", lambda: visit.starts_at - timedelta(minutes=5))
    for name in ("appointment-move", "appointment-cancel"):
        refused = post(portal, name, wish(clinic, clinic.at(16)), visit.public_id)
        assert (refused.status_code, refused.json()["code"]) == (409, "too_late_to_change")


def test_a_move_that_cannot_be_had_offers_others(
    portal: Client, patient: tuple[User, Person], clinic: Clinic, now: datetime
) -> None:
    visit = visit_of(patient, clinic, now)
    colleague = clinic.add_clinician()
    refused = post(
        portal,
        "appointment-move",
        wish(clinic, clinic.at(20), clinician=colleague.pk),
        visit.public_id,
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "slot_not_offered")
    assert refused.json()["alternatives"]
    malformed = post(portal, "appointment-move", {"starts_at": "later"}, visit.public_id)
    assert set(malformed.json()["errors"]) == {"site", "starts_at"}


def test_every_look_leaves_a_trace(
    portal: Client, patient: tuple[User, Person], clinic: Clinic, now: datetime
) -> None:
    visit = visit_of(patient, clinic, now)
    answer = portal.get(reverse("api:appointment", args=[visit.public_id]))
    entry = AuditEntry.objects.get(action="appointment.read")
    assert (entry.actor, entry.person, entry.at) == (*patient, now)
    assert entry.request_id == answer["X-Request-ID"]


def test_an_account_is_changed_only_from_its_own_pages(
    patient: tuple[User, Person], clinic: Clinic
) -> None:
    """Another site that makes the browser post has no CSRF token."""
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(patient[0], backend=BACKEND)
    answer = post(browser, "appointments", wish(clinic, clinic.at(10)), key="k")
    assert answer.status_code == 403
    assert not Appointment.objects.exists()

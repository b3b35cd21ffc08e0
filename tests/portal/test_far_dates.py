"""Dates at the ends of the calendar, at every door that takes one: kind words, never an error."""

from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from portal.account.sessions import BACKEND
from scheduling.models import Appointment, VisitType
from tests.builders import make_appointment
from tests.portal.conftest import Clinic
from tests.portal.visitor import Visitor

DAYS = ["0001-01-01", "9999-12-31"]
INSTANTS = [
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59-14:00",
]
KEYS = ["0.0.0", "253402300799.9.9", "999999999999999.999.999"]


@pytest.fixture
def visit(clinic: Clinic, now: datetime) -> Appointment:
    """Rosa's, of a kind of which one may book several."""
    VisitType.objects.update(series_most=12)
    return make_appointment(
        now=now,
        starts_at=clinic.nine,
        site=clinic.site,
        visit_type=clinic.visit_type,
        clinician=clinic.clinician,
    )


@pytest.fixture
def owner(visit: Appointment) -> Client:
    client = Client()
    assert visit.booked_by is not None
    client.force_login(visit.booked_by, backend=BACKEND)
    return client


def to(name: str, *keys: object) -> str:
    return reverse(f"portal:{name}", args=keys)


@pytest.mark.parametrize("asked", [f"day={day}" for day in DAYS])
def test_looking_for_a_time_begins_where_times_are(
    owner: Client, visit: Appointment, asked: str
) -> None:
    for page in (to("times", visit.visit_type.slug), to("move", visit.public_id)):
        assert owner.get(f"{page}?{asked}").status_code == 200


@pytest.mark.parametrize("asked", [f"{way}={key}" for way in ("after", "before") for key in KEYS])
def test_turning_pages_ends_where_times_end(owner: Client, visit: Appointment, asked: str) -> None:
    for page in (to("times", visit.visit_type.slug), to("move", visit.public_id)):
        assert owner.get(f"{page}?{asked}").status_code in (200, 302)


@pytest.mark.parametrize("at", INSTANTS)
def test_a_time_that_cannot_be_is_not_offered(
    owner: Client, visit: Appointment, clinic: Clinic, at: str
) -> None:
    pressed = {"site": clinic.site.slug, "starts_at": at}
    for page in (to("hold", visit.visit_type.slug), to("move", visit.public_id)):
        assert owner.post(page, pressed).status_code in (404, 409)
    visit.refresh_from_db()
    assert visit.starts_at == clinic.nine


@pytest.mark.parametrize("at", INSTANTS)
def test_several_visits_at_such_times_are_not_booked(
    owner: Client, visit: Appointment, clinic: Clinic, at: str
) -> None:
    wish = f"count=2&weekdays=1&site={clinic.site.slug}&first_day=2026-11-24"
    person = f"&person={visit.person.public_id}"
    for clinician in (clinic.clinician.pk, 999_999_999_999_999):
        seat = f"{at}|{clinician}"
        series = owner.post(
            f"{to('plan_series', visit.visit_type.slug)}?{wish}{person}", {"time-1": seat}
        )
        assert series.status_code in (302, 404)
    assert Appointment.objects.count() == 1


@pytest.mark.parametrize("at", INSTANTS)
def test_a_family_is_not_booked_at_such_times(
    owner: Client, visit: Appointment, clinic: Clinic, at: str
) -> None:
    child = {"relationship": "child", "given_name": "Ana", "family_name": "Alvarez"}
    born = {"born_on_month": "5", "born_on_day": "4", "born_on_year": "2019"}
    owner.post(to("add_person"), child | born)
    page = owner.get(to("together", visit.visit_type.slug))
    people = [f"people={key}" for key, _ in page.context["form"].fields["people"].choices]
    query = "&".join([*people, f"site={clinic.site.slug}"])
    row = ",".join([f"{at}|{clinic.clinician.pk}"] * 2)
    answer = owner.post(f"{to('together', visit.visit_type.slug)}?{query}", {"row": row})
    assert answer.status_code in (404, 409)
    assert Appointment.objects.count() == 1


@pytest.mark.parametrize("year", ["1", "0", "9999", "10000", "9" * 30])
def test_a_date_of_birth_that_cannot_be_is_asked_again(
    clinic: Clinic, rosa: Visitor, year: str
) -> None:
    rosa.presses_a_time(clinic.visit_type, clinic.site, clinic.nine)
    answer: Any = rosa.gives_details(born_on_year=year)
    assert answer.status_code == 200
    assert "date of birth" in " ".join(answer.context["form"].errors["born_on"])

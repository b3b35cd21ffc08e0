"""When no time suits a caller, staff put them on the waitlist."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from people.models import AuditEntry, Person, StaffRole
from scheduling.booking.services.lifecycle import cancel_appointment
from scheduling.models import Appointment, VisitType, WaitlistEntry
from tests.builders import (
    ask_questions,
    make_appointment,
    make_group,
    make_site,
    make_staff,
    miss_visits,
)
from tests.scheduling.world import TOMORROW, Clinic, make_clinic

pytestmark = pytest.mark.django_db
Role = StaffRole.Role


@pytest.fixture
def clinic(clock_at_now: datetime) -> Clinic:
    make_group()
    return make_clinic()


@pytest.fixture
def visit(clinic: Clinic, now: datetime) -> Appointment:
    """Rosa's, in nine days at ten."""
    return make_appointment(
        now=now,
        starts_at=clinic.at(10, day=TOMORROW + timedelta(days=8)),
        site=clinic.site,
        visit_type=clinic.visit_type,
        clinician=clinic.clinician,
    )


@pytest.fixture
def rosa(visit: Appointment) -> Person:
    return visit.person


def browser_of(role: str, clinic: Clinic) -> Client:
    browser = Client()
    browser.force_login(make_staff(role, sites=[clinic.site]))
    return browser


@pytest.fixture
def agent(clinic: Clinic) -> Client:
    return browser_of(Role.AGENT, clinic)


def suits(clinic: Clinic, **more: Any) -> dict[str, Any]:
    return {
        "sites": clinic.site.slug,
        "who": clinic.clinician.resource.slug,
        "earliest": TOMORROW.isoformat(),
        "latest": (TOMORROW + timedelta(days=5)).isoformat(),
        "weekdays": ["1", "3"],
        "parts": ["morning"],
        "notice_hours": "24",
        **more,
    }


def wait(person: Person) -> str:
    return reverse("calendar:wait", args=[person.public_id])


def sooner(visit: Appointment) -> str:
    return reverse("calendar:sooner", args=[visit.public_id])


@pytest.mark.parametrize("role", [Role.AGENT, Role.FRONT_DESK])
def test_a_caller_waits_for_what_suits_them(clinic: Clinic, rosa: Person, role: str) -> None:
    staff = browser_of(role, clinic)
    ask_questions(clinic.visit_type)
    assert (
        wait(rosa)
        in staff.get(reverse("contactcenter:person", args=[rosa.public_id])).content.decode()
    )
    assert staff.get(wait(rosa)).status_code == 200
    wanted = suits(clinic, visit_type=clinic.visit_type.slug)
    answer = staff.post(wait(rosa), wanted, follow=True).content.decode()
    assert "is on the list" in answer
    assert "Waiting for a time" in answer
    entry = WaitlistEntry.objects.get()
    assert (entry.person, entry.visit_type) == (rosa, clinic.visit_type)
    assert (entry.earliest, entry.latest) == (TOMORROW, TOMORROW + timedelta(days=5))
    assert (entry.weekdays, entry.parts, entry.modes) == ([1, 3], ["morning"], ["in_person"])
    assert (entry.clinician, list(entry.sites.all())) == (clinic.clinician, [clinic.site])
    assert AuditEntry.objects.filter(action="waitlist.join", actor=entry.asked_by).exists()


def test_the_free_times_lead_there_with_the_kind_of_visit(
    agent: Client, clinic: Clinic, rosa: Person
) -> None:
    asked = {"visit_type": clinic.visit_type.slug, "site": clinic.site.slug, "day": "2026-11-28"}
    find = reverse("calendar:find_time", args=[rosa.public_id])
    link = f"{wait(rosa)}?visit_type={clinic.visit_type.slug}"
    assert link in agent.get(find, asked).content.decode()
    page = agent.get(link).content.decode()
    assert f'<option value="{clinic.visit_type.slug}" selected>' in page


def test_the_desk_gets_there_from_its_booking_page(clinic: Clinic, rosa: Person) -> None:
    desk = browser_of(Role.FRONT_DESK, clinic)
    page = desk.get(reverse("calendar:book"), {"person": str(rosa.public_id)}).content.decode()
    assert f"{wait(rosa)}?visit_type={clinic.visit_type.slug}" in page
    assert desk.get(reverse("calendar:book"), {"person": "nobody"}).status_code == 404


def test_a_caller_waits_for_something_sooner_and_keeps_what_they_have(
    agent: Client, clinic: Clinic, visit: Appointment
) -> None:
    move = reverse("calendar:move", args=[visit.public_id])
    assert sooner(visit) in agent.get(move).content.decode()
    assert agent.get(sooner(visit)).status_code == 200
    assert agent.post(sooner(visit), suits(clinic)).status_code == 302
    entry = WaitlistEntry.objects.get()
    assert (entry.replaces, entry.visit_type) == (visit, visit.visit_type)


def test_for_a_visit_that_is_canceled_there_is_nothing_sooner(
    agent: Client, clinic: Clinic, visit: Appointment, now: datetime
) -> None:
    assert visit.booked_by is not None
    cancel_appointment(appointment=visit, user=visit.booked_by, reason="", now=now)
    assert agent.post(sooner(visit), suits(clinic)).status_code == 302
    assert not WaitlistEntry.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"sites": ""},
        {"sites": "nowhere"},
        {"latest": "2026-11-01"},
        {"latest": "9999-12-31"},
        {"earliest": "0001-01-01"},
        {"notice_hours": "5"},
        {"visit_type": "nothing"},
        {"mode": "video"},
    ],
)
def test_a_mistake_is_told(
    agent: Client, clinic: Clinic, rosa: Person, wrong: dict[str, str]
) -> None:
    asked = suits(clinic, visit_type=clinic.visit_type.slug) | wrong
    assert agent.post(wait(rosa), asked).status_code == 422
    assert not WaitlistEntry.objects.exists()


def test_who_missed_too_many_visits_is_booked_now_instead(
    agent: Client, clinic: Clinic, rosa: Person, now: datetime
) -> None:
    VisitType.objects.filter(pk=clinic.visit_type.pk).update(no_shows_allowed=1)
    miss_visits(rosa, 1, site=clinic.site, now=now)
    answer = agent.post(wait(rosa), suits(clinic, visit_type=clinic.visit_type.slug))
    assert answer.status_code == 422
    assert "Find a time now." in answer.content.decode()


def test_only_for_patients_of_ones_own_sites(clinic: Clinic, visit: Appointment) -> None:
    stranger = Client()
    stranger.force_login(make_staff(Role.AGENT, sites=[make_site()]))
    assert stranger.get(wait(visit.person)).status_code == 404
    assert stranger.get(sooner(visit)).status_code == 404
    clinician = browser_of(Role.CLINICIAN, clinic)
    assert clinician.get(wait(visit.person)).status_code == 404

"""A patient who is too late to change a visit calls; whoever takes the call does it with them."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from messaging.models import Task
from people.models import AuditEntry, StaffRole
from scheduling.appointments.services.call_requests import request_call
from scheduling.models import Appointment
from tests.builders import make_appointment, make_group, make_site, make_staff
from tests.scheduling.world import TOMORROW, Clinic, make_clinic

pytestmark = pytest.mark.django_db
Role = StaffRole.Role


@pytest.fixture
def clinic() -> Clinic:
    make_group()
    return make_clinic()


@pytest.fixture
def visit(clinic: Clinic, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Appointment:
    """Rosa's, at ten; it is an hour before, and she has asked for a call."""
    visit = make_appointment(
        now=now,
        starts_at=clinic.at(10),
        site=clinic.site,
        visit_type=clinic.visit_type,
        clinician=clinic.clinician,
    )
    late = visit.starts_at - timedelta(hours=1)
    monkeypatch.setattr("clock.now", lambda: late)
    assert visit.booked_by is not None
    request_call(appointment=visit, want="move", user=visit.booked_by, now=late)
    return visit


def browser_of(role: str, clinic: Clinic) -> Client:
    browser = Client()
    browser.force_login(make_staff(role, sites=[clinic.site]))
    return browser


@pytest.fixture
def agent(clinic: Clinic) -> Client:
    return browser_of(Role.AGENT, clinic)


def door(visit: Appointment, name: str = "move") -> str:
    return reverse(f"calendar:{name}", args=[visit.public_id])


def typed(clinic: Clinic, time: str, **more: Any) -> dict[str, Any]:
    where = {"site": clinic.site.slug, "who": clinic.clinician.resource.slug}
    return where | {"day": TOMORROW.isoformat(), "time": time, "version": 1, **more}


def test_the_task_leads_to_the_visit(agent: Client, visit: Appointment) -> None:
    task = reverse("contactcenter:task", args=[Task.objects.get().pk])
    assert door(visit) in agent.get(task).content.decode()
    person = reverse("contactcenter:person", args=[visit.person.public_id])
    assert door(visit) in agent.get(person).content.decode()
    stranger = Client()
    stranger.force_login(make_staff(Role.AGENT, sites=[make_site()]))
    assert door(visit) not in stranger.get(task).content.decode()
    assert stranger.get(door(visit)).status_code == 404


def test_an_agent_moves_it_late_and_says_why(
    agent: Client, visit: Appointment, clinic: Clinic
) -> None:
    told = agent.post(door(visit), typed(clinic, "14:00"))
    assert told.status_code == 409
    assert "it is too near" in told.content.decode()
    about = told.content.decode().split('name="accepted_for" value="')[1].split('"')[0]
    seen = {"accepted": "too_late:", "accepted_for": about}
    assert agent.post(door(visit), typed(clinic, "14:00", **seen)).status_code == 422
    moved = agent.post(door(visit), typed(clinic, "14:00", reason="The bus", **seen))
    assert moved.headers["Location"] == reverse(
        "contactcenter:person", args=[visit.person.public_id]
    )
    visit.refresh_from_db()
    assert visit.starts_at == clinic.at(14)
    assert visit.events.latest("pk").reason == "The bus"
    assert AuditEntry.objects.filter(action="appointment.move_override").exists()


def test_what_is_the_desks_to_decide_an_agent_does_not(
    agent: Client, visit: Appointment, clinic: Clinic, now: datetime
) -> None:
    told = agent.post(door(visit), typed(clinic, "18:00", reason="Works late"))
    page = told.content.decode()
    assert told.status_code == 409
    assert "does not work here at this time" in page
    assert "Move all the same" not in page
    assert (
        "Move all the same"
        in browser_of(Role.FRONT_DESK, clinic)
        .post(door(visit), typed(clinic, "18:00", reason="Works late"))
        .content.decode()
    )


def test_an_agent_cancels_it_late(agent: Client, visit: Appointment) -> None:
    canceled = agent.post(
        door(visit, "cancel"), {"reason": "The bus", "version": visit.version}, follow=True
    )
    assert "is canceled late" in canceled.content.decode()
    assert canceled.redirect_chain[-1][0] == reverse(
        "contactcenter:person", args=[visit.person.public_id]
    )
    visit.refresh_from_db()
    assert visit.status == "canceled"


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.MANAGER])
def test_others_do_not(clinic: Clinic, visit: Appointment, role: str) -> None:
    assert browser_of(role, clinic).get(door(visit)).status_code == 404

"""Whose names the desk reads as conflicts of a time leaves a trail."""

from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from people.models import AuditEntry, StaffRole, User
from scheduling.models import Appointment
from tests.builders import make_appointment, make_group, make_patient, make_staff
from tests.scheduling.world import TOMORROW, Clinic, make_clinic


@pytest.fixture
def clinic(db: None, clock_at_now: datetime) -> Clinic:
    make_group()
    return make_clinic(buffer_after=15)


@pytest.fixture
def user(clinic: Clinic) -> User:
    return make_staff(StaffRole.Role.FRONT_DESK, sites=[clinic.site])


@pytest.fixture
def desk(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.fixture
def rosas(clinic: Clinic, now: datetime) -> Appointment:
    """Tomorrow at ten."""
    return visit_at(clinic, 10, "Rosa", now)


@pytest.fixture
def omars(clinic: Clinic, now: datetime) -> Appointment:
    """Tomorrow at two."""
    return visit_at(clinic, 14, "Omar", now)


def visit_at(clinic: Clinic, hour: int, name: str, now: datetime) -> Appointment:
    return make_appointment(
        now=now,
        starts_at=clinic.at(hour),
        site=clinic.site,
        visit_type=clinic.visit_type,
        clinician=clinic.clinician,
        patient=make_patient(given_name=name),
    )


def asked(clinic: Clinic, time: str, **more: str) -> dict[str, Any]:
    return {
        "site": clinic.site.slug,
        "who": clinic.clinician.resource.slug,
        "day": TOMORROW.isoformat(),
        "time": time,
        **more,
    }


def trail(user: User) -> list[int | None]:
    read = AuditEntry.objects.filter(actor=user, action="conflicts.read")
    return list(read.values_list("person", flat=True))


@pytest.mark.parametrize("time", ["14:00", "13:45", "14:30"])
def test_when_a_visit_is_moved(
    desk: Client, user: User, clinic: Clinic, rosas: Appointment, omars: Appointment, time: str
) -> None:
    page = reverse("calendar:move", args=[rosas.public_id])
    looked = desk.get(page, asked(clinic, time))
    assert "Omar Alvarez" in looked.content.decode()
    assert trail(user) == [omars.person_id]


def test_when_a_visit_is_booked(
    desk: Client, user: User, clinic: Clinic, rosas: Appointment, omars: Appointment
) -> None:
    form = asked(
        clinic,
        "14:00",
        wanted="rosa",
        visit_type=clinic.visit_type.slug,
        key="one-press",
        person=str(rosas.person.public_id),
    )
    assert desk.post(reverse("calendar:book"), form).status_code == 409
    assert trail(user) == [omars.person_id]


def test_when_time_is_blocked(
    desk: Client, user: User, clinic: Clinic, rosas: Appointment, omars: Appointment
) -> None:
    form = asked(clinic, "09:00", until="15:00", reason="Team meeting")
    assert desk.post(reverse("calendar:block"), form).status_code == 409
    assert sorted(each or 0 for each in trail(user)) == sorted([rosas.person_id, omars.person_id])


def test_a_free_time_names_nobody(
    desk: Client, user: User, clinic: Clinic, rosas: Appointment, omars: Appointment
) -> None:
    desk.get(reverse("calendar:move", args=[rosas.public_id]), asked(clinic, "12:00"))
    assert trail(user) == []

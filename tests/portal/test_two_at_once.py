"""Nobody is in two places at once: which visit is there, and what to do, in plain words."""

from datetime import datetime
from typing import Any

import pytest
from django.urls import reverse

from scheduling.models import Appointment
from tests.builders import make_appointment, make_clinician
from tests.portal.conftest import Clinic
from tests.portal.visitor import Visitor


@pytest.fixture
def first(clinic: Clinic, rosa: Visitor) -> Appointment:
    """Rosa's visit at nine, at a clinic where somebody else is free then."""
    rosa.books(clinic.visit_type, clinic.site, clinic.nine)
    make_clinician(site=clinic.site, visit_types=[clinic.visit_type])
    return Appointment.objects.get()


def tells_of(answer: Any, visit: Appointment) -> bool:
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Rosa has another visit at that time" in page
    return reverse("portal:appointment", args=[visit.public_id]) in page


def test_booking_a_second_visit_then_shows_the_first(
    clinic: Clinic, rosa: Visitor, first: Appointment
) -> None:
    rosa.presses_a_time(clinic.visit_type, clinic.site, clinic.nine)
    told = rosa.presses_book()
    assert tells_of(told, first)
    assert told.context["again_url"] == f"/book/{clinic.visit_type.slug}/"
    assert Appointment.objects.count() == 1


def test_moving_a_visit_there_shows_the_other(
    clinic: Clinic, rosa: Visitor, first: Appointment, now: datetime
) -> None:
    assert first.booked_by is not None
    later = make_appointment(
        now=now,
        starts_at=clinic.later(60),
        site=clinic.site,
        visit_type=clinic.visit_type,
        clinician=clinic.clinician,
        patient=(first.booked_by, first.person),
    )
    to = reverse("portal:move", args=[later.public_id])
    pressed = {"site": clinic.site.slug, "starts_at": f"{clinic.nine:%Y-%m-%dT%H:%M:%SZ}"}
    assert tells_of(rosa.browser.post(to, pressed), first)
    later.refresh_from_db()
    assert later.starts_at == clinic.later(60)


def test_taking_back_a_cancellation_shows_what_was_booked_then(
    clinic: Clinic, rosa: Visitor, first: Appointment
) -> None:
    door = reverse("portal:cancel", args=[first.public_id])
    rosa.browser.post(door, {"reason": "cost"})
    rosa.books(clinic.visit_type, clinic.site, clinic.nine)
    second = Appointment.objects.exclude(pk=first.pk).get()
    told = rosa.browser.post(reverse("portal:undo", args=[first.public_id]))
    assert tells_of(told, second)
    assert told.context["again_url"] == reverse("portal:appointment", args=[first.public_id])

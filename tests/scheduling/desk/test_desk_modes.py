"""In person or by video, as the caller likes: the desk books either, and switches later."""

from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from messaging.models import Message
from scheduling.booking.services.lifecycle import confirm
from scheduling.models import Appointment, Hold, Resource
from tests.builders import ask_questions, make_appointment, make_group, make_staff
from tests.scheduling.world import TOMORROW, Clinic, make_clinic

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic(clock_at_now: datetime) -> Clinic:
    """A kind of visit that can be had both ways, in person in a room; there is one."""
    make_group()
    clinic = make_clinic()
    clinic.visit_type.modes, clinic.visit_type.needs = ["in_person", "video"], ["exam"]
    clinic.visit_type.save()
    Resource.objects.create(slug="exam", kind="room", site=clinic.site, category="exam")
    return clinic


@pytest.fixture
def visit(clinic: Clinic, now: datetime) -> Appointment:
    return make_appointment(
        now=now,
        starts_at=clinic.at(10),
        site=clinic.site,
        visit_type=clinic.visit_type,
        clinician=clinic.clinician,
    )


def browser_of(role: str, clinic: Clinic) -> Client:
    browser = Client()
    browser.force_login(make_staff(role, sites=[clinic.site]))
    return browser


@pytest.fixture
def desk(clinic: Clinic) -> Client:
    return browser_of("front_desk", clinic)


def typed(clinic: Clinic, time: str, **more: Any) -> dict[str, Any]:
    return {
        "site": clinic.site.slug,
        "who": clinic.clinician.resource.slug,
        "day": TOMORROW.isoformat(),
        "time": time,
        **more,
    }


def booking(clinic: Clinic, visit: Appointment, **more: Any) -> dict[str, Any]:
    return typed(
        clinic,
        "11:00",
        wanted=visit.person.family_name,
        person=str(visit.person.public_id),
        visit_type=clinic.visit_type.slug,
        key="one-press",
        **more,
    )


@pytest.mark.parametrize(
    ("asked", "mode"), [("video", "video"), ("in_person", "in_person"), ("", "in_person")]
)
def test_the_desk_books_it_as_the_caller_likes(
    desk: Client, clinic: Clinic, visit: Appointment, asked: str, mode: str
) -> None:
    assert (
        desk.post(reverse("calendar:book"), booking(clinic, visit, mode=asked)).status_code == 302
    )
    assert Appointment.objects.latest("pk").mode == mode


def test_what_cannot_be_had_by_video_is_told(
    desk: Client, clinic: Clinic, visit: Appointment
) -> None:
    clinic.visit_type.modes = ["in_person"]
    clinic.visit_type.save()
    answer = desk.post(reverse("calendar:book"), booking(clinic, visit, mode="video"))
    assert answer.status_code == 422
    assert "This visit cannot be by video." in answer.content.decode()
    asked = {"visit_type": clinic.visit_type.slug, "site": clinic.site.slug, "mode": "video"}
    find = reverse("calendar:find_time", args=[visit.person.public_id])
    answer = desk.get(find, asked | {"day": TOMORROW.isoformat()})
    assert "This visit cannot be by video." in answer.content.decode()
    assert not Hold.objects.exists()


def change(desk: Client, clinic: Clinic, visit: Appointment, time: str, **more: Any) -> Any:
    visit.refresh_from_db()
    door = reverse("calendar:move", args=[visit.public_id])
    return desk.post(door, typed(clinic, time, version=visit.version, **more), follow=True)


@pytest.mark.parametrize("role", ["front_desk", "agent"])
def test_a_visit_becomes_one_by_video_at_its_own_time(
    clinic: Clinic, visit: Appointment, role: str, now: datetime
) -> None:
    confirm(appointment=visit, actor=visit.booked_by, now=now)
    answer = change(browser_of(role, clinic), clinic, visit, "10:00", mode="video")
    assert "now has this visit by video" in answer.content.decode()
    visit.refresh_from_db()
    assert (visit.mode, visit.starts_at, visit.status) == ("video", clinic.at(10), "confirmed")
    assert visit.allocations.filter(active=True).count() == 1
    assert Message.objects.filter(kind="appointment_switched", about_id=visit.pk).exists()
    assert not Message.objects.filter(kind="appointment_moved").exists()


def test_in_person_it_needs_its_room_again(
    desk: Client, clinic: Clinic, visit: Appointment, now: datetime
) -> None:
    change(desk, clinic, visit, "10:00", mode="video")
    other = make_appointment(
        now=now,
        starts_at=clinic.at(10),
        site=clinic.site,
        visit_type=clinic.visit_type,
        clinician=clinic.add_clinician(),
    )
    assert other.mode == "in_person"
    told = change(desk, clinic, visit, "10:00", mode="in_person")
    assert told.status_code == 409
    assert "No room or device of this kind is free" in told.content.decode()
    assert "in person" in change(desk, clinic, visit, "12:00", mode="in_person").content.decode()
    visit.refresh_from_db()
    assert (visit.mode, visit.starts_at) == ("in_person", clinic.at(12))


def test_who_drags_a_video_visit_keeps_it_by_video(
    desk: Client, clinic: Clinic, visit: Appointment
) -> None:
    change(desk, clinic, visit, "10:00", mode="video")
    page = desk.get(reverse("calendar:move", args=[visit.public_id]), typed(clinic, "11:00"))
    assert '<option value="video" selected>' in page.content.decode()


# --- What to ask first


def test_the_desk_sees_what_to_ask_before_it_books(
    desk: Client, clinic: Clinic, visit: Appointment
) -> None:
    ask_questions(clinic.visit_type)
    page = desk.get(reverse("calendar:book")).content.decode()
    asks = page.split(f'data-asks="{clinic.visit_type.slug}"')[1].split("</section>")[0]
    assert " hidden" not in asks[:10]
    assert "Do you have chest pain?" in asks
    assert "do not book; call 911 now" in asks
    assert "do not book; let them speak with a nurse first" in asks
    assert "<input" not in asks

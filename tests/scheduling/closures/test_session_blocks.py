"""The desk calls a group session off, and sees in the calendar what is left of it."""

import re
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from people.models import StaffRole
from scheduling.calendar.selectors.day_calendar import CLINICIANS, day_of_site
from scheduling.models import Allocation, Appointment, AvailabilityException, Resource
from tests.builders import make_appointment, make_group, make_patient, make_site, make_staff
from tests.scheduling.availability.test_resources import make_session
from tests.scheduling.world import TOMORROW, Clinic, make_clinic


@pytest.fixture
def group(db: None, clock_at_now: datetime) -> Clinic:
    """A class with three places, tomorrow from 10:00 to 11:30."""
    make_group()
    return make_session(make_clinic(), places=3)


@pytest.fixture
def visit(group: Clinic, now: datetime) -> Appointment:
    return make_appointment(
        now=now,
        starts_at=group.at(10),
        site=group.site,
        visit_type=group.visit_type,
        clinician=group.clinician,
        patient=make_patient(given_name="Vera"),
    )


@pytest.fixture
def desk(group: Clinic) -> Client:
    browser = Client()
    browser.force_login(make_staff(StaffRole.Role.FRONT_DESK, sites=[group.site]))
    return browser


def asked(group: Clinic) -> dict[str, Any]:
    return {
        "site": group.site.slug,
        "who": "class",
        "day": TOMORROW.isoformat(),
        "time": "10:00",
        "until": "11:30",
        "reason": "The projector is broken",
    }


def entries(group: Clinic, now: datetime) -> list[tuple[str, list[Appointment]]]:
    """What the leader's column shows, without free time."""
    (column,) = day_of_site(group.site, day=TOMORROW, by=CLINICIANS, now=now).columns
    return [(each.kind, list(each.visits)) for each in column.entries if each.kind != "free"]


def test_the_desk_sees_who_comes_and_calls_it_off(
    desk: Client, group: Clinic, visit: Appointment, now: datetime
) -> None:
    address = reverse("calendar:block")
    told = desk.post(address, asked(group))
    assert told.status_code == 409
    assert visit.person.full_name in told.content.decode()
    keys = [line["key"] for line in told.context["conflicts"]]
    done = desk.post(address, asked(group) | {"accepted": keys})
    assert "by=rooms" not in done.headers["Location"]
    assert group.slots_at(group.at(10), now=now) == []
    assert entries(group, now) == [("session", [visit]), ("block", [])]


def test_it_is_taken_back_in_the_calendar(desk: Client, group: Clinic, now: datetime) -> None:
    desk.post(reverse("calendar:block"), asked(group))
    places = set(Allocation.objects.filter(kind="block").values_list("pk", flat=True))
    page = desk.get(reverse("calendar:day"), {"day": TOMORROW.isoformat()}).content.decode()
    (shown,) = re.findall(r'name="block"\s+value="(\d+)"', page)
    assert int(shown) in places, "one press for all of its places"
    desk.post(reverse("calendar:unblock"), {"block": shown})
    assert group.slots_at(group.at(10), now=now)


def test_only_sessions_of_ones_own_sites_are_offered(desk: Client, group: Clinic) -> None:
    other = Resource.objects.create(
        slug="choir", kind="session", capacity=9, leader=group.clinician
    )
    other.availability_rules.create(
        site=make_site(), weekday=1, starts="10:00", ends="11:00", valid_from=TOMORROW
    )
    choices = desk.get(reverse("calendar:block")).context["form"].fields["who"].choices
    assert "class" in [slug for slug, _ in choices]
    assert "choir" not in [slug for slug, _ in choices]


def test_who_was_in_a_session_that_was_closed_is_still_seen(
    group: Clinic, visit: Appointment, now: datetime
) -> None:
    AvailabilityException.objects.create(
        resource=Resource.objects.get(slug="class"), on_date=TOMORROW, effect="closed"
    )
    assert entries(group, now) == [("visit", [visit])]

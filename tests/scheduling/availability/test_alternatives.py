"""The times that are told to whoever cannot have one."""

from datetime import UTC, datetime, time, timedelta

import pytest

from scheduling.availability.selectors.alternatives import alternatives_to
from scheduling.availability.selectors.search import search_at
from scheduling.availability.selectors.slots import free_slots
from scheduling.booking.selectors.wanted import WantedVisit
from scheduling.booking.services.booking import book_appointment
from scheduling.exceptions import SlotTaken
from scheduling.models import AvailabilityRule
from tests.builders import make_patient
from tests.scheduling.world import Clinic, make_clinic

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def book(clinic: Clinic, starts_at: datetime) -> None:
    user, person = make_patient()
    wanted = WantedVisit(clinic.visit_type, clinic.site, starts_at)
    book_appointment(wanted=wanted, person=person, user=user, idempotency_key="key", now=NOW)


def told(clinic: Clinic, starts_at: datetime) -> list[str]:
    """The other times that somebody who lost is told."""
    with pytest.raises(SlotTaken) as lost:
        book(clinic, starts_at)
    return [f"{slot.local:%H:%M}" for slot in lost.value.alternatives]


def test_who_loses_the_same_race_is_told_the_same() -> None:
    clinic = make_clinic()
    book(clinic, clinic.at(10))
    expected = ["09:00", "09:30", "10:30", "11:00", "11:30"]
    assert told(clinic, clinic.at(10)) == expected
    assert told(clinic, clinic.at(10)) == expected


def test_who_loses_another_time_is_told_what_is_near_that() -> None:
    clinic = make_clinic()
    book(clinic, clinic.at(10))
    book(clinic, clinic.at(15))
    assert "09:00" in told(clinic, clinic.at(10))
    assert "09:00" not in told(clinic, clinic.at(15))


def test_hours_that_are_no_more_are_told_to_nobody() -> None:
    clinic = make_clinic()
    book(clinic, clinic.at(10))
    assert "11:30" in told(clinic, clinic.at(10))
    AvailabilityRule.objects.update(ends=time(11))
    assert "11:30" not in told(clinic, clinic.at(10))


def test_what_somebody_took_just_now_is_told_to_nobody() -> None:
    clinic = make_clinic()
    book(clinic, clinic.at(10))
    assert "10:30" in told(clinic, clinic.at(10))
    book(clinic, clinic.at(10, 30))
    assert "10:30" not in told(clinic, clinic.at(10))


def test_where_the_hours_around_it_are_full_the_rest_of_the_day_is_told() -> None:
    clinic = make_clinic()
    for minutes in range(0, 4 * 60 + 30, 30):
        book(clinic, clinic.at(10) + timedelta(minutes=minutes))
    assert told(clinic, clinic.at(12)) == ["09:00", "09:30", "14:30", "15:00", "15:30"]


def test_they_are_the_nearest_of_the_whole_day() -> None:
    clinic = make_clinic()
    for minutes in (0, 30, 90):
        book(clinic, clinic.at(12) + timedelta(minutes=minutes))
    search = search_at(
        visit_type=clinic.visit_type, site=clinic.site, starts_at=clinic.at(12), now=NOW
    )
    start = clinic.at(12).timestamp()
    by_distance = sorted(
        free_slots(search), key=lambda slot: (abs(slot.start - start), -slot.start)
    )
    assert list(alternatives_to(search, starts_at=clinic.at(12))) == sorted(
        by_distance[:5], key=lambda slot: slot.start
    )

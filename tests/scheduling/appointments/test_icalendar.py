"""The calendar file of a visit: one event that later versions replace."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from scheduling.appointments.facts import calendar_of
from scheduling.appointments.rules.icalendar import VisitEvent, visit_calendar
from scheduling.booking.services.lifecycle import cancel_appointment
from scheduling.booking.services.rescheduling import reschedule_appointment
from scheduling.models import Appointment
from tests.builders import make_appointment
from tests.scheduling.world import Clinic, make_clinic

STARTS_AT = datetime(2026, 11, 24, 15, tzinfo=UTC)
ZONES = (
    "America/New_York",
    "America/Phoenix",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Europe/Dublin",
    "Africa/Casablanca",
)


def made(*, version: int = 1, canceled: bool = False, zone: str = ZONES[0]) -> bytes:
    event = VisitEvent(
        uid="one@clinic.example",
        version=version,
        starts_at=STARTS_AT,
        ends_at=STARTS_AT + timedelta(minutes=30),
        time_zone=zone,
        summary="Visit at Northfield",
        location="Northfield, 12 Lake Street, Buffalo",
        url="https://clinic.example/v/1/",
        stamped_at=STARTS_AT - timedelta(days=1),
        canceled=canceled,
    )
    return visit_calendar(event)


def event_in(file: bytes) -> Any:
    """The only event of a file that icalendar reads without a complaint."""
    calendar = Calendar.from_ical(file)
    (event,) = calendar.walk("VEVENT")
    assert not calendar.errors
    assert not event.errors
    return event


@pytest.mark.parametrize("zone", ZONES)
def test_the_file_brings_the_zone_it_speaks_of(zone: str) -> None:
    file = made(zone=zone)
    calendar = Calendar.from_ical(file)
    definition: Any
    (definition,) = calendar.walk("VTIMEZONE")
    assert definition["TZID"] == zone
    event = event_in(file)
    assert event["DTSTART"].params["TZID"] == zone
    local = STARTS_AT.astimezone(ZoneInfo(zone))
    assert event.decoded("DTSTART").replace(tzinfo=None) == local.replace(tzinfo=None)
    defined = definition.to_tz(lookup_tzid=False)
    assert local.replace(tzinfo=defined).utcoffset() == local.utcoffset()


def test_the_file_follows_the_standard() -> None:
    file = made()
    assert file.startswith(b"BEGIN:VCALENDAR\r\n")
    assert b"\n" not in file.replace(b"\r\n", b"")
    assert max(map(len, file.split(b"\r\n"))) <= 75
    calendar = Calendar.from_ical(file)
    assert (calendar["VERSION"], calendar["METHOD"]) == ("2.0", "PUBLISH")
    event = event_in(file)
    assert event["STATUS"] == "CONFIRMED"
    assert event.decoded("DTEND") - event.decoded("DTSTART") == timedelta(minutes=30)
    assert b"DTSTAMP:20261123T150000Z\r\n" in file


@pytest.mark.parametrize("version", [1, 2, 9])
def test_each_version_replaces_the_one_before_and_a_cancellation_all(version: int) -> None:
    def sequence(**which: int) -> int:
        return int(event_in(made(**which))["SEQUENCE"])  # type: ignore[arg-type]

    assert sequence(version=version) < sequence(version=version + 1)
    assert sequence(version=version) < sequence(version=version, canceled=True)


def read(visit: Appointment) -> Any:
    return event_in(calendar_of(visit, url="https://clinic.example/v/1/"))


@pytest.mark.django_db
def test_a_moved_visit_moves_in_the_patients_calendar(now: datetime) -> None:
    clinic: Clinic = make_clinic()
    visit = make_appointment(
        now=now,
        starts_at=clinic.at(10),
        site=clinic.site,
        visit_type=clinic.visit_type,
        clinician=clinic.clinician,
    )
    assert visit.booked_by is not None
    booked = read(visit)
    moved_visit = reschedule_appointment(
        appointment=visit,
        site=clinic.site,
        starts_at=clinic.at(14),
        user=visit.booked_by,
        now=now + timedelta(hours=1),
    )
    moved = read(moved_visit)
    canceled_visit = cancel_appointment(
        appointment=visit, user=visit.booked_by, reason="", now=now + timedelta(hours=2)
    )
    canceled = read(canceled_visit)

    assert booked["UID"] == moved["UID"] == canceled["UID"]
    assert booked["SEQUENCE"] < moved["SEQUENCE"] < canceled["SEQUENCE"]
    assert booked.decoded("DTSTAMP") < moved.decoded("DTSTAMP") < canceled.decoded("DTSTAMP")
    assert moved.decoded("DTSTART") == clinic.at(14)
    assert canceled["STATUS"] == "CANCELLED"


@pytest.mark.django_db
def test_the_file_says_where_and_when_and_never_why(now: datetime) -> None:
    visit = make_appointment(now=now)
    file = calendar_of(visit, url="https://clinic.example/v/1/").decode().replace("\r\n ", "")
    assert visit.site.street in file
    for private in (*visit.visit_type.names.values(), visit.person.family_name, "eat"):
        assert private not in file

"""The calendar staff look at: working time, visits, blocks, holds and what is free."""

from datetime import datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scheduling.booking.selectors.conflicts import conflicts_of
from scheduling.booking.selectors.proposals import proposal_for
from scheduling.booking.selectors.wanted import WantedVisit
from scheduling.booking.services.holds import hold_slot
from scheduling.booking.services.lifecycle import cancel_appointment
from scheduling.booking.services.overrides import Override
from scheduling.booking.services.staff_booking import book_for_patient
from scheduling.calendar.selectors.columns import CalendarColumn, CalendarEntry, side_by_side
from scheduling.calendar.selectors.day_calendar import (
    CLINICIANS,
    ROOMS,
    day_of_site,
    week_of_resource,
)
from scheduling.clinic.rules.working_hours import instant_of
from scheduling.closures.services.blocks import block_time
from scheduling.models import Allocation, AvailabilityException, AvailabilityRule, Resource
from tests.builders import (
    make_appointment,
    make_clinician,
    make_patient,
    make_person,
    make_site,
    make_staff,
    make_visit_type,
)
from tests.scheduling.world import TOMORROW, Clinic, make_clinic

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Clinic:
    return make_clinic(buffer_after=10)


def the_day(clinic: Clinic, now: datetime) -> CalendarColumn:
    (column,) = day_of_site(clinic.site, day=TOMORROW, by=CLINICIANS, now=now).columns
    return column


def told(column: CalendarColumn, clinic: Clinic) -> list[tuple[str, str]]:
    """What a column says: each entry's kind, from when until when."""
    zone = clinic.at(9).tzinfo
    assert zone is not None
    return [
        (entry.kind, f"{wall(clinic, entry.start)}-{wall(clinic, entry.end)}")
        for entry in column.entries
    ]


def wall(clinic: Clinic, instant: int) -> str:
    hours, seconds = divmod(instant - instant_of(clinic.at(0)), 3600)
    return f"{hours}:{seconds // 60:02d}"


def test_an_empty_day_is_free_while_somebody_works(clinic: Clinic, now: datetime) -> None:
    assert told(the_day(clinic, now), clinic) == [("free", "9:00-17:00")]


def test_a_visit_stands_at_its_own_time_and_its_buffer_is_not_free(
    clinic: Clinic, now: datetime
) -> None:
    visit = booked(clinic, now, 10)
    column = the_day(clinic, now)
    assert told(column, clinic) == [
        ("free", "9:00-10:00"),
        ("visit", "10:00-10:30"),
        ("free", "10:40-17:00"),
    ]
    (entry,) = [each for each in column.entries if each.visit]
    assert entry.visits == (visit,)


def booked(clinic: Clinic, now: datetime, hour: int) -> object:
    return make_appointment(
        now=now,
        starts_at=clinic.at(hour),
        site=clinic.site,
        visit_type=clinic.visit_type,
        clinician=clinic.clinician,
    )


def test_a_block_and_a_hold_are_not_free_and_a_hold_that_is_over_is(
    clinic: Clinic, now: datetime
) -> None:
    desk = make_staff("front_desk", sites=[clinic.site])
    block_time(
        resource=clinic.clinician.resource,
        site=clinic.site,
        starts_at=clinic.at(12),
        ends_at=clinic.at(13),
        reason="Team meeting",
        user=desk,
        now=now,
    )
    hold_slot(
        visit_type=clinic.visit_type,
        site=clinic.site,
        starts_at=clinic.at(14),
        holder="browser",
        now=now,
    )
    column = the_day(clinic, now)
    assert told(column, clinic) == [
        ("free", "9:00-12:00"),
        ("block", "12:00-13:00"),
        ("free", "13:00-14:00"),
        ("hold", "14:00-14:40"),
        ("free", "14:40-17:00"),
    ]
    assert [each.reason for each in column.entries if each.kind == "block"] == ["Team meeting"]
    later = told(the_day(clinic, now + timedelta(minutes=6)), clinic)
    assert ("hold", "14:00-14:40") not in later
    assert ("free", "13:00-17:00") in later


def test_a_canceled_visit_is_gone(clinic: Clinic, now: datetime) -> None:
    visit = make_appointment(
        now=now,
        site=clinic.site,
        visit_type=clinic.visit_type,
        clinician=clinic.clinician,
        starts_at=clinic.at(10),
    )
    assert visit.booked_by is not None
    cancel_appointment(appointment=visit, user=visit.booked_by, reason="", now=now)
    assert told(the_day(clinic, now), clinic) == [("free", "9:00-17:00")]


def test_breaks_and_closed_days_are_not_worked(clinic: Clinic, now: datetime) -> None:
    AvailabilityRule.objects.create(
        resource=clinic.clinician.resource,
        site=clinic.site,
        weekday=TOMORROW.weekday(),
        starts=time(12),
        ends=time(13),
        valid_from=TOMORROW,
        works=False,
    )
    assert told(the_day(clinic, now), clinic) == [("free", "9:00-12:00"), ("free", "13:00-17:00")]
    AvailabilityException.objects.create(
        resource=clinic.clinician.resource, on_date=TOMORROW, effect="closed", reason="Ill"
    )
    column = the_day(clinic, now)
    assert told(column, clinic) == []
    assert (column.away_because, column.closed_because) == (["Ill"], [])
    AvailabilityException.objects.create(
        site=clinic.site, on_date=TOMORROW, effect="closed", reason="Founder's day"
    )
    assert the_day(clinic, now).closed_because == ["Founder's day"]


def test_at_one_site_nothing_is_told_of_who_is_seen_at_another(
    clinic: Clinic, now: datetime
) -> None:
    elsewhere = make_site()
    AvailabilityRule.objects.create(
        resource=clinic.clinician.resource,
        site=elsewhere,
        weekday=TOMORROW.weekday(),
        starts=time(18),
        ends=time(20),
        valid_from=TOMORROW,
    )
    make_appointment(
        now=now,
        starts_at=clinic.at(18),
        site=elsewhere,
        visit_type=clinic.visit_type,
        clinician=clinic.clinician,
    )
    (entry,) = [each for each in the_day(clinic, now).entries if each.kind == "elsewhere"]
    assert entry.visits == ()
    (column,) = day_of_site(elsewhere, day=TOMORROW, by=CLINICIANS, now=now).columns
    assert [each.kind for each in column.entries] == ["visit", "free"]


def test_rooms_are_open_while_somebody_works_and_show_who_is_in_them(now: datetime) -> None:
    clinic = make_clinic()
    type(clinic.visit_type).objects.filter(pk=clinic.visit_type.pk).update(needs=["exam"])
    clinic.visit_type.refresh_from_db()
    for number in (1, 2):
        Resource.objects.create(
            slug=f"room-{number}", kind="room", site=clinic.site, category="exam"
        )
    booked(clinic, now, 9)
    first, second = day_of_site(clinic.site, day=TOMORROW, by=ROOMS, now=now).columns
    assert told(first, clinic) == [("visit", "9:00-9:30"), ("free", "9:30-17:00")]
    assert told(second, clinic) == [("free", "9:00-17:00")]


def test_a_group_session_is_one_entry_with_all_who_come(now: datetime) -> None:
    clinic = make_clinic()
    type(clinic.visit_type).objects.filter(pk=clinic.visit_type.pk).update(group=True)
    clinic.visit_type.refresh_from_db()
    session = Resource.objects.create(
        slug="class", kind="session", capacity=8, leader=clinic.clinician
    )
    rule = AvailabilityRule.objects.create(
        resource=session,
        site=clinic.site,
        weekday=TOMORROW.weekday(),
        starts=time(10),
        ends=time(10, 30),
        valid_from=TOMORROW,
    )
    rule.visit_types.set([clinic.visit_type])
    for _ in range(3):
        booked(clinic, now, 10)
    column = the_day(clinic, now)
    assert told(column, clinic) == [
        ("free", "9:00-10:00"),
        ("session", "10:00-10:30"),
        ("free", "10:30-17:00"),
    ]
    assert [(len(each.visits), each.places) for each in column.entries if each.visits] == [(3, 8)]


def test_a_week_has_a_column_for_each_day(clinic: Clinic, now: datetime) -> None:
    booked(clinic, now, 10)
    monday = TOMORROW - timedelta(days=1)
    week = week_of_resource(clinic.clinician.resource, site=clinic.site, first_day=monday, now=now)
    assert [column.day for column in week.columns] == [monday + timedelta(days=n) for n in range(7)]
    assert [len(column.visits) for column in week.columns] == [0, 1, 0, 0, 0, 0, 0]
    assert [bool(column.working) for column in week.columns] == [True] * 5 + [False] * 2


def test_entries_that_overlap_stand_side_by_side() -> None:
    first, second, third, alone = (
        CalendarEntry("visit", start, end)
        for start, end in [(0, 3000), (1000, 4000), (3000, 6000), (6000, 9000)]
    )
    placed = side_by_side([alone, third, second, first])
    assert [(each.start, each.lane, each.lanes) for each in placed] == [
        (0, 1, 2),
        (1000, 2, 2),
        (3000, 1, 2),
        (6000, 1, 1),
    ]


def test_the_day_on_which_clocks_go_back_is_an_hour_longer(now: datetime) -> None:
    clinic = make_clinic()
    AvailabilityRule.objects.create(
        resource=clinic.clinician.resource,
        site=clinic.site,
        weekday=6,
        starts=time(0),
        ends=time(4),
        valid_from=datetime(2026, 1, 1).date(),
    )
    sunday = datetime(2027, 11, 7).date()
    (column,) = day_of_site(clinic.site, day=sunday, by=CLINICIANS, now=now).columns
    assert [end - start for start, end in column.working] == [5 * 3600]


def test_forty_clinicians_take_no_more_queries_than_one(now: datetime) -> None:
    site, visit_type = make_site(), make_visit_type()
    for number in range(40):
        patient = make_patient()
        clinician = make_clinician(site=site, visit_types=[visit_type], name=f"Dr. {number:02d}")
        for hour in (9, 10, 11):
            make_appointment(
                now=now,
                starts_at=Clinic(site, visit_type, clinician).at(hour),
                site=site,
                visit_type=visit_type,
                clinician=clinician,
                patient=patient,
            )
    with CaptureQueriesContext(connection) as asked:
        calendar = day_of_site(site, day=TOMORROW, by=CLINICIANS, now=now)
        names = {visit.person.full_name for visit in calendar.visits}
        kinds = {str(visit.visit_type) for visit in calendar.visits}
    assert (len(calendar.columns), len(calendar.visits)) == (40, 120)
    assert names
    assert kinds
    assert len(asked) <= 10


def test_an_overbooked_visit_says_so(clinic: Clinic, now: datetime) -> None:
    booked(clinic, now, 10)
    desk, person = make_staff("front_desk", sites=[clinic.site]), make_person(given_name="Omar")
    wanted = WantedVisit(clinic.visit_type, clinic.site, clinic.at(10), clinic.clinician.pk)
    seen = conflicts_of(proposal_for(wanted, person=person, now=now))
    book_for_patient(
        wanted=wanted,
        person=person,
        user=desk,
        idempotency_key="one",
        now=now,
        override=Override(frozenset(each.key for each in seen), "Urgent"),
    )
    visits = [each for each in the_day(clinic, now).entries if each.kind == "visit"]
    assert [(each.overbooked, each.lanes) for each in visits] == [(False, 2), (True, 2)]
    assert Allocation.objects.filter(overbook=True).count() == 1

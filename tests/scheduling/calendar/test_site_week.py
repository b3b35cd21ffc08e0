"""The week of a whole site: how full each day of everybody is, and the page that shows it."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from people.models import AuditEntry
from scheduling.calendar.selectors.columns import DayCalendar
from scheduling.calendar.selectors.day_calendar import CLINICIANS, ROOMS, week_of_site
from scheduling.closures.services.blocks import block_time
from scheduling.desk.week_overview import Overview, overview_of
from scheduling.models import Appointment, AvailabilityException, AvailabilityRule, Resource
from tests.builders import (
    make_appointment,
    make_clinician,
    make_group,
    make_patient,
    make_site,
    make_staff,
    make_visit_type,
)
from tests.scheduling.world import TOMORROW, Clinic, make_clinic

pytestmark = pytest.mark.django_db
MONDAY = TOMORROW - timedelta(days=1)
TUESDAY = 1


@pytest.fixture
def clinic() -> Clinic:
    make_group()
    return make_clinic()


@pytest.fixture
def desk(clinic: Clinic) -> Client:
    browser = Client()
    browser.force_login(make_staff("front_desk", sites=[clinic.site]))
    return browser


def the_week(clinic: Clinic, now: datetime, by: str = CLINICIANS) -> Overview:
    return shown(week_of_site(clinic.site, first_day=MONDAY, by=by, now=now))


def shown(calendar: DayCalendar) -> Overview:
    overview = overview_of(calendar)
    assert overview is not None
    return overview


def booked(clinic: Clinic, now: datetime, hours: Sequence[int]) -> list[Appointment]:
    return [
        make_appointment(
            now=now,
            starts_at=clinic.at(hour),
            site=clinic.site,
            visit_type=clinic.visit_type,
            clinician=clinic.clinician,
        )
        for hour in hours
    ]


def test_everybody_has_a_row_with_a_cell_for_each_day(clinic: Clinic, now: datetime) -> None:
    colleague = clinic.add_clinician()
    booked(clinic, now, [10, 11])
    week = the_week(clinic, now)
    assert {row.resource for row in week.rows} == {
        clinic.clinician.resource,
        colleague.resource,
    }
    assert [day for day, _ in week.days] == [MONDAY + timedelta(days=n) for n in range(7)]
    assert [visits for _, visits in week.days] == [0, 2, 0, 0, 0, 0, 0]
    for row in week.rows:
        assert {cell.column.resource for cell in row.cells} == {row.resource}
        assert [cell.column.day for cell in row.cells] == [day for day, _ in week.days]


def test_a_cell_says_how_full_the_day_is(clinic: Clinic, now: datetime) -> None:
    booked(clinic, now, [9, 10])
    (row,) = the_week(clinic, now).rows
    free, tuesday, sunday = row.cells[0], row.cells[TUESDAY], row.cells[6]
    assert (free.free, free.percent) == (8 * 60, 0)
    assert (tuesday.free, tuesday.percent) == (7 * 60, 12)
    assert tuesday.hours_and_minutes_free == (7, 0)
    assert (sunday.free, sunday.percent, list(sunday.bars)) == (0, 0, [])


def test_only_a_day_with_nothing_free_is_full(clinic: Clinic, now: datetime) -> None:
    desk = make_staff("front_desk", sites=[clinic.site])
    block_time(
        resource=clinic.clinician.resource,
        site=clinic.site,
        starts_at=clinic.at(9),
        ends_at=clinic.at(16, 59),
        reason="Inventory",
        user=desk,
        now=now,
    )
    (row,) = the_week(clinic, now).rows
    assert (row.cells[TUESDAY].free, row.cells[TUESDAY].percent) == (0, 100)
    assert [each.reason for each in row.cells[TUESDAY].blocks] == ["Inventory"]


def test_a_strip_shows_where_in_the_day_something_is(clinic: Clinic, now: datetime) -> None:
    booked(clinic, now, [10])
    week = the_week(clinic, now)
    assert (week.opens, week.closes, week.width) == (time(9), time(17), 8 * 12)
    bars = [(each.kind, each.first, each.rows) for each in week.rows[0].cells[TUESDAY].bars]
    assert bars == [("work", 0, 96), ("visit", 12, 6)]


def test_rooms_have_a_week_too(now: datetime) -> None:
    clinic = make_clinic()
    type(clinic.visit_type).objects.filter(pk=clinic.visit_type.pk).update(needs=["exam"])
    clinic.visit_type.refresh_from_db()
    for number in (1, 2):
        Resource.objects.create(
            slug=f"room-{number}", kind="room", site=clinic.site, category="exam"
        )
    booked(clinic, now, [10])
    first, second = the_week(clinic, now, ROOMS).rows
    assert [len(each.cells[TUESDAY].column.visits) for each in (first, second)] == [1, 0]
    assert [each.cells[0].free for each in (first, second)] == [8 * 60, 8 * 60]


def test_where_nobody_works_there_is_nothing_to_show(clinic: Clinic, now: datetime) -> None:
    assert overview_of(week_of_site(make_site(), first_day=MONDAY, by=CLINICIANS, now=now)) is None


def test_a_week_in_which_clocks_go_back_has_one_longer_day(now: datetime) -> None:
    clinic = make_clinic()
    AvailabilityRule.objects.create(
        resource=clinic.clinician.resource,
        site=clinic.site,
        weekday=6,
        starts=time(0),
        ends=time(4),
        valid_from=date(2026, 1, 1),
    )
    calendar = week_of_site(clinic.site, first_day=date(2027, 11, 1), by=CLINICIANS, now=now)
    (row,) = shown(calendar).rows
    assert row.cells[6].free == 5 * 60


def test_forty_clinicians_take_no_more_queries_than_one(now: datetime) -> None:
    site, visit_type = make_site(), make_visit_type()
    for number in range(40):
        patient = make_patient()
        clinician = make_clinician(site=site, visit_types=[visit_type], name=f"Dr. {number:02d}")
        for days in range(3):
            day = TOMORROW + timedelta(days=days)
            make_appointment(
                now=now,
                starts_at=Clinic(site, visit_type, clinician).at(9, day=day),
                site=site,
                visit_type=visit_type,
                clinician=clinician,
                patient=patient,
            )
    with CaptureQueriesContext(connection) as asked:
        week = shown(week_of_site(site, first_day=MONDAY, by=CLINICIANS, now=now))
    assert (len(week.rows), sum(visits for _, visits in week.days)) == (40, 120)
    assert len(asked) <= 10


# --- The page


def test_the_page_leads_to_each_day_and_names_no_patient(
    desk: Client, clinic: Clinic, now: datetime, clock_at_now: datetime
) -> None:
    (visit,) = booked(clinic, now, [10])
    answer = desk.get(reverse("calendar:site_week"), {"day": TOMORROW.isoformat()})
    page = answer.content.decode()
    here = f"{reverse('calendar:day')}?site={clinic.site.slug}&amp;by=clinicians"
    only = f"&amp;only={clinic.clinician.resource.slug}"
    assert f'{here}&amp;day={TOMORROW.isoformat()}{only}"' in page
    assert "1 visit<" in page
    assert "7 h 30 min free" in page
    assert visit.person.family_name not in page
    assert not AuditEntry.objects.filter(action="calendar.read").exists()
    assert 'style="' not in page


def test_the_page_says_why_somebody_is_not_there(
    desk: Client, clinic: Clinic, clock_at_now: datetime
) -> None:
    resource = clinic.clinician.resource
    closed = {"on_date": TOMORROW, "effect": "closed"}
    AvailabilityException.objects.create(resource=resource, reason="Ill", **closed)
    AvailabilityException.objects.create(
        site=clinic.site, on_date=MONDAY, effect="closed", reason="Founder's day"
    )
    page = desk.get(reverse("calendar:site_week")).content.decode()
    assert "Away: Ill" in page
    assert "Closed: Founder&#x27;s day" in page
    assert "Away: Founder" not in page


def test_every_calendar_leads_to_the_others(
    desk: Client, clinic: Clinic, clock_at_now: datetime
) -> None:
    addresses = [reverse(f"calendar:{name}") for name in ("day", "site_week", "week")]
    for address in addresses:
        page = desk.get(address, {"day": TOMORROW.isoformat()}).content.decode()
        tabs = page.split('class="tabs"')[1].split("</nav>")[0]
        for other in addresses:
            assert f'href="{other}?site={clinic.site.slug}&amp;day={TOMORROW.isoformat()}' in tabs
        assert tabs.count('aria-current="page"') == 1

"""The calendar goes by the clock on the wall, on the days that clocks change too."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from scheduling.calendar.selectors.columns import HOLD, CalendarColumn, CalendarEntry, DayCalendar
from scheduling.clinic.rules.wall_time import instant
from scheduling.clinic.rules.working_hours import Instant, span_of
from scheduling.desk.grid import Grid, grid_of, hours_of
from scheduling.models import Appointment, AvailabilityRule, Resource, Site
from tests.builders import make_appointment, make_group, make_staff
from tests.scheduling.world import Clinic, make_clinic

# A zone, the days on which its clocks go forward and back, and the hours skipped and repeated.
NEW_YORK = "America/New_York", date(2027, 3, 14), date(2027, 11, 7), 2, 1
BERLIN = "Europe/Berlin", date(2027, 3, 28), date(2027, 10, 31), 2, 2
ZONES = pytest.mark.parametrize(
    ("zone", "spring", "autumn", "skipped", "repeated"), [NEW_YORK, BERLIN]
)
QUARTER, ROWS_AN_HOUR = 15 * 60, 12


def quarters(day: date, zone: ZoneInfo) -> list[Instant]:
    begins, ends = (span_of(each, time(0), time(0), zone)[0] for each in (day, day + timedelta(1)))
    return list(range(begins, ends, QUARTER))


def full_day(day: date, zone: ZoneInfo) -> CalendarColumn:
    """Somebody works from midnight to midnight, and something is held in each quarter hour."""
    starts = quarters(day, zone)
    entries = [CalendarEntry(HOLD, start, start + QUARTER) for start in starts]
    return CalendarColumn(
        Resource(slug="all-day"), None, day, [(starts[0], starts[-1] + QUARTER)], entries
    )


def grid(zone: str, *days: date) -> Grid:
    site = Site(time_zone=zone)
    return grid_of(DayCalendar(site, [full_day(day, ZoneInfo(zone)) for day in days]))


def side(grid: Grid) -> list[tuple[int, bool]]:
    return [(each.starts.hour, each.again) for each in grid.hours]


def stands_at(grid: Grid, classes: str) -> tuple[int, bool, int]:
    """The hour beside which something stands, and the minutes below it."""
    begins = re.match(r"hour-(\d+) step-(\d+) ", classes)
    assert begins
    return *side(grid)[int(begins[1])], int(begins[2]) * 5


@ZONES
def test_a_skipped_hour_is_not_there_and_a_repeated_one_is_there_twice(
    zone: str, spring: date, autumn: date, skipped: int, repeated: int
) -> None:
    usual = [(hour, False) for hour in range(24)]
    assert side(grid(zone, spring + timedelta(1))) == usual
    assert side(grid(zone, spring)) == [each for each in usual if each != (skipped, False)]
    assert side(grid(zone, autumn)) == sorted([*usual, (repeated, True)])


@ZONES
def test_whatever_there_is_stands_beside_its_own_hour(
    zone: str, spring: date, autumn: date, skipped: int, repeated: int
) -> None:
    days = [first + timedelta(n) for first in (spring, autumn) for n in range(-6, 1)]
    for shown in ([spring], [autumn], days[:7], days[7:]):
        found = grid(zone, *shown)
        for column in found.columns:
            for placed in column.entries:
                local = datetime.fromtimestamp(placed.entry.start, ZoneInfo(zone))
                assert stands_at(found, placed.classes) == (
                    local.hour,
                    bool(local.fold),
                    local.minute,
                )
                assert " hours-0 steps-3 " in placed.classes


def test_half_an_hour_can_be_skipped_and_repeated_too() -> None:
    zone = ZoneInfo("Australia/Lord_Howe")
    assert len(hours_of(date(2027, 10, 3), zone)) == 24
    assert (1, True) in hours_of(date(2027, 4, 4), zone)
    found = grid(zone.key, date(2027, 4, 4))
    places = [stands_at(found, placed.classes) for placed in found.columns[0].entries]
    assert places.count((1, False, 30)) == places.count((1, True, 30)) == 1


# --- In a browser


def open_all_day(day: date, zone: str, monkeypatch: pytest.MonkeyPatch) -> Clinic:
    """A clinic that is open all of this day too; it is two days before."""
    make_group()
    clinic = make_clinic(zone=zone)
    AvailabilityRule.objects.create(
        resource=clinic.clinician.resource,
        site=clinic.site,
        weekday=day.weekday(),
        starts=time(0),
        ends=time(23, 30),
        valid_from=date(2026, 1, 1),
    )
    monkeypatch.setattr("clock.now", lambda: clinic.at(12, day=day - timedelta(2)))
    return clinic


def visit_at(clinic: Clinic, starts_at: datetime) -> Appointment:
    return make_appointment(
        now=starts_at - timedelta(2),
        starts_at=starts_at,
        site=clinic.site,
        visit_type=clinic.visit_type,
        clinician=clinic.clinician,
    )


@pytest.fixture
def page(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    context = browser.new_context(
        base_url=live_server.url, viewport={"width": 1440, "height": 1600}
    )
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def sign_in(page: Page, clinic: Clinic, live_server: LiveServer) -> None:
    desk = Client()
    desk.force_login(make_staff("front_desk", sites=[clinic.site]))
    page.context.add_cookies(
        [
            {"name": name, "value": cookie.value, "url": live_server.url}
            for name, cookie in desk.cookies.items()
        ]
    )


def drag(page: Page, day: date, *, rows: int) -> None:
    """Take the visit near its top and let go of it so many rows of five minutes below."""
    page.goto(f"{reverse('calendar:day')}?day={day.isoformat()}")
    link = page.locator("[data-visit]")
    link.scroll_into_view_if_needed()
    column = page.locator("[data-column]").first
    top, held = column.bounding_box(), link.bounding_box()
    assert top
    assert held
    link.drag_to(
        column,
        source_position={"x": 20, "y": 5},
        target_position={"x": 60, "y": held["y"] - top["y"] + 5 + rows * 8},
    )
    expect(page.get_by_role("heading", name="Move this visit")).to_be_visible()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@ZONES
def test_a_visit_dropped_at_its_own_place_stays_at_its_time(
    page: Page,
    live_server: LiveServer,
    monkeypatch: pytest.MonkeyPatch,
    zone: str,
    spring: date,
    autumn: date,
    skipped: int,
    repeated: int,
) -> None:
    clinic = open_all_day(spring, zone, monkeypatch)
    visit_at(clinic, clinic.at(8, day=spring))
    sign_in(page, clinic, live_server)
    drag(page, spring, rows=0)
    expect(page.locator("#id_time")).to_have_value("08:00")
    drag(page, spring, rows=-6 * ROWS_AN_HOUR)
    expect(page.locator("#id_time")).to_have_value("01:00")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@ZONES
def test_a_visit_is_dragged_into_the_hour_that_comes_again(
    page: Page,
    live_server: LiveServer,
    monkeypatch: pytest.MonkeyPatch,
    zone: str,
    spring: date,
    autumn: date,
    skipped: int,
    repeated: int,
) -> None:
    clinic = open_all_day(autumn, zone, monkeypatch)
    visit = visit_at(clinic, clinic.at(8, day=autumn))
    sign_in(page, clinic, live_server)
    drag(page, autumn, rows=0)
    expect(page.locator("#id_time")).to_have_value("08:00")
    expect(page.get_by_text("Which time?")).to_be_hidden()
    drag(page, autumn, rows=-(8 - repeated) * ROWS_AN_HOUR)
    expect(page.locator("#id_time")).to_have_value(f"0{repeated}:00")
    expect(page.get_by_label(re.compile("The second time"))).to_be_checked()
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_text("is moved, and will be told.")).to_be_visible()
    visit.refresh_from_db()
    assert visit.starts_at == instant(autumn, time(repeated), ZoneInfo(zone), fold=1)

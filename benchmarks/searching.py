"""Free times as a browser asks for them, against the one query that fetches the busy rows."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from django.db import connection
from django.test.utils import CaptureQueriesContext

from benchmarks import web
from benchmarks.free_times import busy_rows
from benchmarks.measure import Line, compare, count
from benchmarks.web import Browser
from scheduling.availability.rules.preferences import Preferences
from scheduling.availability.selectors.finding import TimeSearch, find_times
from scheduling.calendar.selectors.day_calendar import CLINICIANS, day_of_site
from scheduling.models import Clinician, Site, VisitType

FASTEST = 4  # times the bare query


def run() -> list[Line]:
    site = Site.objects.order_by("pk")[0]
    there = list(
        Clinician.objects.filter(resource__availability_rules__site=site).distinct().order_by("pk")
    )
    with web.serve():
        lines = [
            _line("one clinician, a month", site, there[:1], 30),
            _line(f"{len(there)} clinicians, a day", site, there, 1),
            _line(f"{len(there)} clinicians, a month", site, there, 30),
        ]
    return [*lines, _queries_of_a_search(), _queries_of_a_calendar(site)]


def _line(what: str, site: Site, clinicians: list[Clinician], days: int) -> Line:
    now = datetime.now(UTC)
    # A week ahead there are no kept minutes of notice to tell the windows apart.
    first = (now + timedelta(days=7 - now.weekday())).date()
    asked: dict[str, object] = {
        "visit_type": "check-up",
        "site": site.pk,
        "first_day": first,
        "last_day": first + timedelta(days=days - 1),
    }
    if len(clinicians) == 1:
        asked["clinician"] = clinicians[0].pk
    address, browser = f"/api/v1/slots/?{urlencode(asked)}", Browser()
    began = datetime.combine(first, datetime.min.time(), UTC)
    floor, rows = busy_rows(
        [each.resource_id for each in clinicians], began, began + timedelta(days=days)
    )
    size = len(_get(browser, address)())
    note = f"{rows} busy rows, {size / 1000:.0f} KB"
    called = f"free times over HTTP, {what}"
    return compare(called, _get(browser, address), floor, at_most=FASTEST, note=note)


def _get(browser: Browser, address: str) -> Callable[[], bytes]:
    def get() -> bytes:
        status, told = browser.get(address)
        if status != 200:
            raise RuntimeError(f"{status}: {told[:300]!r}")
        return told

    return get


def _queries_of_a_search() -> Line:
    visit_type, now = VisitType.objects.get(slug="check-up"), datetime.now(UTC)
    time_search = TimeSearch(visit_type=visit_type, preferences=Preferences(), now=now)
    find_times(time_search)  # has read the directory, which later searches know
    with CaptureQueriesContext(connection) as captured:
        found = find_times(time_search)
    note = f"{len(found.slots)} times of every clinician, 62 days"
    return count("queries of a search", len(captured), at_most=6, note=note)


def _queries_of_a_calendar(site: Site) -> Line:
    now = datetime.now(UTC)
    monday = (now + timedelta(days=7 - now.weekday())).date()
    with CaptureQueriesContext(connection) as captured:
        calendar = day_of_site(site, day=monday, by=CLINICIANS, now=now)
    note = f"{len(calendar.columns)} clinicians, {len(list(calendar.visits))} visits"
    return count("queries of a site's day", len(captured), at_most=10, note=note)

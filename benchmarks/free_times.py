"""Free times through the domain function, against the one query that fetches the busy rows."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.db import connection

from benchmarks.measure import Line, compare
from scheduling.availability.selectors.search import Search
from scheduling.availability.selectors.slots import free_slots
from scheduling.models import Clinician, Site, VisitType

# The floor: what any search must read, fetched as the timestamps it is stored as.
FLOOR = """
    SELECT resource_id, lower(during), upper(during) FROM scheduling_allocation
    WHERE active AND resource_id = ANY(%s) AND lower(during) >= %s AND lower(during) < %s
    ORDER BY lower(during)
"""


def run() -> list[Line]:
    visit_type = VisitType.objects.get(slug="check-up")
    now = datetime.now(UTC)
    return [_line(visit_type, clinicians, days, now) for clinicians, days in ((1, 30), (50, 14))]


def _line(visit_type: VisitType, clinicians: int, days: int, now: datetime) -> Line:
    asked = list(Clinician.objects.order_by("pk")[:clinicians])
    first = now.date()
    search = Search(
        visit_type=visit_type,
        site_ids=list(Site.objects.values_list("pk", flat=True)),
        first_day=first,
        last_day=first + timedelta(days=days - 1),
        now=now,
        clinician_ids=[each.pk for each in asked],
    )
    floor, rows = busy_rows([each.resource_id for each in asked], now, now + timedelta(days=days))
    note = f"{rows} busy rows, {len(free_slots(search))} free times"
    what = f"free times, {clinicians} clinicians, {days} days"
    return compare(what, lambda: free_slots(search), floor, at_most=2, note=note)


def busy_rows(
    resources: list[int], since: datetime, until: datetime
) -> tuple[Callable[[], object], int]:
    """What fetches the rows between two moments, and how many there are."""

    def fetch() -> list[object]:
        with connection.cursor() as cursor:
            cursor.execute(FLOOR, [resources, since - timedelta(days=1), until])
            return list(cursor.fetchall())

    return fetch, len(fetch())

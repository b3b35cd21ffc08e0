"""The same searches among ten times as many rows: they take no longer."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql.base import DatabaseWrapper

from benchmarks import seed
from benchmarks.measure import Line, compare
from scheduling.availability.selectors.search import Search
from scheduling.availability.selectors.slots import free_slots
from scheduling.models import Clinician, Site, VisitType

SLOWER = 1.3


def run(scale: int) -> list[Line]:
    """The database of ``scale`` million rows against that of one million."""
    if scale == 1:
        return []
    big = connections["default"]
    small = DatabaseWrapper({**big.settings_dict, "NAME": "bench_1"}, alias="default")
    connections["default"] = small
    seed.ensure(scale=1)
    connections["default"] = big
    lines = [_line(big, small, *asked, scale=scale) for asked in ((1, 30), (50, 14))]
    small.close()
    return lines


def _line(
    big: BaseDatabaseWrapper, small: BaseDatabaseWrapper, clinicians: int, days: int, *, scale: int
) -> Line:
    return compare(
        f"free times, {clinicians} clinicians, {days} days, {scale} M rows against 1 M",
        _asked_in(big, clinicians, days),
        _asked_in(small, clinicians, days),
        at_most=SLOWER,
    )


def _asked_in(database: BaseDatabaseWrapper, clinicians: int, days: int) -> Callable[[], object]:
    connections["default"] = database
    now = datetime.now(UTC)
    offering = Clinician.objects.filter(visit_types__slug="check-up").order_by("pk")
    search = Search(
        visit_type=VisitType.objects.get(slug="check-up"),
        site_ids=list(Site.objects.values_list("pk", flat=True)),
        first_day=now.date(),
        last_day=now.date() + timedelta(days=days - 1),
        now=now,
        clinician_ids=[each.pk for each in offering[:clinicians]],
    )

    def ask() -> object:
        connections["default"] = database
        return free_slots(search)

    return ask

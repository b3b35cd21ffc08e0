"""When can this visit begin? Pure: plain values in, plain values out.

One function lists the free starts, and booking validates by asking the same function. An
``Instant`` is whole seconds since 1970 in UTC: a search handles tens of thousands of them, and
numbers are read and compared several times faster than datetimes. All intervals are half-open.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from scheduling.clinic.rules.wall_time import working_span

Instant = int
Interval = tuple[Instant, Instant]
DAY = 24 * 60 * 60
MONDAY = date(1970, 1, 5)

NEW, RETURNING, SAME_DAY = "new", "returning", "same_day"


@dataclass(frozen=True, slots=True)
class VisitRequest:
    """For what, by whom and when is asked. ``standing`` is ``new``, ``returning`` or unknown."""

    visit_type_id: int
    now: Instant
    mode: str = "in_person"
    standing: str = ""


@dataclass(frozen=True, slots=True)
class WeeklyRule:
    """A weekly stretch of work of one resource at one site; of a break, when it does not work.

    ``visit_type_ids`` empty means all it offers, ``mode`` empty any way of meeting. The time is
    ``kept_for`` some until it is released, ``release_days`` before at ``release_time``.
    """

    resource_id: int
    site_id: int
    weekday: int
    starts: time
    ends: time
    valid_from: date
    valid_until: date | None = None
    visit_type_ids: frozenset[int] = frozenset()
    works: bool = True
    every_weeks: int = 1
    mode: str = ""
    kept_for: str = ""
    release_days: int | None = None
    release_time: time | None = None

    def on(self, day: date) -> bool:
        """Whether it holds on a day: weekday, validity, alternating weeks."""
        return (
            self.weekday == day.weekday()
            and self.valid_from <= day
            and (self.valid_until is None or day <= self.valid_until)
            and (self.every_weeks == 1 or self._weeks_since(day) % self.every_weeks == 0)
        )

    def serves(self, asker: VisitRequest) -> bool:
        """Whether it is time for this kind of visit and this way of meeting."""
        return (not self.visit_type_ids or asker.visit_type_id in self.visit_type_ids) and (
            not self.mode or self.mode == asker.mode
        )

    def offers(self, visit_type_id: int, since: date) -> bool:
        """Whether some kind of visit can be had in it on some day from then on."""
        return (
            self.works
            and (self.valid_until is None or self.valid_until >= since)
            and (not self.visit_type_ids or visit_type_id in self.visit_type_ids)
        )

    def open_to(self, asker: VisitRequest, day: date, zone: ZoneInfo) -> bool:
        """Whether who asks may have it: it is kept for nobody, for them, or released by now."""
        if not self.kept_for or self.kept_for == asker.standing:
            return True
        if self.release_days is None or self.release_time is None:
            return False
        released_on = day - timedelta(days=self.release_days)
        return asker.now >= span_of(released_on, self.release_time, self.release_time, zone)[0]

    def _weeks_since(self, day: date) -> int:
        return (day - MONDAY).days // 7 - (self.valid_from - MONDAY).days // 7


@dataclass(frozen=True, slots=True)
class DayChange:
    """A closure or extra hours on one date. No times means the whole day."""

    on_date: date
    extra: bool
    site_id: int | None = None
    resource_id: int | None = None
    starts: time | None = None
    ends: time | None = None

    def concerns(self, day: date, resource_id: int, site_id: int) -> bool:
        return (
            self.on_date == day
            and self.resource_id in (None, resource_id)
            and self.site_id in (None, site_id)
        )


def instant_of(moment: datetime) -> Instant:
    """An aware datetime as whole seconds since 1970, rounded down."""
    return int(moment.timestamp() // 1)


def moment_of(instant: Instant) -> datetime:
    """An instant as an aware datetime in UTC."""
    return datetime.fromtimestamp(instant, UTC)


@lru_cache(maxsize=65_536)
def span_of(day: date, starts: time, ends: time, zone: ZoneInfo) -> Interval:
    """The instants between two wall-clock times of a day; colleagues share most of theirs."""
    opened, closed = working_span(day, starts, ends, zone)
    return instant_of(opened), instant_of(closed)


def subtract(intervals: Iterable[Interval], taken: Iterable[Interval]) -> list[Interval]:
    """What is left of ``intervals`` without ``taken``; ``taken`` may overlap itself."""
    left: list[Interval] = []
    busy = sorted(taken)
    for start, end in intervals:
        for busy_start, busy_end in busy:
            if busy_end <= start or busy_start >= end:
                continue
            if busy_start > start:
                left.append((start, busy_start))
            start = busy_end
            if start >= end:
                break
        if start < end:
            left.append((start, end))
    return left


def merge(intervals: Iterable[Interval]) -> list[Interval]:
    """Overlapping or touching intervals joined, in order."""
    joined: list[Interval] = []
    for start, end in sorted(intervals):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def working_intervals(
    *,
    rules: Iterable[WeeklyRule],
    changes: Iterable[DayChange],
    asker: VisitRequest,
    resource_id: int,
    site_id: int,
    day: date,
    zone: ZoneInfo,
) -> list[Interval]:
    """When a resource can be asked for at a site on a day: the rules that serve and are open to
    who asks, plus extra hours, less breaks and closures. A closure beats extra hours.
    """
    spans: list[Interval] = []
    closed: list[Interval] = []
    for rule in rules:
        if rule.site_id != site_id or not rule.on(day):
            continue
        if not rule.works:
            closed.append(span_of(day, rule.starts, rule.ends, zone))
        elif rule.serves(asker) and rule.open_to(asker, day, zone):
            spans.append(span_of(day, rule.starts, rule.ends, zone))
    for change in changes:
        if not change.concerns(day, resource_id, site_id):
            continue
        if change.starts is None or change.ends is None:
            return []
        span = span_of(day, change.starts, change.ends, zone)
        (spans if change.extra else closed).append(span)
    working = merge(spans)
    return subtract(working, closed) if closed else working

"""When can this visit begin? Pure: plain values in, plain values out.

One function lists the free starts, and booking validates by asking the same function. All
intervals are half-open pairs of aware UTC datetimes. Rules are wall-clock time in a site's
zone; the arithmetic between two instants is always done in UTC, so that a day on which the
clocks change is as long as it really is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from scheduling.exceptions import AmbiguousTime, NonexistentTime

Interval = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Rule:
    """Weekly work of one resource at one site. ``visit_type_ids`` empty means all it offers."""

    resource_id: int
    site_id: int
    weekday: int
    starts: time
    ends: time
    valid_from: date
    valid_until: date | None = None
    visit_type_ids: frozenset[int] = frozenset()

    def applies(self, day: date, visit_type_id: int) -> bool:
        return (
            self.weekday == day.weekday()
            and self.valid_from <= day
            and (self.valid_until is None or day <= self.valid_until)
            and (not self.visit_type_ids or visit_type_id in self.visit_type_ids)
        )


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


@dataclass(frozen=True, slots=True)
class VisitShape:
    """How much time a visit takes, and on what grid it may begin."""

    visit_type_id: int
    length: timedelta
    before: timedelta
    after: timedelta
    step: timedelta

    def occupied(self, starts_at: datetime) -> Interval:
        """The time the resource is taken, buffers included."""
        return starts_at - self.before, starts_at + self.length + self.after


def instant(day: date, wall: time, zone: ZoneInfo, *, fold: int | None = None) -> datetime:
    """The UTC instant of a wall-clock time that somebody asked for.

    Raises NonexistentTime inside a gap, and AmbiguousTime inside a fold unless ``fold`` (0 for
    the first time, 1 for the second) says which is meant.
    """
    first, second = (
        datetime.combine(day, wall, zone).replace(fold=each).astimezone(UTC) for each in (0, 1)
    )
    if first == second:
        return first
    if first.astimezone(zone).replace(tzinfo=None) != datetime.combine(day, wall):
        raise NonexistentTime(f"{day} {wall} does not exist in {zone.key}")
    if fold is None:
        raise AmbiguousTime(f"{day} {wall} happens twice in {zone.key}")
    return second if fold else first


def working_span(day: date, starts: time, ends: time, zone: ZoneInfo) -> Interval:
    """The instants between two wall-clock times of a day, as long as it really is.

    A start that the clocks skip is the moment they went forward; an end that happens twice is
    its second time, so that nobody's shift loses the repeated hour.
    """
    opened = datetime.combine(day, starts, zone).astimezone(UTC)
    if opened.astimezone(zone).replace(tzinfo=None) != datetime.combine(day, starts):
        # PEP 495: in a gap fold=1 lands before it and fold=0 after it. The hour skipped lies
        # between them, and the transition is where local time catches up.
        opened = _end_of_gap(day, starts, zone)
    closed = datetime.combine(day, ends, zone).replace(fold=1).astimezone(UTC)
    if closed.astimezone(zone).replace(tzinfo=None) != datetime.combine(day, ends):
        closed = _end_of_gap(day, ends, zone)
    return opened, closed


def _end_of_gap(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """The instant at which the clocks jumped over ``wall``, by bisection to the second."""
    before, after = sorted(
        datetime.combine(day, wall, zone).replace(fold=each).astimezone(UTC) for each in (0, 1)
    )
    offset_after = after.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(zone).utcoffset() == offset_after:
            after = middle
        else:
            before = middle
    return after.replace(microsecond=0)


def subtract(intervals: Iterable[Interval], taken: Sequence[Interval]) -> list[Interval]:
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
    rules: Iterable[Rule],
    changes: Sequence[DayChange],
    resource_id: int,
    site_id: int,
    visit_type_id: int,
    day: date,
    zone: ZoneInfo,
) -> list[Interval]:
    """When a resource works at a site on a day for a kind of visit: rules, plus extra hours,
    less closures. A closure beats extra hours.
    """
    today = [change for change in changes if change.concerns(day, resource_id, site_id)]
    spans = [
        working_span(day, rule.starts, rule.ends, zone)
        for rule in rules
        if rule.site_id == site_id and rule.applies(day, visit_type_id)
    ]
    spans += [
        working_span(day, change.starts, change.ends, zone)
        for change in today
        if change.extra and change.starts and change.ends
    ]
    closed: list[Interval] = []
    for change in today:
        if change.extra:
            continue
        if change.starts is None or change.ends is None:
            return []
        closed.append(working_span(day, change.starts, change.ends, zone))
    return subtract(merge(spans), closed)


def free_starts(
    *,
    working: Iterable[Interval],
    busy: Sequence[Interval],
    shape: VisitShape,
    earliest: datetime,
    latest: datetime,
) -> list[datetime]:
    """The starts at which a visit fits: inside working time, clear of what is busy.

    Starts lie on a grid of ``shape.step`` from the beginning of each working interval. The
    visit lies within working time; its buffers may reach beyond it. ``busy`` is sorted by start
    and may overlap itself. ``earliest`` and ``latest`` are inclusive.
    """
    starts: list[datetime] = []
    next_busy = 0
    for opened, closed in working:
        start = opened
        if start < earliest:
            start += -((opened - earliest) // shape.step) * shape.step
        while start + shape.length <= closed and start <= latest:
            taken_from, taken_until = shape.occupied(start)
            while next_busy < len(busy) and busy[next_busy][1] <= taken_from:
                next_busy += 1
            clash = _first_clash(busy, next_busy, taken_from, taken_until)
            if clash is None:
                starts.append(start)
                start += shape.step
            else:
                # Nothing fits until this one is over; go to the next point of the grid.
                wait = clash + shape.before - start
                start += max(1, -(-wait // shape.step)) * shape.step
    return starts


def _first_clash(
    busy: Sequence[Interval], index: int, taken_from: datetime, taken_until: datetime
) -> datetime | None:
    """The end of the first busy interval that overlaps, or None."""
    while index < len(busy) and busy[index][0] < taken_until:
        if busy[index][1] > taken_from:
            return busy[index][1]
        index += 1
    return None

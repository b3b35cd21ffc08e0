"""Free times on the days that clocks change: every such day of every zone, 2026 to 2030."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.availability.rules.starts import VisitShape, free_starts
from scheduling.clinic.rules.wall_time import instant
from scheduling.clinic.rules.working_hours import (
    Instant,
    Interval,
    VisitRequest,
    WeeklyRule,
    merge,
    span_of,
    working_intervals,
)
from scheduling.exceptions import AmbiguousTime, NonexistentTime
from tests.scheduling.clinic.test_wall_time import changing_days
from tests.suites import examples

MINUTE, DAY = 60, 24 * 60 * 60
ASKER = VisitRequest(visit_type_id=1, now=0)
AT, WHO = 1, 2

quarters = st.integers(0, 95).map(lambda n: time(n // 4, n % 4 * 15))
stretches = st.tuples(quarters, quarters).filter(lambda pair: pair[0] < pair[1])
shapes = st.builds(
    VisitShape,
    length=st.sampled_from([10, 15, 20, 30, 45, 60, 90]).map(lambda n: n * MINUTE),
    before=st.sampled_from([0, 5, 15]).map(lambda n: n * MINUTE),
    after=st.sampled_from([0, 5, 15]).map(lambda n: n * MINUTE),
    step=st.sampled_from([5, 10, 15, 20, 30, 60]).map(lambda n: n * MINUTE),
)
# Minutes from the midnight before: what is busy may reach over the change, or into the day.
busy_times = st.lists(st.tuples(st.integers(-120, 28 * 60), st.integers(5, 180)), max_size=6)


def working(day: date, zone: ZoneInfo, hours: list[tuple[time, time]]) -> list[Interval]:
    rules = [
        WeeklyRule(WHO, AT, day.weekday(), starts, ends, valid_from=date(2000, 1, 1))
        for starts, ends in hours
    ]
    return working_intervals(
        rules=rules, changes=[], asker=ASKER, resource_id=WHO, site_id=AT, day=day, zone=zone
    )


def midnight(day: date, zone: ZoneInfo) -> Instant:
    return span_of(day, time(0), time(0, 15), zone)[0]


def listed(
    intervals: list[Interval], busy: list[Interval], shape: VisitShape, *, at: Instant | None = None
) -> list[Instant]:
    """The free starts, or only whether one instant is among them."""
    far = 10**11
    return free_starts(
        working=intervals,
        busy=busy,
        shape=shape,
        earliest=-far if at is None else at,
        latest=far if at is None else at,
    )


@settings(max_examples=examples(400), deadline=None)
@given(
    where=st.integers(0, 10**6),
    hours=st.lists(stretches, min_size=1, max_size=3),
    shape=shapes,
    taken=busy_times,
)
def test_free_times_are_apart_from_what_is_taken_and_are_what_is_validated(
    where: int, hours: list[tuple[time, time]], shape: VisitShape, taken: list[tuple[int, int]]
) -> None:
    zone, day = changing_days()[where % len(changing_days())]
    intervals, first = working(day, zone, hours), midnight(day, zone)
    busy = sorted(
        (first + start * MINUTE, first + (start + length) * MINUTE) for start, length in taken
    )
    starts = listed(intervals, busy, shape)
    assert starts == sorted(set(starts))
    for start in starts:
        begins, ends = shape.occupied(start)
        assert not any(begins < until and since < ends for since, until in busy)
        assert any(opened <= start <= closed - shape.length for opened, closed in intervals)
    for minute in range(-60, 30 * 60, 5):
        asked = first + minute * MINUTE
        assert bool(listed(intervals, busy, shape, at=asked)) == (asked in starts)


@settings(max_examples=examples(200), deadline=None)
@given(hours=stretches, shape=shapes)
def test_visits_booked_one_after_the_other_never_meet(
    hours: tuple[time, time], shape: VisitShape
) -> None:
    """Whoever takes the first free time again and again fills the day, on every such day."""
    for zone, day in changing_days()[:: max(1, len(changing_days()) // 40)]:
        intervals: list[Interval] = working(day, zone, [hours])
        busy: list[Interval] = []
        while free := listed(intervals, busy, shape):
            own = shape.occupied(free[0])
            assert all(own[1] <= since or until <= own[0] for since, until in busy)
            busy = sorted([*busy, own])
        assert sum(end - start for start, end in merge(busy)) == sum(
            end - start for start, end in busy
        )


def test_every_free_time_of_every_changing_day_survives_the_way_to_the_wall_and_back() -> None:
    """What patients read is what they get: a time read twice that day says which it is."""
    shape = VisitShape(length=15 * MINUTE, before=0, after=0, step=15 * MINUTE)
    twice = 0
    for zone, day in changing_days():
        for start in listed(working(day, zone, [(time(0), time(23, 45))]), [], shape):
            local = datetime.fromtimestamp(start, zone)
            try:
                again = instant(local.date(), local.time(), zone)
            except AmbiguousTime:
                twice += 1
                again = instant(local.date(), local.time(), zone, fold=local.fold)
            assert again == datetime.fromtimestamp(start, UTC), (zone.key, local)
    assert twice > 500


def test_no_free_time_lies_in_a_gap() -> None:
    """A wall time that the clocks skip is refused, and nothing is ever listed at it."""
    shape = VisitShape(length=15 * MINUTE, before=0, after=0, step=15 * MINUTE)
    skipped = 0
    for zone, day in changing_days():
        shown = {
            datetime.fromtimestamp(start, zone).replace(tzinfo=None)
            for start in listed(working(day, zone, [(time(0), time(23, 45))]), [], shape)
        }
        for quarter in range(95):
            wall = datetime.combine(day, time(0)) + timedelta(minutes=15 * quarter)
            try:
                instant(day, wall.time(), zone)
            except NonexistentTime:
                skipped += 1
                assert wall not in shown, (zone.key, wall)
            except AmbiguousTime:
                assert wall in shown, (zone.key, wall)
    assert skipped > 500

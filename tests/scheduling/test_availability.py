"""When a visit can begin: against a slow answer that looks at every single minute."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from scheduling.availability import (
    DayChange,
    Interval,
    Rule,
    VisitShape,
    free_starts,
    merge,
    subtract,
    working_intervals,
)

MIDNIGHT = datetime(2026, 11, 24, tzinfo=UTC)
DAY = MIDNIGHT.date()  # a Tuesday
MINUTE = timedelta(minutes=1)
ZONE = ZoneInfo("UTC")
CLINICIAN, COLLEAGUE, HERE, ELSEWHERE, VISIT, OTHER_VISIT = range(1, 7)


def minutes_of(intervals: list[Interval]) -> set[datetime]:
    """Every minute that the intervals cover."""
    return {
        start + n * MINUTE for start, end in intervals for n in range(int((end - start) / MINUTE))
    }


def moment(minute: int) -> datetime:
    return MIDNIGHT + minute * MINUTE


def interval(pair: tuple[int, int]) -> Interval:
    start, length = pair
    return moment(start), moment(start + length)


intervals = st.lists(st.tuples(st.integers(0, 900), st.integers(1, 240)).map(interval), max_size=6)
shapes = st.builds(
    VisitShape,
    visit_type_id=st.just(VISIT),
    length=st.integers(1, 90).map(lambda n: n * MINUTE),
    before=st.integers(0, 20).map(lambda n: n * MINUTE),
    after=st.integers(0, 20).map(lambda n: n * MINUTE),
    step=st.integers(1, 60).map(lambda n: n * MINUTE),
)


@given(intervals, intervals)
def test_subtracting_leaves_the_minutes_that_were_not_taken(
    whole: list[Interval], taken: list[Interval]
) -> None:
    left = subtract(merge(whole), taken)
    assert minutes_of(left) == minutes_of(whole) - minutes_of(taken)
    assert left == merge(left), "in order and apart"


@given(
    working=intervals.map(merge),
    busy=intervals.map(sorted),
    shape=shapes,
    earliest=st.integers(-60, 1200).map(moment),
    latest=st.integers(0, 1300).map(moment),
)
def test_the_starts_are_exactly_those_that_fit(
    working: list[Interval],
    busy: list[Interval],
    shape: VisitShape,
    earliest: datetime,
    latest: datetime,
) -> None:
    """On the grid, inside working time, clear of what is busy with its buffers; and all of them."""
    taken = minutes_of(busy)
    expected = []
    for opened, closed in working:
        start = opened
        while start + shape.length <= closed:
            clear = not minutes_of([shape.occupied(start)]) & taken
            if clear and earliest <= start <= latest:
                expected.append(start)
            start += shape.step
    found = free_starts(working=working, busy=busy, shape=shape, earliest=earliest, latest=latest)
    assert found == expected


def test_a_visit_may_touch_its_neighbors_but_its_buffers_keep_it_off() -> None:
    busy = [(moment(60), moment(90))]
    working = [(moment(0), moment(180))]
    bare = VisitShape(VISIT, 30 * MINUTE, 0 * MINUTE, 0 * MINUTE, 30 * MINUTE)
    buffered = VisitShape(VISIT, 30 * MINUTE, 5 * MINUTE, 5 * MINUTE, 30 * MINUTE)

    def offered(shape: VisitShape) -> list[int]:
        starts = free_starts(
            working=working, busy=busy, shape=shape, earliest=moment(0), latest=moment(999)
        )
        return [int((start - MIDNIGHT) / MINUTE) for start in starts]

    assert offered(bare) == [0, 30, 90, 120, 150]
    assert offered(buffered) == [0, 120, 150], "buffers may reach beyond working time"


def rule(
    starts: time = time(9),
    ends: time = time(12),
    *,
    site_id: int = HERE,
    weekday: int = DAY.weekday(),
    valid_from: date = date(2026, 1, 1),
    valid_until: date | None = None,
    only_for: frozenset[int] = frozenset(),
) -> Rule:
    return Rule(CLINICIAN, site_id, weekday, starts, ends, valid_from, valid_until, only_for)


def worked(rules: list[Rule], *changes: DayChange) -> list[tuple[str, str]]:
    spans = working_intervals(
        rules=rules,
        changes=changes,
        resource_id=CLINICIAN,
        site_id=HERE,
        visit_type_id=VISIT,
        day=DAY,
        zone=ZONE,
    )
    return [(f"{start:%H:%M}", f"{end:%H:%M}") for start, end in spans]


def closed(
    starts: time | None = None,
    ends: time | None = None,
    *,
    site_id: int | None = HERE,
    resource_id: int | None = None,
    on_date: date = DAY,
) -> DayChange:
    return DayChange(on_date, False, site_id, resource_id, starts, ends)


def extra(starts: time, ends: time, *, resource_id: int = CLINICIAN) -> DayChange:
    return DayChange(DAY, True, HERE, resource_id, starts, ends)


def test_rules_apply_on_their_days_at_their_site_for_their_visits() -> None:
    assert worked([rule()]) == [("09:00", "12:00")]
    assert worked([rule(site_id=ELSEWHERE)]) == []
    assert worked([rule(weekday=2)]) == []
    assert worked([rule(valid_from=DAY, valid_until=DAY)]) == [("09:00", "12:00")]
    assert worked([rule(valid_from=DAY + timedelta(days=1))]) == []
    assert worked([rule(valid_until=DAY - timedelta(days=1))]) == []
    assert worked([rule(only_for=frozenset({VISIT}))]) == [("09:00", "12:00")]
    assert worked([rule(only_for=frozenset({OTHER_VISIT}))]) == []


def test_touching_and_overlapping_rules_are_one_stretch() -> None:
    mornings = [rule(time(9), time(12)), rule(time(12), time(14)), rule(time(13), time(15))]
    assert worked(mornings) == [("09:00", "15:00")]


def test_closures_take_away_and_extra_hours_add() -> None:
    hours = [rule()]
    assert worked(hours, closed()) == []
    assert worked(hours, closed(time(10), time(11))) == [("09:00", "10:00"), ("11:00", "12:00")]
    assert worked(hours, closed(site_id=None, resource_id=CLINICIAN)) == []
    assert worked(hours, extra(time(14), time(16))) == [("09:00", "12:00"), ("14:00", "16:00")]
    assert worked([], extra(time(14), time(16))) == [("14:00", "16:00")]


def test_a_closure_beats_extra_hours() -> None:
    late = extra(time(14), time(16))
    assert worked([rule()], late, closed()) == []
    assert worked([rule()], late, closed(time(15), time(18))) == [
        ("09:00", "12:00"),
        ("14:00", "15:00"),
    ]


def test_changes_of_others_and_of_other_days_change_nothing() -> None:
    unmoved = [("09:00", "12:00")]
    assert worked([rule()], closed(site_id=ELSEWHERE)) == unmoved
    assert worked([rule()], closed(site_id=None, resource_id=COLLEAGUE)) == unmoved
    assert worked([rule()], closed(on_date=DAY + timedelta(days=1))) == unmoved
    assert worked([rule()], extra(time(14), time(16), resource_id=COLLEAGUE)) == unmoved

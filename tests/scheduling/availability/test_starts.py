"""When a visit can begin: against a slow answer that looks at every single minute."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from scheduling.availability.rules.starts import VisitShape, below_cap, clear, free_starts
from scheduling.clinic.rules.working_hours import (
    DayChange,
    Instant,
    Interval,
    VisitRequest,
    WeeklyRule,
    instant_of,
    merge,
    moment_of,
    subtract,
    working_intervals,
)

MIDNIGHT = instant_of(datetime(2026, 11, 24, tzinfo=UTC))
DAY = date(2026, 11, 24)  # a Tuesday
MINUTE = 60
ZONE = ZoneInfo("UTC")
CLINICIAN, COLLEAGUE, HERE, ELSEWHERE, VISIT, OTHER_VISIT = range(1, 7)


def minutes_of(intervals: list[Interval]) -> set[Instant]:
    """Every minute that the intervals cover."""
    return {minute for start, end in intervals for minute in range(start, end, MINUTE)}


def moment(minute: int) -> Instant:
    return MIDNIGHT + minute * MINUTE


def interval(pair: tuple[int, int]) -> Interval:
    start, length = pair
    return moment(start), moment(start + length)


intervals = st.lists(st.tuples(st.integers(0, 900), st.integers(1, 240)).map(interval), max_size=6)
shapes = st.builds(
    VisitShape,
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
    earliest: Instant,
    latest: Instant,
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
    bare = VisitShape(30 * MINUTE, 0, 0, 30 * MINUTE)
    buffered = VisitShape(30 * MINUTE, 5 * MINUTE, 5 * MINUTE, 30 * MINUTE)

    def offered(shape: VisitShape) -> list[int]:
        starts = free_starts(
            working=working, busy=busy, shape=shape, earliest=moment(0), latest=moment(999)
        )
        return [(start - MIDNIGHT) // MINUTE for start in starts]

    assert offered(bare) == [0, 30, 90, 120, 150]
    assert offered(buffered) == [0, 120, 150], "buffers may reach beyond working time"


@given(st.lists(intervals, max_size=4), st.integers(0, 900), st.integers(1, 240))
def test_one_of_a_pool_must_be_free_for_the_whole_visit(
    pool: list[list[Interval]], start: int, length: int
) -> None:
    wanted = interval((start, length))
    expected = any(not minutes_of(busy) & minutes_of([wanted]) for busy in pool)
    assert clear([merge(busy) for busy in pool], wanted) == expected


def test_a_day_with_its_cap_of_visits_is_full_and_the_next_is_not() -> None:
    starts = [moment(60), moment(600), moment(24 * 60 + 60)]
    assert below_cap(starts, zone=ZONE, booked=[moment(30), moment(90)], cap=3) == starts
    assert below_cap(starts, zone=ZONE, booked=[moment(30), moment(90)], cap=2) == starts[2:]


def rule(
    starts: time = time(9),
    ends: time = time(12),
    *,
    site_id: int = HERE,
    weekday: int = DAY.weekday(),
    valid_from: date = date(2026, 1, 1),
    valid_until: date | None = None,
    only_for: frozenset[int] = frozenset(),
    **terms: Any,
) -> WeeklyRule:
    return WeeklyRule(
        CLINICIAN, site_id, weekday, starts, ends, valid_from, valid_until, only_for, **terms
    )


def worked(
    rules: list[WeeklyRule],
    *changes: DayChange,
    day: date = DAY,
    now: Instant = MIDNIGHT - 86_400 * 30,
    standing: str = "",
    mode: str = "in_person",
) -> list[tuple[str, str]]:
    spans = working_intervals(
        rules=rules,
        changes=changes,
        asker=VisitRequest(VISIT, now, mode, standing),
        resource_id=CLINICIAN,
        site_id=HERE,
        day=day,
        zone=ZONE,
    )
    return [(f"{moment_of(start):%H:%M}", f"{moment_of(end):%H:%M}") for start, end in spans]


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


MORNING = [("09:00", "12:00")]


def test_every_other_week_is_counted_from_the_week_the_rule_begins() -> None:
    fortnightly = [rule(valid_from=date(2026, 11, 12), every_weeks=2)]  # a Thursday
    tuesdays = [date(2026, 11, 17) + timedelta(weeks=n) for n in range(5)]
    assert [bool(worked(fortnightly, day=day)) for day in tuesdays] == [False, True] * 2 + [False]
    over_new_year = [date(2026, 12, 22) + timedelta(weeks=n) for n in range(4)]
    assert [bool(worked(fortnightly, day=day)) for day in over_new_year] == [True, False] * 2


def test_a_break_is_taken_out_whoever_asks() -> None:
    lunch = rule(time(12), time(13), works=False)
    assert worked([rule(time(9), time(17)), lunch]) == [("09:00", "12:00"), ("13:00", "17:00")]
    assert worked([lunch]) == []


def test_hours_for_video_are_not_for_coming_in() -> None:
    assert worked([rule(mode="video")]) == []
    assert worked([rule(mode="video")], mode="video") == MORNING


def test_time_kept_for_some_is_theirs_and_everybodys_once_it_is_released() -> None:
    kept = [rule(kept_for="returning", release_days=2, release_time=time(18))]
    before, after = (moment(-2 * 24 * 60 + 18 * 60 + n) for n in (-1, 0))
    assert worked(kept, now=before, standing="returning") == MORNING
    for stranger in ("", "new"):
        assert worked(kept, now=before, standing=stranger) == []
        assert worked(kept, now=after, standing=stranger) == MORNING


def test_the_same_days_times_are_nobodys_until_that_morning() -> None:
    kept = [rule(kept_for="same_day", release_days=0, release_time=time(7))]
    for standing in ("", "new", "returning"):
        assert worked(kept, now=moment(7 * 60 - 1), standing=standing) == []
        assert worked(kept, now=moment(7 * 60), standing=standing) == MORNING


def test_time_for_new_patients_alone_is_never_released() -> None:
    kept = [rule(kept_for="new")]
    assert worked(kept, now=moment(9 * 60), standing="returning") == []
    assert worked(kept, standing="new") == MORNING

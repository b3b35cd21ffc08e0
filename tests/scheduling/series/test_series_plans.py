"""Plans of series: on the wished days and hours, never overlapping, whatever the clocks do."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from scheduling.clinic.rules.working_hours import instant_of
from scheduling.series.rules.series import Aim, Opening, SeriesPattern, Shift, aims_of, planned

ZONE = ZoneInfo("America/New_York")
TUESDAY, FRIDAY = 1, 4
FIRST = date(2026, 10, 19)  # two weeks before the clocks go back


def opening(day: date, hour: int, minute: int = 0, who: int = 1) -> Opening:
    start = instant_of(datetime.combine(day, time(hour, minute), ZONE))
    return Opening(start, start + 45 * 60, day, time(hour, minute), who)


def every_day(*hours: int, days: int = 90, who: int = 1) -> list[Opening]:
    return [
        opening(FIRST + timedelta(days=n), hour, who=who) for n in range(days) for hour in hours
    ]


TEN = SeriesPattern(10, frozenset({TUESDAY, FRIDAY}), FIRST, earliest=time(16))


def test_ten_on_tuesdays_and_fridays_after_four() -> None:
    plan = planned(aims_of(TEN), every_day(9, 16, 17))
    assert len(plan) == 10
    assert {each.opening.day.weekday() for each in plan if each.opening} == {TUESDAY, FRIDAY}
    assert {each.opening.at for each in plan if each.opening} == {time(16)}
    # Four o'clock on both sides of November 1.
    utc = {datetime.fromtimestamp(each.opening.start, UTC).hour for each in plan if each.opening}
    assert utc == {20, 21}


def test_a_day_that_is_full_is_a_conflict_with_the_nearest_times() -> None:
    full = date(2026, 10, 23)
    openings = [each for each in every_day(9, 16) if each.day != full]
    plan = planned(aims_of(TEN), openings)
    (conflict,) = [each for each in plan if each.opening is None]
    assert conflict.aim.day == full
    assert [each.day for each in conflict.alternatives] == [
        date(2026, 10, 22),
        date(2026, 10, 24),
        date(2026, 10, 21),
    ]
    assert {each.at for each in conflict.alternatives} == {time(16)}


def test_two_conflicts_are_not_offered_the_same_first() -> None:
    gone = {date(2026, 10, 20), date(2026, 10, 23)}
    openings = [each for each in every_day(16) if each.day not in gone]
    plan = planned(aims_of(TEN), openings)
    firsts = [each.alternatives[0].day for each in plan if each.opening is None]
    assert len(firsts) == len(set(firsts)) == 2


def test_one_clinician_has_as_many_of_them_as_possible() -> None:
    first = [each for each in every_day(16, who=1) if each.day > date(2026, 10, 23)]
    plan = planned(aims_of(TEN), [*first, *every_day(17, who=2)])
    assert {each.opening.clinician_id for each in plan if each.opening} == {2}


def test_what_the_patient_has_already_is_left_free() -> None:
    day = date(2026, 10, 20)
    busy = [(opening(day, 16).start - 60, opening(day, 16).end)]
    plan = planned(aims_of(TEN), every_day(16, 18), busy=busy)
    assert plan[0].opening == opening(day, 18)


def test_no_weekday_is_no_plan() -> None:
    assert aims_of(SeriesPattern(10, frozenset(), FIRST)) == []


WISHES = st.builds(
    SeriesPattern,
    count=st.integers(1, 12),
    weekdays=st.frozensets(st.integers(0, 6), min_size=1),
    first_day=st.dates(date(2026, 2, 1), date(2026, 11, 1)),
    earliest=st.sampled_from([time(0), time(9), time(16)]),
    latest=st.sampled_from([time(17), time(23, 59)]),
    days_between=st.integers(1, 9),
)


@given(WISHES, st.data())
def test_plans_keep_to_the_wish_and_never_overlap(wish: SeriesPattern, data: st.DataObject) -> None:
    aims = aims_of(wish)
    hours = st.tuples(st.integers(0, 150), st.sampled_from([8, 9, 16, 17]), st.integers(1, 2))
    openings = [
        opening(wish.first_day + timedelta(days=n), hour, who=who)
        for n, hour, who in data.draw(st.lists(hours, max_size=60))
    ]
    plan = planned(aims, openings, days_between=wish.days_between)
    days = [each.aim.day for each in plan]
    assert len(days) == wish.count
    assert all((later - day).days >= wish.days_between for day, later in pairwise(days))
    assert all(day.weekday() in wish.weekdays and day >= wish.first_day for day in days)
    proposed = [each.opening for each in plan if each.opening]
    for each in plan:
        if each.opening:
            assert each.opening.day == each.aim.day
            assert wish.earliest <= each.opening.at <= wish.latest
            assert each.opening in openings
            assert each.alternatives == ()
        for other in each.alternatives:
            assert all(abs((other.day - taken.day).days) >= wish.days_between for taken in proposed)
    ordered = sorted(proposed)
    assert all(one.end <= other.start for one, other in pairwise(ordered))


@given(
    st.dates(date(2026, 1, 1), date(2030, 12, 31)),
    st.times(),
    st.integers(-30, 30),
    st.integers(-1440, 1440),
)
def test_a_shift_and_its_opposite_are_nothing(day: date, at: time, days: int, minutes: int) -> None:
    shift = Shift(days, minutes)
    assert (-shift).of(*shift.of(day, at)) == (day, at)


def test_a_shift_keeps_the_hour_of_the_wall_across_the_change_of_clocks() -> None:
    assert Shift(7, 30).of(date(2026, 10, 27), time(16)) == (date(2026, 11, 3), time(16, 30))


def test_a_move_aims_at_one_hour_with_the_same_clinician() -> None:
    day = date(2026, 10, 21)
    aim = Aim(day, time(16), time(16), clinician_id=2)
    (one,) = planned([aim], [opening(day, 16, who=1), opening(day, 16, who=2)])
    assert one.opening == opening(day, 16, who=2)
    (other,) = planned([aim], [opening(day, 15), opening(day, 17, who=2)])
    assert other.opening is None
    assert [each.day for each in other.alternatives] == [day]

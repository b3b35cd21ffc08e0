"""What patients wish, what fulfills it and why: pure rules."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.availability.rules.preferences import (
    ANYWHERE,
    Preferences,
    Reason,
    SiteProfile,
    SlotKey,
    first_days,
    fits_when,
    fits_who,
    key_from,
    loosened,
    part_of_day,
    reasons_of_place,
    reasons_of_time,
    sites_that_fit,
)
from scheduling.clinic.rules.clinicians import ClinicianProfile
from scheduling.clinic.rules.parts_of_day import PARTS

ANA = ClinicianProfile(1, "Ana Ruiz", ("en", "es"), "female")
SAM = ClinicianProfile(2, "Sam Osei", ("en",), "male")
TUESDAY, SATURDAY = date(2026, 11, 24), date(2026, 11, 28)
HERE, NEAR, FAR = (
    SiteProfile(1, False, 0.4),
    SiteProfile(2, True, 12.0),
    SiteProfile(3, True, 480.0),
)

moments = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1))
wishes_of_times = st.builds(
    Preferences,
    weekdays=st.frozensets(st.integers(0, 6)),
    parts=st.frozensets(st.sampled_from(sorted(PARTS))),
    off_hours=st.booleans(),
    same_day=st.booleans(),
)


def at(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour)


@pytest.mark.parametrize(
    ("preferences", "who"),
    [
        (Preferences(), [ANA, SAM]),
        (Preferences(language="es"), [ANA]),
        (Preferences(language="en"), [ANA, SAM]),
        (Preferences(gender="male"), [SAM]),
        (Preferences(gender="male", language="es"), []),
        (Preferences(clinician_id=2), [SAM]),
    ],
)
def test_people_are_chosen_by_language_gender_or_name(
    preferences: Preferences, who: list[ClinicianProfile]
) -> None:
    assert [each for each in (ANA, SAM) if fits_who(each, preferences)] == who


@pytest.mark.parametrize(
    ("preferences", "fits"),
    [
        (Preferences(), {(TUESDAY, 9), (TUESDAY, 13), (TUESDAY, 17), (SATURDAY, 9)}),
        (Preferences(parts=frozenset({"morning"})), {(TUESDAY, 9), (SATURDAY, 9)}),
        (Preferences(parts=frozenset({"afternoon", "evening"})), {(TUESDAY, 13), (TUESDAY, 17)}),
        (Preferences(weekdays=frozenset({5})), {(SATURDAY, 9)}),
        (Preferences(off_hours=True), {(TUESDAY, 17), (SATURDAY, 9)}),
        (Preferences(same_day=True), {(TUESDAY, 9), (TUESDAY, 13), (TUESDAY, 17)}),
    ],
)
def test_times_are_chosen_by_day_and_hour(
    preferences: Preferences, fits: set[tuple[date, int]]
) -> None:
    all_of_them = [(TUESDAY, 9), (TUESDAY, 13), (TUESDAY, 17), (SATURDAY, 9)]
    found = {(d, h) for d, h in all_of_them if fits_when(at(d, h), preferences, today=TUESDAY)}
    assert found == fits


@pytest.mark.parametrize(
    ("preferences", "sites"),
    [
        (Preferences(), [HERE, NEAR]),
        (Preferences(within=5), [HERE]),
        (Preferences(within=ANYWHERE), [HERE, NEAR, FAR]),
        (Preferences(step_free=True), [NEAR]),
        (Preferences(step_free=True, within=5), []),
        (Preferences(site_ids=frozenset({3})), [FAR]),
        (Preferences(mode="video", step_free=True), [HERE, NEAR, FAR]),
    ],
)
def test_sites_are_those_near_the_place_nearest_first(
    preferences: Preferences, sites: list[SiteProfile]
) -> None:
    assert sites_that_fit([FAR, NEAR, HERE], preferences) == sites


def test_who_lives_far_out_is_shown_the_nearest_site() -> None:
    assert sites_that_fit([FAR, replace(FAR, miles=500.0)], Preferences()) == [FAR]


def test_without_a_place_every_site_is_as_near_as_any() -> None:
    sites = [replace(each, miles=None) for each in (FAR, NEAR, HERE)]
    assert sites_that_fit(sites, Preferences(within=5)) == sites


def test_each_reason_is_a_wish_that_was_had() -> None:
    asked = Preferences(language="es", gender="female", step_free=True)
    assert reasons_of_place(NEAR, ANA, asked) == (
        Reason("miles", 12.0),
        Reason("language", "es"),
        Reason("gender", "female"),
        Reason("step_free"),
    )
    assert reasons_of_place(replace(NEAR, miles=None), ANA, Preferences()) == ()
    assert reasons_of_place(HERE, ANA, Preferences(mode="video", clinician_id=1)) == (
        Reason("video"),
        Reason("clinician", "Ana Ruiz"),
    )


@given(moments, wishes_of_times)
def test_a_time_that_fits_says_why_as_often_as_something_was_asked(
    local: datetime, preferences: Preferences
) -> None:
    reasons = {reason.kind: reason.value for reason in reasons_of_time(local, preferences)}
    if not preferences.of_times:
        assert not reasons
    if fits_when(local, preferences, today=local.date()):
        assert bool(reasons) == preferences.of_times
        assert reasons.get("weekday", local.weekday()) == local.weekday()
        assert reasons.get("part", part_of_day(local)) == part_of_day(local)
        assert "weekend" not in reasons or local.weekday() >= 5


@given(moments, wishes_of_times)
def test_giving_a_wish_up_never_loses_a_time(local: datetime, preferences: Preferences) -> None:
    today = local.date()
    for _, less in loosened(preferences, near=False):
        assert fits_when(local, less, today=today) >= fits_when(local, preferences, today=today)


def test_only_what_was_wished_can_be_given_up() -> None:
    assert loosened(Preferences(), near=False) == []
    assert [each.kind for each in loosened(Preferences(), near=True)] == ["where"]
    assert loosened(Preferences(within=ANYWHERE), near=True) == []
    everything = Preferences(
        site_ids=frozenset({1}),
        clinician_id=1,
        language="es",
        gender="female",
        step_free=True,
        parts=frozenset({"morning"}),
    )
    kinds = [each.kind for each in loosened(everything, near=False)]
    assert kinds == ["when", "who", "where", "gender", "language", "step_free"]


# --- Pages

keys = st.builds(SlotKey, *(st.integers(0, 10**9) for _ in range(3)))


@given(keys)
def test_a_key_is_read_as_it_was_written(key: SlotKey) -> None:
    assert key_from(str(key)) == key


@pytest.mark.parametrize(
    "text", ["", "1", "1.2", "1.2.3.4", "a.b.c", "1.2.-3", "1..3", "1.2.3 ", "٣.1.2", "9" * 13]
)
def test_what_is_no_key_is_none(text: str) -> None:
    assert key_from(text) is None


def day_of(key: SlotKey) -> date:
    return datetime.fromtimestamp(key.start, UTC).date()


hours = st.integers(0, 24 * 30).map(lambda hour: SlotKey(hour * 3600, hour % 3, 1))
some = st.sets(hours, max_size=40).map(sorted)


@given(some, st.integers(1, 5))
def test_turning_pages_shows_everything_once_in_order(times: list[SlotKey], days: int) -> None:
    seen: list[SlotKey] = []
    more = True
    while more:
        rest = [key for key in times if not seen or key > seen[-1]]
        page, more = first_days(rest, day_of=day_of, most=days)
        assert len({day_of(key) for key in page}) <= days
        seen += page
    assert seen == times


@given(some, some, some, st.integers(1, 5))
def test_what_goes_or_comes_between_two_pages_loses_nothing_and_repeats_nothing(
    times: list[SlotKey], gone: list[SlotKey], come: list[SlotKey], days: int
) -> None:
    first, _ = first_days(times, day_of=day_of, most=days)
    if not first:
        return
    changed = sorted((set(times) - set(gone)) | set(come))
    rest, _ = first_days((key for key in changed if key > first[-1]), day_of=day_of, most=None)
    assert not set(first) & set(rest)
    assert {key for key in changed if key > first[-1]} == set(rest)


@given(some, st.integers(1, 5))
def test_the_page_before_the_second_is_the_first(times: list[SlotKey], days: int) -> None:
    first, more = first_days(times, day_of=day_of, most=days)
    if not more:
        return
    second = [key for key in times if key > first[-1]]
    back, _ = first_days(
        (key for key in reversed(times) if key < second[0]), day_of=day_of, most=days
    )
    assert back[::-1] == first


def test_days_without_a_time_are_no_days() -> None:
    week = [SlotKey(day * 86_400, 1, 1) for day in (0, 1, 9, 20)]
    page, more = first_days(week, day_of=day_of, most=3)
    assert (page, more) == (week[:3], True)
    assert day_of(page[-1]) - day_of(page[0]) == timedelta(days=9)

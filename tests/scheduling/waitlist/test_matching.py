"""Whom a time fits, and who is asked first."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from scheduling.clinic.rules.parts_of_day import PARTS
from scheduling.clinic.rules.working_hours import DAY
from scheduling.waitlist.rules import (
    LONGEST_OFFER,
    PRIORITIES,
    SHORTEST_OFFER,
    OpenTime,
    Waiting,
    best_first,
    fits,
    offer_until,
    score,
)

HOUR = 60 * 60
NOW = 1_795_446_000  # Monday, November 23, 2026, 15:00 UTC
TODAY = date(2026, 11, 23)

TIME = OpenTime(
    start=NOW + 2 * DAY,
    end=NOW + 2 * DAY + HOUR // 2,
    resource_id=1,
    clinician_id=1,
    site_id=1,
    visit_type_id=1,
    mode="in_person",
    standing="returning",
    day=TODAY + timedelta(days=2),
    hour=10,
)
ROSA = Waiting(
    entry_id=1,
    visit_type_id=1,
    site_ids=frozenset({1}),
    modes=frozenset({"in_person"}),
    standing="returning",
    earliest=TODAY,
    latest=TODAY + timedelta(days=30),
    since=NOW - 3 * DAY,
)

few = st.integers(1, 3)
times = st.builds(
    lambda ahead, length, who, site, kind, mode, standing, hour: OpenTime(
        start=NOW + ahead,
        end=NOW + ahead + length,
        resource_id=who,
        clinician_id=who,
        site_id=site,
        visit_type_id=kind,
        mode=mode,
        standing=standing,
        day=TODAY + timedelta(seconds=ahead),
        hour=hour,
    ),
    st.integers(-HOUR, 40 * DAY),
    st.integers(5 * 60, 3 * HOUR),
    few,
    few,
    few,
    st.sampled_from(["in_person", "video"]),
    st.sampled_from(["new", "returning"]),
    st.integers(0, 23),
)
waiting = st.builds(
    Waiting,
    entry_id=st.integers(1, 10_000),
    visit_type_id=few,
    site_ids=st.frozensets(few, min_size=1),
    modes=st.frozensets(st.sampled_from(["in_person", "video"]), min_size=1),
    standing=st.sampled_from(["new", "returning"]),
    earliest=st.dates(TODAY - timedelta(days=9), TODAY + timedelta(days=9)),
    latest=st.dates(TODAY + timedelta(days=10), TODAY + timedelta(days=60)),
    since=st.integers(NOW - 200 * DAY, NOW),
    notice=st.integers(0, 5 * DAY),
    priority=st.sampled_from(PRIORITIES),
    clinician_id=st.none() | few,
    weekdays=st.frozensets(st.integers(0, 6)),
    parts=st.frozensets(st.sampled_from(sorted(PARTS))),
    before=st.none() | st.integers(NOW, NOW + 60 * DAY),
    quiet=st.booleans(),
)
easy = st.builds(
    lambda **some: replace(ROSA, **some),
    entry_id=st.integers(1, 10_000),
    since=st.integers(NOW - 200 * DAY, NOW),
    notice=st.integers(0, 2 * DAY),
    priority=st.sampled_from(PRIORITIES),
    clinician_id=st.sampled_from([None, 1]),
    before=st.none() | st.integers(TIME.start + 1, NOW + 60 * DAY),
)
lists = st.lists(waiting, max_size=12, unique_by=lambda each: each.entry_id)
easy_lists = st.lists(easy, min_size=2, max_size=12, unique_by=lambda each: each.entry_id)


@given(st.lists(times, max_size=4), lists)
def test_nobody_is_asked_about_a_time_that_does_not_suit_them(
    open_times: list[OpenTime], everybody: list[Waiting]
) -> None:
    for time, who in best_first(open_times, everybody, now=NOW):
        assert time.visit_type_id == who.visit_type_id
        assert time.site_id in who.site_ids
        assert time.mode in who.modes
        assert time.standing == who.standing
        assert who.earliest <= time.day <= who.latest
        assert time.start - NOW >= who.notice
        assert time.start > NOW
        assert who.clinician_id in (None, time.clinician_id)
        assert not who.weekdays or time.day.weekday() in who.weekdays
        assert not who.parts or any(
            PARTS[part][0] <= time.hour < PARTS[part][1] for part in who.parts
        )
        assert who.before is None or time.start < who.before
        assert not who.quiet


@given(st.lists(times, max_size=4), lists)
def test_everybody_whom_a_time_suits_is_in_the_order_once(
    open_times: list[OpenTime], everybody: list[Waiting]
) -> None:
    ordered = best_first(open_times, everybody, now=NOW)
    suited = [(time, who) for time in open_times for who in everybody if fits(time, who, now=NOW)]
    assert len(ordered) == len(suited)
    assert all(pair in suited for pair in ordered)


@given(easy_lists)
def test_of_two_alike_who_waits_longer_is_asked_first(everybody: list[Waiting]) -> None:
    alike = [replace(ROSA, entry_id=each.entry_id, since=each.since) for each in everybody]
    asked = [who for _, who in best_first([TIME], alike, now=NOW)]
    assert [who.since for who in asked] == sorted(who.since for who in alike)


@given(easy_lists)
def test_who_is_more_urgent_is_asked_before_all_who_are_less(everybody: list[Waiting]) -> None:
    asked = [who.priority for _, who in best_first([TIME], everybody, now=NOW)]
    assert asked == sorted(asked, reverse=True)
    assert len(asked) == len(everybody)


@given(easy_lists, st.randoms(use_true_random=False))
def test_the_order_does_not_depend_on_how_they_are_listed(everybody: list[Waiting], dice) -> None:  # type: ignore[no-untyped-def]
    mixed = list(everybody)
    dice.shuffle(mixed)
    assert best_first([TIME], mixed, now=NOW) == best_first([TIME], everybody, now=NOW)


@given(easy, st.integers(1, 100 * DAY))
def test_waiting_longer_never_costs_the_place(who: Waiting, longer: int) -> None:
    assert score(TIME, replace(who, since=who.since - longer), now=NOW) >= score(TIME, who, now=NOW)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"visit_type_id": 2}, "another kind of visit"),
        ({"site_ids": frozenset({2})}, "another site"),
        ({"clinician_id": 2}, "another clinician"),
        ({"modes": frozenset({"video"})}, "another way of meeting"),
        ({"standing": "new"}, "kept for those who were here before"),
        ({"earliest": TIME.day + timedelta(days=1)}, "too early"),
        ({"latest": TIME.day - timedelta(days=1)}, "too late"),
        ({"weekdays": frozenset({0})}, "not on a Wednesday"),
        ({"parts": frozenset({"afternoon", "evening"})}, "not in the morning"),
        ({"notice": 2 * DAY + 1}, "too little notice"),
        ({"before": TIME.start}, "not sooner than the visit they have"),
        ({"busy": ((TIME.start - HOUR, TIME.start + 1),)}, "they have another visit then"),
        ({"passed": frozenset({(1, TIME.start)})}, "they passed on it"),
        ({"quiet": True}, "they sleep"),
    ],
)
def test_what_does_not_fit(changed: dict[str, object], why: str) -> None:
    assert fits(TIME, ROSA, now=NOW)
    assert not fits(TIME, replace(ROSA, **changed), now=NOW), why  # type: ignore[arg-type]


def test_a_visit_that_ends_as_the_other_begins_is_no_obstacle() -> None:
    around = ((TIME.start - HOUR, TIME.start), (TIME.end, TIME.end + HOUR))
    assert fits(TIME, replace(ROSA, busy=around), now=NOW)


def test_their_own_clinician_and_a_visit_far_away_count() -> None:
    asks = replace(ROSA, clinician_id=1)
    assert score(TIME, asks, now=NOW) == score(TIME, ROSA, now=NOW) + 10
    near, far = (replace(ROSA, before=TIME.start + days * DAY) for days in (3, 30))
    assert score(TIME, far, now=NOW) == score(TIME, near, now=NOW) + 9


def test_who_can_come_at_short_notice_is_kept_for_short_notice() -> None:
    needs_two_days = replace(ROSA, entry_id=2, notice=2 * DAY)
    assert [who.entry_id for _, who in best_first([TIME], [ROSA, needs_two_days], now=NOW)] == [
        2,
        1,
    ]


def test_one_person_is_asked_about_the_sooner_of_two_times() -> None:
    later = replace(TIME, start=TIME.start + HOUR, end=TIME.end + HOUR)
    assert [time for time, _ in best_first([later, TIME], [ROSA], now=NOW)] == [TIME, later]


@pytest.mark.parametrize(
    ("notice", "minutes"),
    [(1.5, 15), (2, 15), (4, 30), (8, 60), (16, 120), (24, 120), (24 * 30, 120)],
)
def test_how_long_a_time_is_kept(notice: float, minutes: int) -> None:
    start = NOW + int(notice * HOUR)
    assert offer_until(start=start, bookable_until=start, now=NOW) == NOW + minutes * 60


@given(st.integers(1, 60 * DAY), st.integers(0, 3 * HOUR))
def test_an_offer_ends_while_the_time_can_still_be_booked(notice: int, closes: int) -> None:
    start = NOW + notice
    until = offer_until(start=start, bookable_until=start - closes, now=NOW)
    assume(until is not None)
    assert until is not None
    assert until <= start - closes
    assert SHORTEST_OFFER <= until - NOW <= LONGEST_OFFER


def test_nobody_is_asked_when_there_is_no_time_to_answer() -> None:
    start = NOW + 70 * 60
    assert offer_until(start=start, bookable_until=start - HOUR, now=NOW) is None

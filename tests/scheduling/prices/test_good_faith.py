"""When an estimate is due, by the calendar of the federal government."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.prices.rules.good_faith import (
    business_days_after,
    due_after_asking,
    due_after_booking,
    federal_holidays,
    is_business_day,
)

DAYS = st.dates(date(2024, 1, 1), date(2036, 12, 31))
AHEAD = st.integers(0, 400).map(timedelta)


def between(first: date, last: date) -> list[date]:
    """The business days after ``first``, up to and with ``last``, counted one by one."""
    days = (first + timedelta(days=number) for number in range(1, (last - first).days + 1))
    return [day for day in days if is_business_day(day, federal_holidays(day.year))]


@given(DAYS, AHEAD)
def test_it_is_due_on_a_business_day_after_booking_as_many_ahead_as_the_rule_says(
    booked: date, ahead: timedelta
) -> None:
    visit = booked + ahead
    due = due_after_booking(booked, visit, federal_holidays(booked.year))
    days_ahead = len(between(booked, visit))
    if due is None:
        assert days_ahead < 3
        return
    assert is_business_day(due, federal_holidays(due.year))
    assert booked < due <= visit
    assert len(between(booked, due)) == (3 if days_ahead >= 10 else 1)
    assert days_ahead >= 3


@given(DAYS, AHEAD)
def test_asking_gives_it_within_three_business_days_and_before_the_visit_if_one_is_left(
    asked: date, ahead: timedelta
) -> None:
    visit = asked + ahead
    due = due_after_asking(asked, visit, federal_holidays(asked.year))
    left = between(asked - timedelta(days=1), visit)
    assert is_business_day(due, federal_holidays(due.year))
    assert asked <= due
    assert len(between(asked, due)) <= 3
    if due <= visit:
        assert len(between(asked, due)) == 3 or due == left[-1]
    else:
        assert left == []


@given(DAYS, AHEAD, st.integers(0, 12))
def test_who_asks_later_never_has_it_sooner(asked: date, later: timedelta, number: int) -> None:
    closed = federal_holidays(asked.year) | federal_holidays((asked + later).year)
    visit = asked + later + timedelta(days=14)
    first, second = (due_after_asking(day, visit, closed) for day in (asked, asked + later))
    assert first <= second
    assert business_days_after(asked, number, closed) <= business_days_after(
        asked + later, number, closed
    )


@given(DAYS, AHEAD, AHEAD)
def test_a_visit_further_ahead_is_never_due_sooner(
    booked: date, ahead: timedelta, further: timedelta
) -> None:
    closed = federal_holidays(booked.year)
    due = due_after_booking(booked, booked + ahead, closed)
    if due is not None:
        later = due_after_booking(booked, booked + ahead + further, closed)
        assert later is not None
        assert due <= later


@pytest.mark.parametrize(
    ("booked", "visit", "due"),
    [
        # Thanksgiving is Thursday, November 26.
        (date(2026, 11, 23), date(2026, 11, 25), None),  # two business days ahead
        (date(2026, 11, 23), date(2026, 11, 26), None),  # the third day is a holiday
        (date(2026, 11, 23), date(2026, 11, 27), date(2026, 11, 24)),
        (date(2026, 11, 25), date(2026, 12, 1), date(2026, 11, 27)),
        (date(2026, 11, 23), date(2026, 12, 7), date(2026, 11, 24)),  # nine ahead
        (date(2026, 11, 23), date(2026, 12, 8), date(2026, 11, 27)),  # ten ahead
        (date(2026, 11, 21), date(2026, 11, 25), date(2026, 11, 23)),  # booked on a Saturday
        # Christmas 2027 is a Saturday, observed on Friday, and New Year's Day 2028 likewise.
        (date(2027, 12, 23), date(2027, 12, 29), date(2027, 12, 27)),
        (date(2027, 12, 30), date(2028, 1, 31), date(2028, 1, 5)),
    ],
)
def test_holidays_and_week_ends_do_not_count(booked: date, visit: date, due: date | None) -> None:
    assert due_after_booking(booked, visit, federal_holidays(booked.year)) == due

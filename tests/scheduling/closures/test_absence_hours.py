"""From when until when somebody is away. Pure."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from scheduling.clinic.rules.wall_time import LAST_MOMENT
from scheduling.clinic.rules.working_hours import moment_of
from scheduling.closures.rules import Away

MONDAY, TUESDAY, WEDNESDAY = (date(2026, 11, day) for day in (23, 24, 25))
NOON = time(12)
NEW_YORK = ZoneInfo("America/New_York")


def local(moment: int) -> datetime:
    return moment_of(moment).astimezone(NEW_YORK).replace(tzinfo=None)


def test_whole_days_are_closed_without_times() -> None:
    assert list(Away(MONDAY, TUESDAY).hours()) == [(MONDAY, None, None), (TUESDAY, None, None)]


def test_from_noon_until_noon_closes_the_days_between_whole() -> None:
    assert list(Away(MONDAY, WEDNESDAY, NOON, NOON).hours()) == [
        (MONDAY, NOON, LAST_MOMENT),
        (TUESDAY, None, None),
        (WEDNESDAY, time.min, NOON),
    ]


def test_it_lasts_from_its_first_moment_until_its_last() -> None:
    start, end = Away(MONDAY, TUESDAY, NOON).span(NEW_YORK)
    assert (local(start), local(end)) == (datetime(2026, 11, 23, 12), datetime(2026, 11, 25))
    start, end = Away(MONDAY, MONDAY, time(9), NOON).span(NEW_YORK)
    assert (local(start), local(end)) == (datetime(2026, 11, 23, 9), datetime(2026, 11, 23, 12))


@pytest.mark.parametrize(
    ("away", "takes_time"),
    [
        (Away(MONDAY, MONDAY), True),
        (Away(TUESDAY, MONDAY), False),
        (Away(MONDAY, MONDAY, NOON, NOON), False),
        (Away(MONDAY, MONDAY, NOON, time(11)), False),
        (Away(MONDAY, TUESDAY, NOON, time(11)), True),
        (Away(MONDAY, TUESDAY, NOON, time.min), False),
    ],
)
def test_it_ends_after_it_begins(away: Away, takes_time: bool) -> None:
    assert away.takes_time is takes_time

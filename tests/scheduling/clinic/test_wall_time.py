"""Wall-clock time and instants, on every day that the clocks of some zone change."""

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.clinic.rules.wall_time import instant, working_span
from scheduling.exceptions import AmbiguousTime, NonexistentTime

Offset = timedelta | None
QUARTER = timedelta(minutes=15)
QUARTERS = [time(hour, minute) for hour in range(24) for minute in (0, 15, 30, 45)]
ZONES = sorted(available_timezones())


@cache
def changing_days() -> list[tuple[ZoneInfo, date]]:
    """Every local day, 2026 to 2030, around a change of some zone's clocks.

    Zones that only have another name for the same changes are left out.
    """
    noons = [datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=n) for n in range(1826)]
    zone_of: dict[tuple[tuple[date, Offset, Offset], ...], ZoneInfo] = {}
    for name in ZONES:
        zone = ZoneInfo(name)
        offsets = [noon.astimezone(zone).utcoffset() for noon in noons]
        pairs = zip(noons[1:], pairwise(offsets), strict=True)
        changes = tuple((noon.date(), *pair) for noon, pair in pairs if pair[0] != pair[1])
        zone_of.setdefault(changes, zone)
    return [
        (zone, day + timedelta(days=around))
        for changes, zone in zone_of.items()
        for day, *_ in changes
        for around in (-1, 0)
    ]


def instants_by_wall(day: date, zone: ZoneInfo) -> dict[datetime, list[datetime]]:
    """What every clock in the zone shows, asked each quarter of an hour around a day."""
    shown: dict[datetime, list[datetime]] = defaultdict(list)
    moment = datetime.combine(day, time(), UTC) - timedelta(hours=15)
    for _ in range(54 * 4):
        shown[moment.astimezone(zone).replace(tzinfo=None)].append(moment)
        moment += QUARTER
    return shown


def asked(day: date, wall: time, zone: ZoneInfo) -> list[datetime]:
    """Every instant that ``instant`` can be made to give for a wall time."""
    try:
        return [instant(day, wall, zone)]
    except NonexistentTime:
        return []
    except AmbiguousTime:
        return [instant(day, wall, zone, fold=fold) for fold in (0, 1)]


def test_each_quarter_hour_of_each_changing_day_is_what_the_clocks_show() -> None:
    assert len(changing_days()) > 500
    for zone, day in changing_days():
        shown = instants_by_wall(day, zone)
        for wall in QUARTERS:
            there = shown.get(datetime.combine(day, wall), [])
            assert asked(day, wall, zone) == there, (zone.key, day, wall)


SHIFTS = [
    (time(0), time(12)),
    (time(0, 15), time(1, 30)),
    (time(1), time(2, 45)),
    (time(2, 15), time(9)),
    (time(22), time(23, 30)),
    (time(23), time(23, 45)),
]


def reached(shown: dict[datetime, list[datetime]], wall: datetime, *, last: bool) -> datetime:
    """When the clocks show a wall time, or else first show a later one."""
    there = shown.get(wall) or min(there for clock, there in shown.items() if clock > wall)
    return there[-1 if last else 0]


def test_a_shift_on_a_changing_day_is_as_long_as_it_really_is() -> None:
    for zone, day in changing_days():
        shown = instants_by_wall(day, zone)
        for starts, ends in SHIFTS:
            expected = (
                reached(shown, datetime.combine(day, starts), last=False),
                reached(shown, datetime.combine(day, ends), last=True),
            )
            assert working_span(day, starts, ends, zone) == expected, (zone.key, day, starts)


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        (date(2026, 3, 8), "America/New_York", 11),
        (date(2026, 11, 1), "America/New_York", 13),
        (date(2026, 10, 4), "Australia/Lord_Howe", 11.5),
        (date(2026, 4, 5), "Australia/Lord_Howe", 12.5),
        (date(2026, 3, 8), "America/Phoenix", 12),
    ],
)
def test_midnight_to_noon_is_not_always_twelve_hours(day: date, zone: str, hours: float) -> None:
    opened, closed = working_span(day, time(0), time(12), ZoneInfo(zone))
    assert closed - opened == timedelta(hours=hours)


@given(st.sampled_from(ZONES), st.datetimes(datetime(1975, 1, 1), datetime(2037, 12, 31)))
def test_every_instant_survives_the_way_to_a_wall_and_back(name: str, moment: datetime) -> None:
    zone = ZoneInfo(name)
    local = moment.replace(microsecond=0, tzinfo=UTC).astimezone(zone)
    there = instant(local.date(), local.time(), zone, fold=local.fold)
    assert there == local.astimezone(UTC)
    assert there.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None)


def test_a_time_that_does_not_exist_stays_refused_whichever_fold_is_named() -> None:
    for fold in (None, 0, 1):
        with pytest.raises(NonexistentTime):
            instant(date(2026, 3, 8), time(2, 30), ZoneInfo("America/New_York"), fold=fold)


def test_a_day_that_a_zone_skipped_has_no_times() -> None:
    apia = ZoneInfo("Pacific/Apia")
    assert all(asked(date(2011, 12, 30), wall, apia) == [] for wall in QUARTERS)
    opened, closed = working_span(date(2011, 12, 30), time(9), time(17), apia)
    assert opened == closed

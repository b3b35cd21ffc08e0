"""Nobody is woken by us: quiet hours on the recipient's own clock."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from messaging.rules.delivery import (
    FIRST_RETRY,
    LONGEST_RETRY,
    after_quiet_hours,
    body_hash,
    retry_delay,
)

ZONES = sorted(available_timezones())
NEW_YORK = "America/New_York"
walls = st.times().map(lambda wall: wall.replace(second=0, microsecond=0, fold=0))


def is_quiet(moment: datetime, quiet_from: time, quiet_until: time, zone: ZoneInfo) -> bool:
    """By walking the clock's hand from the beginning of the quiet hours to their end."""
    wall = moment.astimezone(zone).time()
    minutes = [(each.hour * 60 + each.minute) for each in (wall, quiet_from, quiet_until)]
    since, length = (minutes[0] - minutes[1]) % 1440, (minutes[2] - minutes[1]) % 1440
    return since < length


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2030, 12, 31)),
    walls,
    walls,
    st.sampled_from(ZONES),
)
@example(datetime(2026, 11, 1, 6, 10), time(22), time(1, 30), NEW_YORK)  # 1:10, the second time
@example(datetime(2026, 11, 1, 5, 10), time(22), time(1, 30), NEW_YORK)  # 1:10, the first time
@example(datetime(2026, 3, 8, 6, 50), time(22), time(2, 30), NEW_YORK)  # 2:30 is skipped
@example(datetime(2026, 3, 8, 7, 10), time(3), time(4), NEW_YORK)
def test_quiet_hours_end_at_a_later_time_that_is_not_quiet(
    moment: datetime, quiet_from: time, quiet_until: time, name: str
) -> None:
    zone, now = ZoneInfo(name), moment.replace(tzinfo=UTC)
    wake = after_quiet_hours(now, quiet_from=quiet_from, quiet_until=quiet_until, zone=zone)
    assert (wake is not None) == is_quiet(now, quiet_from, quiet_until, zone)
    if wake is not None:
        assert now < wake <= now + timedelta(hours=27)
        assert not is_quiet(wake, quiet_from, quiet_until, zone)


@pytest.mark.parametrize(
    ("now", "wake"),
    [
        ("2026-11-24T01:59:59", None),  # 20:59:59 in New York
        ("2026-11-24T02:00:00", "2026-11-24T13:00:00"),  # 21:00 until 8:00
        ("2026-11-24T12:59:59", "2026-11-24T13:00:00"),
        ("2026-11-24T13:00:00", None),
        # The night the clocks go back is an hour longer, the one they go forward shorter.
        ("2026-11-01T02:00:00", "2026-11-01T13:00:00"),
        ("2026-03-08T03:00:00", "2026-03-08T12:00:00"),
    ],
)
def test_the_night_in_new_york(now: str, wake: str | None) -> None:
    found = after_quiet_hours(
        datetime.fromisoformat(now).replace(tzinfo=UTC),
        quiet_from=time(21),
        quiet_until=time(8),
        zone=ZoneInfo(NEW_YORK),
    )
    assert found == (datetime.fromisoformat(wake).replace(tzinfo=UTC) if wake else None)


def test_equal_ends_mean_never() -> None:
    now = datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert (
        after_quiet_hours(now, quiet_from=time(9), quiet_until=time(9), zone=ZoneInfo("UTC"))
        is None
    )


def test_each_try_waits_longer_up_to_half_an_hour() -> None:
    delays = [retry_delay(number) for number in range(1, 12)]
    assert delays[0] == FIRST_RETRY
    for sooner, later in pairwise(delays):
        assert later == min(2 * sooner, LONGEST_RETRY)
    assert delays[-1] == LONGEST_RETRY


@given(st.text(st.characters(codec="utf-8", exclude_characters=["\x00"])))
def test_a_body_is_recognized_whatever_happens_to_its_blanks(body: str) -> None:
    assert body_hash(f"  {body}\r\n".replace(" ", "  ")) == body_hash(body)
    assert body_hash(body + "!") != body_hash(body)

"""How long people wait."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from checkin.rules import minutes, waited

MOMENTS = st.datetimes(
    min_value=datetime(2026, 1, 1), max_value=datetime(2027, 1, 1), timezones=st.just(UTC)
)


@given(since=MOMENTS, called_at=st.none() | MOMENTS, now=MOMENTS)
def test_a_wait_is_never_negative_and_ends_with_the_call(
    since: datetime, called_at: datetime | None, now: datetime
) -> None:
    length = waited(since=since, called_at=called_at, now=now)
    assert length >= timedelta()
    assert length == max((called_at or now) - since, timedelta())
    assert minutes(length) * timedelta(minutes=1) <= length


@given(since=MOMENTS, now=MOMENTS, more=st.timedeltas(min_value=timedelta()))
def test_waiting_goes_on(since: datetime, now: datetime, more: timedelta) -> None:
    later = waited(since=since, called_at=None, now=since + more % timedelta(days=30))
    sooner = waited(since=since, called_at=None, now=since + more % timedelta(days=30) / 2)
    assert later >= sooner

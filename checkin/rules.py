"""How long people wait. Pure."""

from datetime import datetime, timedelta

LONG_WAIT = timedelta(minutes=20)


def waited(*, since: datetime, called_at: datetime | None, now: datetime) -> timedelta:
    """From arrival until the clinician called, or until now; never negative."""
    return max((called_at or now) - since, timedelta())


def minutes(length: timedelta) -> int:
    """Whole minutes that have passed."""
    return int(length.total_seconds() // 60)

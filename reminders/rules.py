"""When a reminder is due. Pure."""

from datetime import datetime, timedelta


def reminder_time(starts_at: datetime, minutes_before: int) -> datetime:
    """So many minutes of real time before the visit."""
    return starts_at - timedelta(minutes=minutes_before)


def worth_planning(
    *, due_at: datetime, booked_at: datetime, now: datetime, grace: timedelta
) -> bool:
    """Whether a reminder should still be planned.

    Not when its time had already passed as the visit was booked or moved (the confirmation has
    just said it all), nor when it is late by more than ``grace``.
    """
    return due_at > booked_at and now - due_at <= grace

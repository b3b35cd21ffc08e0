"""The decisions of delivery over plain values. Pure: no ORM, no clock, no settings."""

import hashlib
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

MOST_TRIES = 5
FIRST_RETRY = timedelta(seconds=15)
LONGEST_RETRY = timedelta(minutes=30)


def retry_delay(tries: int) -> timedelta:
    """How long to wait before try number ``tries + 1``: doubling from 15 s, at most 30 min."""
    return min(FIRST_RETRY * int(2 ** max(0, tries - 1)), LONGEST_RETRY)


def after_quiet_hours(
    now: datetime, *, quiet_from: time, quiet_until: time, zone: ZoneInfo
) -> datetime | None:
    """When the recipient's quiet hours end, if it is quiet for them at ``now``; else None.

    Quiet hours are wall-clock time of the recipient and may span midnight.
    """
    local = now.astimezone(zone)
    wall = local.time()
    overnight = quiet_from > quiet_until
    quiet = (
        wall >= quiet_from or wall < quiet_until if overnight else quiet_from <= wall < quiet_until
    )
    if not quiet:
        return None
    day = local.date()
    if overnight and wall >= quiet_from:
        day += timedelta(days=1)
    ends = (
        datetime.combine(day, quiet_until, zone).replace(fold=fold).astimezone(UTC)
        for fold in (0, 1)
    )
    # Of an hour that happens twice, the first may be over already.
    return next(end for end in ends if end > now)


def body_hash(body: str) -> str:
    """What a body is recognized by in the provider's list, whatever happens to its blanks."""
    return hashlib.sha256(" ".join(body.split()).encode()).hexdigest()


# How far along a message is; receipts may only raise it. Terminal states are equal. One that
# waits may be there already: it was sent once, and looked for before the provider could tell.
PROGRESS: dict[str, int] = {
    "scheduled": 0,
    "pending": 0,
    "claimed": 0,
    "unknown": 0,
    "sending": 0,
    "accepted": 1,
    "sent": 2,
    "delivered": 3,
    "undelivered": 3,
    "failed": 3,
}

# What the provider calls it, and what it means here. Of a call, "heard" is our own word: a key
# was pressed and the words were said. One that merely ends has told nobody anything.
PROVIDER_STATUS: dict[str, str] = {
    "queued": "accepted",
    "accepted": "accepted",
    "scheduled": "accepted",
    "sending": "accepted",
    "initiated": "accepted",
    "ringing": "accepted",
    "sent": "sent",
    "in-progress": "sent",
    "answered": "sent",
    "delivered": "delivered",
    "read": "delivered",
    "heard": "delivered",
    "completed": "undelivered",
    "undelivered": "undelivered",
    "busy": "undelivered",
    "no-answer": "undelivered",
    "failed": "failed",
    "canceled": "failed",
}


def raised_by_receipt(state: str, reported: str) -> str | None:
    """The state a receipt lifts a message to, or None when it tells nothing new."""
    after = PROVIDER_STATUS.get(reported)
    if after is None or state not in PROGRESS or PROGRESS[after] <= PROGRESS[state]:
        return None
    return after

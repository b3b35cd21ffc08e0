"""When a video visit can be joined, and where it takes place. Pure."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil

OPENS_BEFORE = timedelta(minutes=15)
# A clinician may run late, and a conversation is not cut off.
STAYS_OPEN = timedelta(minutes=30)
ROOM = "{room}"


class Doors(StrEnum):
    """Whether the room of a video visit can be entered."""

    EARLY = "early"
    OPEN = "open"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class JoinTimes:
    """From ``opens_at`` until before ``closes_at`` a video visit can be joined."""

    opens_at: datetime
    closes_at: datetime

    def doors(self, now: datetime) -> Doors:
        if now < self.opens_at:
            return Doors.EARLY
        return Doors.OPEN if now < self.closes_at else Doors.OVER

    def seconds_to_wait(self, now: datetime) -> int:
        """Until it opens; none when it has."""
        return max(0, ceil((self.opens_at - now).total_seconds()))


def join_times(*, starts_at: datetime, ends_at: datetime) -> JoinTimes:
    """It opens 15 minutes before the visit, and closes half an hour after its planned end."""
    return JoinTimes(starts_at - OPENS_BEFORE, ends_at + STAYS_OPEN)


def room_of(visit: str, *, key: str) -> str:
    """The name of a visit's room: 128 bits that tell nothing of the visit without the key.

    The same for everybody who joins it, and another one for each visit.
    """
    return hmac.new(key.encode(), f"video-room:{visit}".encode(), "sha256").hexdigest()[:32]


def room_address(pattern: str, room: str) -> str:
    """Where the room is at the provider; empty when the clinic has none."""
    return pattern.replace(ROOM, room)

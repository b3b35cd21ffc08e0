"""Where and when a video visit takes place."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from scheduling.appointments.rules.telehealth import (
    Doors,
    JoinTimes,
    join_times,
    room_address,
    room_of,
)
from scheduling.models import Appointment, Mode
from scheduling.transitions import PRESENT, UPCOMING


@dataclass(frozen=True, slots=True)
class VideoVisit:
    """A visit's room at the provider. ``address`` is empty where the clinic has no provider and
    calls by phone; it is for those who take part, and for nobody's log or letter.
    """

    times: JoinTimes
    doors: Doors
    address: str
    seconds_to_wait: int

    @property
    def can_join(self) -> bool:
        return self.doors == Doors.OPEN and bool(self.address)


def video_visit(appointment: Appointment, *, now: datetime) -> VideoVisit | None:
    """None for a visit in person, and for one that was canceled, is over or was missed."""
    if appointment.mode != Mode.VIDEO or appointment.status not in UPCOMING | PRESENT:
        return None
    times = join_times(starts_at=appointment.starts_at, ends_at=appointment.ends_at)
    room = room_of(str(appointment.public_id), key=settings.SECRET_KEY)
    return VideoVisit(
        times=times,
        doors=times.doors(now),
        address=room_address(settings.VIDEO_VISIT_URL, room),
        seconds_to_wait=times.seconds_to_wait(now),
    )


def other_mode(appointment: Appointment) -> str:
    """The way in which the visit could be had instead; empty when there is none."""
    others = [mode for mode in appointment.visit_type.modes if mode != appointment.mode]
    return others[0] if others else ""

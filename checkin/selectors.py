"""Reads for the desk and for clinicians."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from checkin.rules import LONG_WAIT, minutes, waited
from people.models import User
from scheduling.appointments.rules.telehealth import Doors
from scheduling.appointments.selectors.appointments import appointments_for_staff, appointments_on
from scheduling.appointments.selectors.called_off import with_called_off
from scheduling.appointments.selectors.video import video_visit
from scheduling.models import Appointment, Clinician, Site
from scheduling.transitions import PRESENT, UPCOMING, Status


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One visit on a board. ``waited_minutes`` is None until the patient is here.

    ``video_address`` is the room of a video visit, for its clinician alone.
    """

    appointment: Appointment
    arrived_at: datetime | None
    waited_minutes: int | None
    waits_long: bool
    video_address: str = ""


def arrivals_for_day(
    user: User, *, site: Site, day: date, now: datetime
) -> dict[str, list[BoardRow]]:
    """A site's day for the desk, in four lists: expected, here, with_clinician, done.

    Three queries at most, however many visits.
    """
    rows = appointments_on(
        appointments_for_staff(user).select_related("arrival"), site=site, day=day
    )
    lists: dict[str, list[BoardRow]] = {
        "expected": [],
        "here": [],
        "with_clinician": [],
        "done": [],
    }
    for appointment in with_called_off(rows):
        lists[_list_of(appointment.status)].append(_row(appointment, now))
    return lists


def day_of_clinician(
    clinician: Clinician, *, day: date, now: datetime
) -> dict[str, list[BoardRow]]:
    """A clinician's day: who waits (longest first), who is with them, who is expected, done."""
    rows = (
        Appointment.objects.filter(clinician=clinician, local_date=day)
        .exclude(status__in=[Status.CANCELED, Status.NO_SHOW])
        .select_related("person", "visit_type", "site", "clinician", "arrival")
        .order_by("starts_at")
    )
    lists: dict[str, list[BoardRow]] = {
        "waiting": [],
        "with_me": [],
        "expected": [],
        "done": [],
    }
    names = {"here": "waiting", "with_clinician": "with_me"}
    for appointment in with_called_off(rows):
        name = _list_of(appointment.status)
        row = replace(_row(appointment, now), video_address=_room(appointment, now))
        lists[names.get(name, name)].append(row)
    lists["waiting"].sort(key=lambda row: row.arrived_at or now)
    return lists


def _room(appointment: Appointment, now: datetime) -> str:
    video = video_visit(appointment, now=now)
    return video.address if video and video.doors != Doors.OVER else ""


def _list_of(status: str) -> str:
    if status in UPCOMING:
        return "expected"
    if status == Status.IN_VISIT:
        return "with_clinician"
    return "here" if status in PRESENT else "done"


def _row(appointment: Appointment, now: datetime) -> BoardRow:
    arrival = getattr(appointment, "arrival", None)
    if arrival is None:
        return BoardRow(appointment, None, None, waits_long=False)
    length = waited(since=arrival.arrived_at, called_at=arrival.called_at, now=now)
    return BoardRow(
        appointment,
        arrival.arrived_at,
        minutes(length),
        waits_long=arrival.called_at is None and length >= LONG_WAIT,
    )

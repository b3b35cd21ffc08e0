"""Moving a visit: the one way it gets another time, place, clinician, or way of meeting.

Four doors lead here: patients move (``rescheduling``), staff move (``staff_booking``), the way of
meeting changes (``visit_mode``), and a change is undone (``undo``). They differ in what they
refuse, in how the time is claimed, and in what the patient is told.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from infrastructure.rows import Write, update, write
from people.models import User
from scheduling.availability.selectors.search import Slot, shape_of
from scheduling.booking.services import allocations
from scheduling.booking.services.allocations import Taken, Taking
from scheduling.booking.services.claims import Take
from scheduling.booking.services.freed_times_nudge import FREED_TIMES
from scheduling.booking.services.preconditions import Preconditions, preconditions
from scheduling.booking.services.visit_changes import Change, write_change
from scheduling.clinic.rules.working_hours import instant_of
from scheduling.exceptions import HasVisitThen, IllegalTransition, TooLateToChange
from scheduling.models import Allocation, Appointment, VisitType
from scheduling.transitions import UPCOMING, Status

# What a visit's time and place are, and what changes along with them.
PLACED = (
    "site",
    "clinician",
    "mode",
    "local_date",
    "local_time",
    "time_zone",
    "starts_at",
    "ends_at",
    "status",
    "status_since",
    "version",
)


def preconditions_of_move(
    appointment: Appointment, starts_at: datetime, *, user: User, now: datetime
) -> tuple[Preconditions, list[Taken]]:
    """What is known of the patient of a visit that is to be then, and what it takes as it is.

    Raises HasVisitThen where the patient has another visit then; never for staff, who see such a
    conflict and decide themselves, and never for a visit that stands at that time already.
    """
    known, (rows,) = preconditions(
        person=appointment.person,
        starts_at=starts_at,
        minutes=appointment.visit_type.minutes,
        now=now,
        but=appointment.pk,
        also=allocations.TAKEN_BY,
        values={"appointment": appointment.pk},
    )
    stays = appointment.status in UPCOMING and appointment.starts_at == starts_at
    if known.visit_then is not None and not user.is_staff and not stays:
        raise HasVisitThen(known.visit_then)
    return known, [Taken(*row) for row in rows]


def left_for(
    starts_at: datetime, *, visit_type: VisitType, taken: Sequence[Taken]
) -> frozenset[int]:
    """What a visit must leave before it can be at another time: it moves by less than its length.

    The resources by id, of what it has ``taken``; nothing where it is not in its own way.
    """
    start, end = shape_of(visit_type).occupied(instant_of(starts_at))
    if any(each.start < end and start < each.end for each in taken):
        return frozenset(each.resource_id for each in taken)
    return frozenset()


def move_visit(
    appointment: Appointment,
    *,
    take: Take,
    leaves: frozenset[int],
    taken: Sequence[Taken],
    mode: str,
    status: str,
    change: Change,
) -> None:
    """Take the new time, free what the visit had (``taken``), and write it down as ``change``.

    The caller has locked the visit and claimed the time; ``leaves`` are of ``left_for``. The new
    time is taken first: who waits for a time while holding none keeps nobody else waiting, so
    that many may move at once and none has to lock the calendar. Only who is in their own way
    leaves first; those who do so take turns. Raises what taking raises.
    """
    freed = allocations.rows_freed(taken)
    if leaves:
        write(freed)
    slot = take(Taking(Allocation.Kind.BOOKING, change.now, appointment_id=appointment.pk))
    change = replace(change, before=appointment.status, details=where_it_is(appointment))
    row = settle_at(appointment, slot, mode=mode, status=status, now=change.now)
    write_change(appointment, change, row, first=[freed])
    if taken:
        FREED_TIMES.send()


def where_it_is(appointment: Appointment) -> dict[str, Any]:
    """The time and place of a visit that is about to leave it, for its event."""
    return {
        "from_starts_at": appointment.starts_at,
        "from_site_id": appointment.site_id,
        "from_clinician_id": appointment.clinician_id,
        "from_mode": appointment.mode,
    }


def settle_at(
    appointment: Appointment, slot: Slot, *, mode: str, status: str, now: datetime
) -> Write:
    """Give a visit its new time and place, as its next version; what is to be written of that."""
    local = slot.local
    appointment.site_id = slot.site_id
    appointment.clinician_id = slot.clinician_id
    appointment.mode = mode
    appointment.local_date, appointment.local_time = local.date(), local.time()
    appointment.time_zone = slot.time_zone
    appointment.starts_at, appointment.ends_at = slot.starts_at, slot.ends_at
    appointment.status, appointment.status_since = status, now
    appointment.version += 1
    return update(appointment, *PLACED)


def lock_appointment(appointment_id: int) -> Appointment:
    """The appointment as it is now, kept from others until the transaction ends."""
    return (
        Appointment.objects.select_for_update(of=("self",))
        .select_related("visit_type", "person", "site", "clinician")
        .get(pk=appointment_id)
    )


def refuse_unless_upcoming(appointment: Appointment) -> None:
    """Raise IllegalTransition for a visit that has begun, is over or was canceled."""
    if appointment.status not in UPCOMING:
        raise IllegalTransition(appointment.status, Status.BOOKED)


def refuse_late_change(appointment: Appointment, *, now: datetime) -> None:
    """Raise unless a patient may still move or cancel this visit themselves."""
    refuse_unless_upcoming(appointment)
    if now > latest_change(appointment):
        raise TooLateToChange(appointment.site.phone)


def latest_change(appointment: Appointment) -> datetime:
    """Until when patients may move or cancel by themselves; after that they call."""
    return appointment.starts_at - timedelta(minutes=appointment.visit_type.latest_change)

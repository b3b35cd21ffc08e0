"""Moving a visit: the new time is taken and the old one freed in one transaction."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from people.models import User
from people.services import audit
from people.services.rows import insert_together, lock_row, update_row
from scheduling.availability import instant_of
from scheduling.exceptions import IllegalTransition, SlotTaken, TooLateToChange
from scheduling.models import Allocation, Appointment, AppointmentEvent, Site
from scheduling.selectors.alternatives import alternatives_to
from scheduling.selectors.appointments import standing_of
from scheduling.selectors.busy import Ignored
from scheduling.selectors.searches import Search, Slot, search_at, shape_of
from scheduling.services import allocations, bell, letters
from scheduling.services.allocations import Taking
from scheduling.services.choosing import candidates_for
from scheduling.services.events import new_event
from scheduling.services.own_visits import refuse_second_visit
from scheduling.services.repeats import is_repeat
from scheduling.services.transactions import retried_once
from scheduling.transitions import SETTLED_AFTER, UPCOMING, Status


def reschedule_appointment(
    *,
    appointment: Appointment,
    site: Site,
    starts_at: datetime,
    user: User,
    now: datetime,
    clinician_id: int | None = None,
    among: Collection[int] | None = None,
    mode: str = "",
    reason: str = "",
    key: str = "",
    tell: bool = True,
) -> Appointment:
    """Move a visit to another time, and perhaps another site, clinician or way of meeting.

    With one clinician, anyone ``among`` some, or anyone. The record and its history stay;
    ``version`` is raised. Asking for the time it already has changes nothing, and so does an
    idempotency ``key`` that was sent before. A confirmed visit becomes booked again: the patient
    said yes to another day. For a minute it can be undone; then the patient is told, unless the
    caller does so (``tell``). Raises SlotTaken and SlotNotOffered with alternatives,
    HasVisitThen (never for staff), TooLateToChange, IllegalTransition, KeyReused.
    """
    search = search_at(
        visit_type=appointment.visit_type,
        site=site,
        starts_at=starts_at,
        clinician_id=clinician_id,
        among=among,
        mode=mode or appointment.mode,
        standing=standing_of(appointment.person, now=now),
        ignored=Ignored(appointment_id=appointment.pk),
        now=now,
    )
    try:
        return _reschedule(_Asked(appointment, search, starts_at, user, reason, key, tell))
    except SlotTaken:
        raise SlotTaken(alternatives_to(search, starts_at=starts_at)) from None


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


@dataclass(frozen=True, slots=True)
class _Asked:
    """One request to move."""

    appointment: Appointment
    search: Search
    starts_at: datetime
    user: User
    reason: str
    key: str
    tell: bool

    @property
    def what(self) -> tuple[object, ...]:
        """What is asked for, to tell a repeat from a key used twice."""
        search = self.search
        among = None if search.clinician_ids is None else sorted(search.clinician_ids)
        return "move", self.starts_at, search.site_ids[0], among, search.mode


@retried_once
@transaction.atomic
def _reschedule(asked: _Asked) -> Appointment:
    search, now = asked.search, asked.search.now
    appointment = lock_row(asked.appointment)
    if is_repeat(asked.what, of=appointment, user=asked.user, key=asked.key, now=now):
        return appointment
    refuse_unless_upcoming(appointment)
    if _is_as_asked(appointment, search, asked.starts_at):
        return appointment
    refuse_late_change(appointment, now=now)
    refuse_second_visit(appointment, asked.starts_at, user=asked.user)
    slot = _take_and_free(appointment, asked)
    before, was = appointment.status, where_it_is(appointment)
    settle_at(appointment, slot, mode=search.mode, status=Status.BOOKED, now=now)
    _write_down(appointment, before, was, asked)
    if asked.tell:
        letters.queue_moved(appointment, now=now, due_at=now + SETTLED_AFTER)
    return appointment


def _take_and_free(appointment: Appointment, asked: _Asked) -> Slot:
    """Take the new time and free the old one.

    The new one first: who waits for a time while holding none keeps nobody else waiting, so that
    many may move at once and none has to lock the calendar. A visit that moves by less than its
    own length must leave first; those who do so take turns.
    """
    search, now = asked.search, asked.search.now
    old = allocations.taken_by(appointment)
    start, end = shape_of(search.visit_type).occupied(instant_of(asked.starts_at))
    in_its_own_way = any(each.start < end and start < each.end for each in old)
    leaves = frozenset(each.resource_id for each in old) if in_its_own_way else frozenset()
    candidates = candidates_for(search, starts_at=asked.starts_at, also_lock=leaves)
    taking = Taking(Allocation.Kind.BOOKING, now, appointment_id=appointment.pk)
    if in_its_own_way:
        allocations.free_rows(old)
    slot = allocations.take_first(candidates, search=search, taking=taking)
    if not in_its_own_way:
        allocations.free_rows(old)
    bell.FREE_TIMES.ring()
    return slot


def _write_down(appointment: Appointment, before: str, was: dict[str, Any], asked: _Asked) -> None:
    now = asked.search.now
    event = new_event(
        appointment,
        AppointmentEvent.Kind.MOVED,
        before=before,
        actor=asked.user,
        reason=asked.reason,
        now=now,
        **was,
    )
    trail = audit.entries(
        actor=asked.user,
        person_ids=[appointment.person_id],
        action="appointment.move",
        subject=f"appointment:{appointment.pk}",
        now=now,
    )
    insert_together(event, *trail)


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
) -> None:
    """Write down a visit's new time and place, as its next version."""
    local = slot.local
    appointment.site_id = slot.site_id
    appointment.clinician_id = slot.clinician_id
    appointment.mode = mode
    appointment.local_date, appointment.local_time = local.date(), local.time()
    appointment.time_zone = slot.time_zone
    appointment.starts_at, appointment.ends_at = slot.starts_at, slot.ends_at
    appointment.status, appointment.status_since = status, now
    appointment.version += 1
    update_row(appointment, *PLACED)


def _is_as_asked(appointment: Appointment, search: Search, starts_at: datetime) -> bool:
    return (
        (appointment.starts_at, appointment.site_id) == (starts_at, search.site_ids[0])
        and appointment.mode == search.mode
        and (search.clinician_ids is None or appointment.clinician_id in search.clinician_ids)
    )


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

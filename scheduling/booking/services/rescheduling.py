"""Moving a visit: the new time is taken and the old one freed in one transaction."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from infrastructure.rows import Write, insert, lock_row, update, write
from people.models import User
from people.services import audit
from scheduling.appointments.services import notices
from scheduling.appointments.services.events import new_event
from scheduling.availability.selectors.alternatives import alternatives_to
from scheduling.availability.selectors.busy import Ignored
from scheduling.availability.selectors.search import Search, Slot, search_at, shape_of
from scheduling.booking.services import allocations
from scheduling.booking.services.allocations import Taken, Taking
from scheduling.booking.services.assignment import Lost, candidates_for
from scheduling.booking.services.freed_times_nudge import FREED_TIMES
from scheduling.booking.services.idempotency import is_repeat
from scheduling.booking.services.preconditions import Known, look_first, to_look
from scheduling.booking.services.retries import retried_once
from scheduling.clinic.rules.working_hours import instant_of
from scheduling.exceptions import HasVisitThen, IllegalTransition, SlotTaken, TooLateToChange
from scheduling.models import Allocation, Appointment, AppointmentEvent, Site
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
    asked = _Asked(
        appointment=appointment,
        site=site,
        starts_at=starts_at,
        clinician_id=clinician_id,
        among=among,
        mode=mode,
        user=user,
        reason=reason,
        key=key,
        tell=tell,
        now=now,
    )
    try:
        return _reschedule(asked)
    except Lost as fact:
        raise SlotTaken(alternatives_to(fact.search, starts_at=starts_at)) from None


LOOK_TO_MOVE = to_look(allocations.TAKEN_BY)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """One request to move."""

    appointment: Appointment
    site: Site
    starts_at: datetime
    clinician_id: int | None
    among: Collection[int] | None
    mode: str  # empty for the one it has
    user: User
    reason: str
    key: str
    tell: bool
    now: datetime

    @property
    def who(self) -> Collection[int] | None:
        """The clinicians who will do; None is anyone."""
        return self.among if self.clinician_id is None else [self.clinician_id]

    @property
    def what(self) -> tuple[object, ...]:
        """What is asked for, to tell a repeat from a key used twice."""
        who = None if self.who is None else sorted(self.who)
        return "move", self.starts_at, self.site.pk, who, self.mode

    def is_so(self, appointment: Appointment) -> bool:
        """Whether a visit has the time, place and clinician that are asked for."""
        return (
            (appointment.starts_at, appointment.site_id) == (self.starts_at, self.site.pk)
            and appointment.mode == self.mode
            and (self.who is None or appointment.clinician_id in self.who)
        )

    def search(self, known: Known) -> Search:
        return search_at(
            visit_type=self.appointment.visit_type,
            site=self.site,
            starts_at=self.starts_at,
            clinician_id=self.clinician_id,
            among=self.among,
            mode=self.mode,
            standing=known.standing,
            ignored=Ignored(appointment_id=self.appointment.pk),
            now=self.now,
            directory=known.directory,
        )


@retried_once
@transaction.atomic
def _reschedule(asked: _Asked) -> Appointment:
    now = asked.now
    appointment = lock_row(asked.appointment)
    if is_repeat(asked.what, of=appointment, user=asked.user, key=asked.key, now=now):
        return appointment
    refuse_unless_upcoming(appointment)
    asked = replace(asked, mode=asked.mode or appointment.mode)
    if asked.is_so(appointment):
        return appointment
    refuse_late_change(appointment, now=now)
    known, taken = look_before_move(appointment, asked.starts_at, user=asked.user, now=now)
    search = asked.search(known)
    try:
        slot, left = _take(appointment, taken, asked.starts_at, search)
    except SlotTaken as fact:
        raise Lost(search) from fact
    _write_down(appointment, slot, asked, left, known)
    FREED_TIMES.send()
    return appointment


def look_before_move(
    appointment: Appointment, starts_at: datetime, *, user: User, now: datetime
) -> tuple[Known, list[Taken]]:
    """What is known of the patient of a visit that is to be then, and what it takes as it is.

    Raises HasVisitThen (never for staff, who see such a conflict and decide themselves).
    """
    known, (rows,) = look_first(
        LOOK_TO_MOVE,
        {"appointment": appointment.pk},
        person=appointment.person,
        starts_at=starts_at,
        minutes=appointment.visit_type.minutes,
        now=now,
        but=appointment.pk,
    )
    if known.visit_then is not None and not user.is_staff:
        raise HasVisitThen(known.visit_then)
    return known, [Taken(*row) for row in rows]


def _take(
    appointment: Appointment, old: Sequence[Taken], starts_at: datetime, search: Search
) -> tuple[Slot, Write]:
    """Take the new time; what is still to be written to free the old one.

    The new one first: who waits for a time while holding none keeps nobody else waiting, so that
    many may move at once and none has to lock the calendar. A visit that moves by less than its
    own length must leave first; those who do so take turns.
    """
    start, end = shape_of(search.visit_type).occupied(instant_of(starts_at))
    in_its_own_way = any(each.start < end and start < each.end for each in old)
    leaves = frozenset(each.resource_id for each in old) if in_its_own_way else frozenset()
    candidates = candidates_for(search, starts_at=starts_at, also_lock=leaves)
    leave = allocations.rows_freed(old)
    if in_its_own_way:
        write(leave)
    taking = Taking(Allocation.Kind.BOOKING, search.now, appointment_id=appointment.pk)
    return allocations.take_first(candidates, search=search, taking=taking), leave


def _write_down(
    appointment: Appointment, slot: Slot, asked: _Asked, left: Write, known: Known
) -> None:
    """The visit's new time and place, its event, the trail, and word of it for the patient."""
    now, before, was = asked.now, appointment.status, where_it_is(appointment)
    settled = settle_at(appointment, slot, mode=asked.mode, status=Status.BOOKED, now=now)
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
    writes = [left, settled, *map(insert, (event, *trail))]
    if not asked.tell:
        write(*writes)
        return
    letter = notices.letter(
        "appointment_moved",
        appointment,
        now=now,
        due_at=now + SETTLED_AFTER,
        addresses=known.addresses,
    )
    write(*writes, *letter.writes)
    letter.written()


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

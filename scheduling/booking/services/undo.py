"""Undo for a minute: whoever canceled or moved a visit has it back, if its time is still free.

The time was free for everybody meanwhile, so that the undo may lose. Those who wait are asked, and
the patient is told, only when the minute is over (``transitions.SETTLED_AFTER``).
"""

from datetime import datetime

from django.db import transaction

from infrastructure.rows import write
from people.models import User
from people.services import audit
from scheduling.appointments.selectors.appointments import newest_event, undoable
from scheduling.appointments.services import notices
from scheduling.appointments.services.events import new_event
from scheduling.availability.selectors.alternatives import alternatives_to
from scheduling.booking.selectors.conflicts import conflicts_of
from scheduling.booking.services import allocations
from scheduling.booking.services.allocations import Taking
from scheduling.booking.services.booking import Wish
from scheduling.booking.services.freed_times_nudge import FREED_TIMES
from scheduling.booking.services.idempotency import is_repeat
from scheduling.booking.services.proposing import InConflict, lock_for, proposal_for, slot_of
from scheduling.booking.services.rescheduling import (
    lock_appointment,
    look_before_move,
    settle_at,
    where_it_is,
)
from scheduling.booking.services.retries import retried_once
from scheduling.exceptions import SlotTaken, UndoOver
from scheduling.models import Allocation, Appointment, AppointmentEvent
from scheduling.transitions import Status

Kind = AppointmentEvent.Kind
# What others can have done meanwhile. The rest was so before: the notice a visit needs, say, which
# has run out since it was booked.
TAKEN = frozenset(
    """
    past visit elsewhere hold block session buffer travel full no_room cap closed day_off
    clinician_gone
    """.split()
)


def undo_change(
    *, appointment: Appointment, user: User, now: datetime, key: str = ""
) -> Appointment:
    """Take back the cancellation or the move that this account made within the last minute.

    The record, its history and its calendar entry stay; ``version`` is raised. Undoing twice is
    success. Raises UndoOver, KeyReused, HasVisitThen (never for staff), and SlotTaken with the
    nearest free times.
    """
    try:
        return _undo(appointment.pk, user, key, now)
    except SlotTaken:
        current = Appointment.objects.select_related("visit_type", "site", "person").get(
            pk=appointment.pk
        )
        event = newest_event(current)
        wish = wish_back(current, event)
        search = proposal_for(wish, person=current.person, now=now, moving=current).search
        raise SlotTaken(alternatives_to(search, starts_at=wish.starts_at)) from None


@retried_once
@transaction.atomic
def _undo(appointment_id: int, user: User, key: str, now: datetime) -> Appointment:
    appointment = lock_appointment(appointment_id)
    event = newest_event(appointment)
    if event.kind == Kind.UNDONE and event.actor_id == user.pk:
        return appointment
    if is_repeat(("undo",), of=appointment, user=user, key=key, now=now):
        return appointment
    if not undoable(event, user=user, now=now):
        raise UndoOver
    wish = wish_back(appointment, event)
    look_before_move(appointment, wish.starts_at, user=user, now=now)
    before, was = appointment.status, where_it_is(appointment)
    _take_back(appointment, wish, event.from_status, now)
    new_event(appointment, Kind.UNDONE, before=before, actor=user, now=now, **was).save()
    audit.note(
        actor=user,
        person_ids=[appointment.person_id],
        action="appointment.undo",
        subject=f"appointment:{appointment.pk}",
        now=now,
    )
    notices.queue_restored(appointment, now=now)
    return appointment


def _take_back(appointment: Appointment, wish: Wish, status: str, now: datetime) -> None:
    """The time it had is taken again, as any time is, and the one it has now is freed."""
    proposal = proposal_for(wish, person=appointment.person, now=now, moving=appointment)
    try:
        lock_for(proposal, appointment)
    except InConflict as gone:
        raise SlotTaken from gone  # nobody leads the session any more
    if any(each.kind in TAKEN for each in conflicts_of(proposal)):
        raise SlotTaken
    if allocations.free(appointment_id=appointment.pk):
        FREED_TIMES.send()
    taking = Taking(Allocation.Kind.BOOKING, now, appointment_id=appointment.pk)
    slot = allocations.take_first([slot_of(proposal)], search=proposal.search, taking=taking)
    if appointment.status == Status.CANCELED:
        # A calendar that has asked meanwhile knows the cancellation by a number of its own.
        appointment.version += 1
    write(settle_at(appointment, slot, mode=wish.mode, status=status, now=now))


def wish_back(appointment: Appointment, event: AppointmentEvent) -> Wish:
    """Where the visit was before the event. A cancellation leaves it where it is."""
    moved = event.kind == Kind.MOVED
    return Wish(
        visit_type=appointment.visit_type,
        site=event.from_site if moved and event.from_site else appointment.site,
        starts_at=event.from_starts_at if moved and event.from_starts_at else appointment.starts_at,
        clinician_id=event.from_clinician_id if moved else appointment.clinician_id,
        mode=event.from_mode if moved else appointment.mode,
    )

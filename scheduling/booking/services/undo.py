"""Undo for a minute: whoever canceled or moved a visit has it back, if its time is still free.

The time was free for everybody meanwhile, so that the undo may lose. Those who wait are asked, and
the patient is told, only when the minute is over (``transitions.SETTLED_AFTER``).
"""

from datetime import datetime

from django.db import transaction

from infrastructure.retries import retried_once
from people.models import User
from scheduling.appointments.selectors.appointments import newest_event, undoable
from scheduling.appointments.services import notices
from scheduling.booking.selectors.proposals import proposal_for
from scheduling.booking.selectors.wanted import WantedVisit
from scheduling.booking.services.claims import LostRace, claim_back
from scheduling.booking.services.idempotency import is_repeat
from scheduling.booking.services.moving import (
    left_for,
    lock_appointment,
    move_visit,
    preconditions_of_move,
)
from scheduling.booking.services.visit_changes import Change
from scheduling.exceptions import UndoOver
from scheduling.models import Appointment, AppointmentEvent
from scheduling.transitions import Status

Kind = AppointmentEvent.Kind
# What others can have done meanwhile. The rest was so when the visit had the time.
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
    except LostRace as fact:
        raise fact.as_taken() from None


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
    had = visit_before(appointment, event)
    _, taken = preconditions_of_move(appointment, had.starts_at, user=user, now=now)
    if appointment.status == Status.CANCELED:
        # A calendar that has asked meanwhile knows the cancellation by a number of its own.
        appointment.version += 1
    proposal = proposal_for(
        had, person=appointment.person, now=now, moving=appointment, theirs=True
    )
    leaves = left_for(had.starts_at, visit_type=had.visit_type, taken=taken)
    move_visit(
        appointment,
        take=claim_back(proposal, in_the_way=TAKEN, leaves=leaves),
        leaves=leaves,
        taken=taken,
        mode=had.mode,
        status=event.from_status,
        change=Change(kind=Kind.UNDONE, action="appointment.undo", actor=user, now=now),
    )
    notices.queue_restored(appointment, now=now)
    return appointment


def visit_before(appointment: Appointment, event: AppointmentEvent) -> WantedVisit:
    """Where the visit was before the event. A cancellation leaves it where it is."""
    moved = event.kind == Kind.MOVED
    return WantedVisit(
        visit_type=appointment.visit_type,
        site=event.from_site if moved and event.from_site else appointment.site,
        starts_at=event.from_starts_at if moved and event.from_starts_at else appointment.starts_at,
        clinician_id=event.from_clinician_id if moved else appointment.clinician_id,
        mode=event.from_mode if moved else appointment.mode,
    )

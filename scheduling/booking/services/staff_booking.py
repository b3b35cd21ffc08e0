"""Staff book and move visits: like patients do where a time is free, and against the rules where
somebody who may has seen every conflict and says why (see ``overrides``).
"""

from dataclasses import replace
from datetime import datetime

from django.db import connection, transaction

from infrastructure.retries import retried_once
from people.models import Person, User
from scheduling.booking.selectors.conflicts import conflicts_of
from scheduling.booking.selectors.proposals import Conflict, proposal_for
from scheduling.booking.selectors.wanted import WantedVisit
from scheduling.booking.services.allocations import Taking
from scheduling.booking.services.booking import Booking
from scheduling.booking.services.claims import InConflict, claim_decided
from scheduling.booking.services.holds import release_hold
from scheduling.booking.services.moving import (
    latest_change,
    left_for,
    lock_appointment,
    move_visit,
    preconditions_of_move,
    refuse_unless_upcoming,
)
from scheduling.booking.services.overrides import (
    NO_OVERRIDE,
    TOO_LATE,
    Override,
    ReasonMissing,
    may_override,
    refuse_unless_overridden,
)
from scheduling.booking.services.visit_changes import Change
from scheduling.exceptions import ChangedMeanwhile, SlotTaken
from scheduling.models import Allocation, Appointment, AppointmentEvent, Site
from scheduling.transitions import Status


def book_for_patient(
    *,
    wanted: WantedVisit,
    person: Person,
    user: User,
    idempotency_key: str,
    now: datetime,
    override: Override = NO_OVERRIDE,
) -> Appointment:
    """Staff book a visit, once for each ``idempotency_key`` of this account.

    The caller has checked that ``user`` may see ``person``, and that a hold is their own: it is
    no conflict, and ends with the booking. Raises InConflict with every conflict unless all of
    them are among the override's, ReasonMissing, MayNotOverride, KeyReused.
    """
    booking = Booking(wanted, person, user, idempotency_key, now)
    try:
        return _book(booking, override)
    except SlotTaken:
        if (known := booking.answer()) is not None:
            return known
        raise InConflict(conflicts_of(proposal_for(wanted, person=person, now=now))) from None


@retried_once
@transaction.atomic
def _book(booking: Booking, override: Override) -> Appointment:
    if (known := booking.answer()) is not None:
        return known
    wanted, now = booking.wanted, booking.now
    proposal = proposal_for(wanted, person=booking.person, now=now)
    take = claim_decided(proposal)
    conflicts = conflicts_of(proposal)
    refuse_unless_overridden(conflicts, override, booking.user, wanted.site)
    if wanted.hold is not None:
        release_hold(hold=wanted.hold, now=now)
    appointment_id = _next_id()
    slot = take(Taking(Allocation.Kind.BOOKING, now, appointment_id=appointment_id))
    appointment = booking.appointment_at(slot, appointment_id=appointment_id)
    change = replace(
        booking.change,
        action=_action("book", conflicts),
        reason=override.reason if conflicts else "",
    )
    if not booking.write_down(appointment, change):
        raise SlotTaken  # by the same request, sent twice
    return appointment


def _next_id() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('scheduling_appointment', 'id'))")
        return int(cursor.fetchone()[0])


def _action(what: str, conflicts: list[Conflict]) -> str:
    """What the audit trail calls it."""
    return f"appointment.{what}_override" if conflicts else f"appointment.{what}"


def conflicts_of_move(
    appointment: Appointment, wanted: WantedVisit, *, now: datetime
) -> list[Conflict]:
    """Every conflict of moving a visit there, and that it is late for it, if it is."""
    proposal = proposal_for(wanted, person=appointment.person, now=now, moving=appointment)
    late = [TOO_LATE] if now > latest_change(appointment) else []
    return conflicts_of(proposal) + late


def move_for_patient(
    *,
    appointment: Appointment,
    wanted: WantedVisit,
    user: User,
    now: datetime,
    override: Override = NO_OVERRIDE,
    reason: str = "",
    version: int | None = None,
) -> Appointment:
    """Staff move a visit, late too, or change how one meets. The patient is told, as ever.

    ``version`` is the one that was looked at; None takes the visit as it is. ``reason`` is written
    down where nothing is overridden. Asking for what it has already changes nothing. The caller
    has checked that ``user`` may see the visit. Raises ChangedMeanwhile, InConflict with every
    conflict unless all of them are among the override's, ReasonMissing, MayNotOverride,
    IllegalTransition.
    """
    try:
        return _move(appointment.pk, wanted, user, override, reason, version, now)
    except SlotTaken:
        raise InConflict(conflicts_of_move(appointment, wanted, now=now)) from None


@retried_once
@transaction.atomic
def _move(
    appointment_id: int,
    wanted: WantedVisit,
    user: User,
    override: Override,
    reason: str,
    version: int | None,
    now: datetime,
) -> Appointment:
    appointment = lock_appointment(appointment_id)
    refuse_unless_upcoming(appointment)
    if wanted.is_met_by(appointment):
        return appointment
    if version not in (None, appointment.version):
        raise ChangedMeanwhile
    known, taken = preconditions_of_move(appointment, wanted.starts_at, user=user, now=now)
    proposal = proposal_for(wanted, person=appointment.person, now=now, moving=appointment)
    leaves = left_for(wanted.starts_at, visit_type=wanted.visit_type, taken=taken)
    take = claim_decided(proposal, leaves=leaves)
    conflicts = conflicts_of_move(appointment, wanted, now=now)
    _refuse_unless_decided(conflicts, override, user, wanted.site)
    # Who said yes to a day has not said yes to another; how one meets then is no other day.
    stays = wanted.keeps_time_of(appointment)
    move_visit(
        appointment,
        take=take,
        leaves=leaves,
        taken=taken,
        mode=wanted.mode,
        status=appointment.status if stays else Status.BOOKED,
        change=Change(
            kind=AppointmentEvent.Kind.MOVED,
            action=_action("move", conflicts),
            actor=user,
            now=now,
            reason=(override.reason if conflicts else "") or reason,
            notice="appointment_switched" if stays else "appointment_moved",
            addresses=known.addresses,
        ),
    )
    return appointment


def _refuse_unless_decided(
    conflicts: list[Conflict], override: Override, user: User, site: Site
) -> None:
    if conflicts != [TOO_LATE]:
        refuse_unless_overridden(conflicts, override, user, site)
    elif TOO_LATE.key not in override.accepted:
        raise InConflict(conflicts)
    elif not override.reason.strip():
        raise ReasonMissing


def may_decide(user: User, conflicts: list[Conflict], site: Site) -> bool:
    """Whether this member of staff may have a time there in spite of these, with a reason.

    Late alone is decided by whoever speaks with the patient: to call us is what the patient is
    told to do then. Everything else is the desk's.
    """
    if any(each.final for each in conflicts):
        return False
    return conflicts in ([], [TOO_LATE]) or may_override(user, site)

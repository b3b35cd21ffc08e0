"""Staff book and move visits: like patients do where a time is free, and against the rules where
somebody who may has seen every conflict and says why (``services.deciding``).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from infrastructure.rows import write
from people.models import Person, User
from people.services import audit
from scheduling.appointments.services import notices
from scheduling.appointments.services.events import new_event
from scheduling.booking.selectors.conflicts import conflicts_of
from scheduling.booking.selectors.proposals import Conflict
from scheduling.booking.services import allocations
from scheduling.booking.services.allocations import Taking
from scheduling.booking.services.booking import Asked, Wish
from scheduling.booking.services.freed_times_nudge import FREED_TIMES
from scheduling.booking.services.holds import release_hold
from scheduling.booking.services.overbooking import take_anyway
from scheduling.booking.services.overrides import (
    NO_OVERRIDE,
    TOO_LATE,
    Override,
    ReasonMissing,
    may_override,
    refuse_unless_overridden,
)
from scheduling.booking.services.proposing import InConflict, lock_for, proposal_for, slot_of
from scheduling.booking.services.rescheduling import (
    latest_change,
    lock_appointment,
    refuse_unless_upcoming,
    settle_at,
    where_it_is,
)
from scheduling.booking.services.retries import retried_once
from scheduling.exceptions import ChangedMeanwhile, SlotTaken
from scheduling.models import (
    Allocation,
    Appointment,
    AppointmentEvent,
    Site,
)
from scheduling.transitions import Status


def conflicts_of_move(appointment: Appointment, wish: Wish, *, now: datetime) -> list[Conflict]:
    """Every conflict of moving a visit there, and that it is late for it, if it is.

    Where only the way of meeting changes, how soon one may book is no matter: the time is theirs.
    """
    proposal = proposal_for(wish, person=appointment.person, now=now, moving=appointment)
    found = conflicts_of(proposal)
    if _keeps_its_time(appointment, wish):
        found = [each for each in found if each.kind != "too_soon"]
    return found + ([TOO_LATE] if now > latest_change(appointment) else [])


def book_for_patient(
    *,
    wish: Wish,
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
    asked = _Booking(wish, person, user, idempotency_key, now, override)
    try:
        return _book(asked)
    except SlotTaken:
        if (known := asked.answer()) is not None:
            return known
        raise InConflict(conflicts_of(proposal_for(wish, person=person, now=now))) from None


@dataclass(frozen=True)
class _Booking(Asked):
    override: Override


@retried_once
@transaction.atomic
def _book(asked: _Booking) -> Appointment:
    if (known := asked.answer()) is not None:
        return known
    wish, now = asked.wish, asked.now
    proposal = proposal_for(wish, person=asked.person, now=now)
    pools = lock_for(proposal)
    conflicts = conflicts_of(proposal)
    refuse_unless_overridden(conflicts, asked.override, asked.user, wish.site)
    if wish.hold is not None:
        release_hold(hold=wish.hold, now=now)
    appointment = asked.appointment_at(slot_of(proposal), appointment_id=_next_id())
    taking = Taking(Allocation.Kind.BOOKING, now, appointment_id=appointment.pk)
    take_anyway(slot_of(proposal), pools, search=proposal.search, taking=taking)
    reason = asked.override.reason if conflicts else ""
    action = _action("book", overridden=bool(conflicts))
    if not asked.write_down(appointment, reason=reason, action=action):
        raise SlotTaken  # by the same request, sent twice
    notices.queue_booked(appointment, now=now)
    return appointment


def _next_id() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('scheduling_appointment', 'id'))")
        return int(cursor.fetchone()[0])


def _action(what: str, *, overridden: bool) -> str:
    """What the trail calls it."""
    return f"appointment.{what}_override" if overridden else f"appointment.{what}"


def move_for_patient(
    *,
    appointment: Appointment,
    wish: Wish,
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
    asked = _Move(appointment.pk, wish, user, override, reason, version, now)
    try:
        return _move(asked)
    except SlotTaken:
        raise InConflict(conflicts_of_move(appointment, wish, now=now)) from None


@dataclass(frozen=True, slots=True)
class _Move:
    """One request of staff to move."""

    appointment_id: int
    wish: Wish
    user: User
    override: Override
    reason: str
    version: int | None
    now: datetime


@retried_once
@transaction.atomic
def _move(asked: _Move) -> Appointment:
    wish, now = asked.wish, asked.now
    appointment = lock_appointment(asked.appointment_id)
    refuse_unless_upcoming(appointment)
    stays = _keeps_its_time(appointment, wish)
    if stays and appointment.mode == wish.mode:
        return appointment
    if asked.version not in (None, appointment.version):
        raise ChangedMeanwhile
    proposal = proposal_for(wish, person=appointment.person, now=now, moving=appointment)
    pools = lock_for(proposal, appointment)
    conflicts = conflicts_of_move(appointment, wish, now=now)
    _refuse_unless_decided(conflicts, asked)
    allocations.free(appointment_id=appointment.pk)
    FREED_TIMES.send()
    slot = slot_of(proposal)
    taking = Taking(Allocation.Kind.BOOKING, now, appointment_id=appointment.pk)
    take_anyway(slot, pools, search=proposal.search, taking=taking)
    before, was = appointment.status, where_it_is(appointment)
    # Who said yes to a day has not said yes to another; how one meets then is no other day.
    status = before if stays else Status.BOOKED
    write(settle_at(appointment, slot, mode=wish.mode, status=status, now=now))
    _write_down_move(appointment, before, was, asked, overridden=bool(conflicts))
    if stays:
        notices.queue_switched(appointment, now=now)
    else:
        notices.queue_moved(appointment, now=now)
    return appointment


def _refuse_unless_decided(conflicts: list[Conflict], asked: _Move) -> None:
    override = asked.override
    if conflicts != [TOO_LATE]:
        refuse_unless_overridden(conflicts, override, asked.user, asked.wish.site)
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


def _write_down_move(
    appointment: Appointment, before: str, was: dict[str, Any], asked: _Move, *, overridden: bool
) -> None:
    override = asked.override
    new_event(
        appointment,
        AppointmentEvent.Kind.MOVED,
        before=before,
        actor=asked.user,
        now=asked.now,
        reason=override.reason if overridden and override.reason else asked.reason,
        **was,
    ).save()
    audit.note(
        actor=asked.user,
        person_ids=[appointment.person_id],
        action=_action("move", overridden=overridden),
        subject=f"appointment:{appointment.pk}",
        now=asked.now,
    )


def _keeps_its_time(appointment: Appointment, wish: Wish) -> bool:
    """Whether it stays where it is, with whom it is."""
    return (appointment.starts_at, appointment.site_id, appointment.clinician_id) == (
        wish.starts_at,
        wish.site.pk,
        wish.clinician_id,
    )

"""The only place that changes an appointment's status."""

from datetime import datetime

from django.db import transaction

from infrastructure.rows import lock_row, update
from people.models import User
from scheduling.appointments.selectors.called_off import is_called_off
from scheduling.booking.services import allocations
from scheduling.booking.services.freed_times_nudge import FREED_TIMES
from scheduling.booking.services.idempotency import is_repeat
from scheduling.booking.services.moving import latest_change, refuse_late_change
from scheduling.booking.services.visit_changes import Change, write_change
from scheduling.exceptions import ChangedMeanwhile, IllegalTransition
from scheduling.models import Appointment, AppointmentEvent
from scheduling.transitions import SETTLED_AFTER, UPCOMING, Status, allowed


@transaction.atomic
def change_status(
    *,
    appointment: Appointment,
    to: str,
    actor: User | None,
    now: datetime,
    reason: str = "",
    version: int | None = None,
    only_from: frozenset[str] = frozenset(Status),
) -> Appointment:
    """Move an appointment along its life, and write down who did so and why.

    Asking for the status it already has is success and leaves no second event: people press
    twice. ``version`` given means "only if it is still this version"; ``only_from`` leaves out
    moves that are corrections. Raises IllegalTransition.
    """
    current = lock_row(appointment)
    if version is not None and current.version != version:
        raise IllegalTransition(current.status, to)
    return _change(current, to, actor=actor, now=now, reason=reason, only_from=only_from)


def _change(
    current: Appointment,
    to: str,
    *,
    actor: User | None,
    now: datetime,
    reason: str = "",
    only_from: frozenset[str] = frozenset(Status),
    tell_at: datetime | None = None,
) -> Appointment:
    """``change_status`` of an appointment that is locked. A patient is told of a cancellation,
    when ``tell_at`` says so.
    """
    if current.status == to:
        return current
    if current.status not in only_from or not allowed(current.status, to):
        raise IllegalTransition(current.status, to)
    change = Change(
        kind=AppointmentEvent.Kind.STATUS,
        action=f"appointment.{to}",
        actor=actor,
        now=now,
        before=current.status,
        reason=reason,
        details={"late": to == Status.CANCELED and now > latest_change(current)},
        notice="appointment_canceled" if tell_at else "",
        notice_at=tell_at,
    )
    current.status, current.status_since = to, now
    ends = to in (Status.CANCELED, Status.NO_SHOW)
    freed = [allocations.freed(current.pk)] if ends else []
    write_change(current, change, update(current, "status", "status_since"), last=freed)
    if ends:
        FREED_TIMES.send()
    return current


def can_confirm(appointment: Appointment, *, now: datetime) -> bool:
    """Whether there is anything to come to: a visit that has not begun, and takes place."""
    coming = appointment.status in UPCOMING and now < appointment.starts_at
    return coming and not is_called_off(appointment)


@transaction.atomic
def confirm(
    *, appointment: Appointment, actor: User | None, now: datetime, version: int | None = None
) -> Appointment:
    """The patient says they will come. Raises IllegalTransition (see ``can_confirm``)."""
    current = lock_row(appointment)
    outdated = version is not None and current.version != version
    if outdated or now >= current.starts_at or is_called_off(current):
        raise IllegalTransition(current.status, Status.CONFIRMED)
    return _change(current, Status.CONFIRMED, actor=actor, now=now)


@transaction.atomic
def cancel_appointment(
    *, appointment: Appointment, user: User, reason: str, now: datetime, key: str = ""
) -> Appointment:
    """The patient cancels; the time is free at once. They are told once they cannot undo it.

    Canceling twice is success, and an idempotency ``key`` that was sent before changes nothing.
    Raises TooLateToChange, IllegalTransition, KeyReused.
    """
    current = lock_row(appointment)
    if is_repeat(("cancel", reason), of=current, user=user, key=key, now=now):
        return current
    if current.status == Status.CANCELED:
        return current
    refuse_late_change(current, now=now)
    return _change(
        current,
        Status.CANCELED,
        actor=user,
        reason=reason,
        now=now,
        tell_at=now + SETTLED_AFTER,
    )


@transaction.atomic
def cancel_for_patient(
    *,
    appointment: Appointment,
    user: User,
    reason: str,
    now: datetime,
    version: int | None = None,
) -> Appointment:
    """Staff cancel for somebody who called, late too, which is recorded; the patient is told.

    ``version`` is the one that was looked at; None takes the visit as it is. The caller has
    checked that ``user`` may see the visit. Canceling twice is success. Raises ChangedMeanwhile,
    IllegalTransition.
    """
    current = lock_row(appointment)
    if current.status == Status.CANCELED:
        return current
    if version not in (None, current.version):
        raise ChangedMeanwhile
    return _change(
        current,
        Status.CANCELED,
        actor=user,
        reason=reason,
        now=now,
        only_from=UPCOMING,
        tell_at=now,
    )


def mark_arrived(*, appointment: Appointment, actor: User | None, now: datetime) -> Appointment:
    """The patient is here. Raises IllegalTransition for who is checked in already."""
    before = UPCOMING | {Status.NO_SHOW}
    return change_status(
        appointment=appointment, to=Status.ARRIVED, actor=actor, now=now, only_from=before
    )


def check_in(*, appointment: Appointment, actor: User, now: datetime) -> Appointment:
    """The desk has verified them. A late press fetches nobody back from the clinician."""
    return change_status(
        appointment=appointment,
        to=Status.CHECKED_IN,
        actor=actor,
        now=now,
        only_from=frozenset({Status.ARRIVED}),
    )


def start_visit(*, appointment: Appointment, actor: User, now: datetime) -> Appointment:
    return change_status(appointment=appointment, to=Status.IN_VISIT, actor=actor, now=now)


def complete_visit(*, appointment: Appointment, actor: User, now: datetime) -> Appointment:
    return change_status(appointment=appointment, to=Status.COMPLETED, actor=actor, now=now)


@transaction.atomic
def mark_no_show(*, appointment: Appointment, actor: User, now: datetime) -> Appointment:
    """The patient did not come. Only once the visit's start is past: raises IllegalTransition."""
    current = lock_row(appointment)
    if now < current.starts_at:
        raise IllegalTransition(current.status, Status.NO_SHOW)
    return _change(current, Status.NO_SHOW, actor=actor, now=now)

"""Patients move their visits to times that are offered."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from infrastructure.retries import retried_once
from infrastructure.rows import lock_row
from people.models import User
from scheduling.booking.selectors.wanted import WantedVisit
from scheduling.booking.services.claims import LostRace, claim_offered
from scheduling.booking.services.idempotency import is_repeat
from scheduling.booking.services.moving import (
    left_for,
    move_visit,
    preconditions_of_move,
    refuse_late_change,
    refuse_unless_upcoming,
)
from scheduling.booking.services.visit_changes import Change
from scheduling.models import Appointment, AppointmentEvent, Site
from scheduling.transitions import SETTLED_AFTER, Status


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
    wanted = WantedVisit(
        appointment.visit_type, site, starts_at, clinician_id, among=among, mode=mode
    )
    change = Change(
        kind=AppointmentEvent.Kind.MOVED,
        action="appointment.move",
        actor=user,
        now=now,
        reason=reason,
        notice="appointment_moved" if tell else "",
        notice_at=now + SETTLED_AFTER,
    )
    try:
        return _reschedule(appointment, wanted, user, change, key)
    except LostRace as fact:
        raise fact.as_taken() from None


@retried_once
@transaction.atomic
def _reschedule(
    known_as: Appointment, wanted: WantedVisit, user: User, change: Change, key: str
) -> Appointment:
    now = change.now
    appointment = lock_row(known_as)
    if is_repeat(("move", *wanted.told), of=appointment, user=user, key=key, now=now):
        return appointment
    refuse_unless_upcoming(appointment)
    wanted = replace(wanted, mode=wanted.mode or appointment.mode)
    if wanted.is_met_by(appointment):
        return appointment
    refuse_late_change(appointment, now=now)
    known, taken = preconditions_of_move(appointment, wanted.starts_at, user=user, now=now)
    search = wanted.search(
        standing=known.standing, now=now, directory=known.directory, moving=appointment
    )
    leaves = left_for(wanted.starts_at, visit_type=wanted.visit_type, taken=taken)
    move_visit(
        appointment,
        take=claim_offered(search, wanted.starts_at, leaves=leaves),
        leaves=leaves,
        taken=taken,
        mode=wanted.mode,
        status=Status.BOOKED,
        change=replace(change, addresses=known.addresses),
    )
    return appointment

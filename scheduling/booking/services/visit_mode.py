"""From in person to video and back, at the same time with the same clinician."""

from datetime import datetime

from django.db import transaction

from infrastructure.retries import retried_once
from infrastructure.rows import lock_row
from people.models import User
from scheduling.booking.selectors.wanted import WantedVisit
from scheduling.booking.services.claims import LostRace, claim_offered
from scheduling.booking.services.moving import (
    left_for,
    move_visit,
    preconditions_of_move,
    refuse_late_change,
)
from scheduling.booking.services.visit_changes import Change
from scheduling.models import Appointment, AppointmentEvent


def switch_mode(*, appointment: Appointment, mode: str, user: User, now: datetime) -> Appointment:
    """Meet in another way. The time and the clinician stay, and so does a confirmation.

    In person it takes the rooms and devices it needs; by video it gives them back. How soon one
    may book does not matter, since the time is theirs; how late one may change does. Asking for
    the way it has already changes nothing. Raises SlotTaken and SlotNotOffered with the nearest
    times that can be had that way, TooLateToChange, IllegalTransition.
    """
    try:
        return _switch(appointment, mode, user, now)
    except LostRace as fact:
        raise fact.as_taken() from None


@retried_once
@transaction.atomic
def _switch(known_as: Appointment, mode: str, user: User, now: datetime) -> Appointment:
    appointment = lock_row(known_as)
    refuse_late_change(appointment, now=now)
    if appointment.mode == mode:
        return appointment
    wanted = WantedVisit.as_it_is(appointment, mode=mode)
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
        mode=mode,
        status=appointment.status,
        change=Change(
            kind=AppointmentEvent.Kind.MOVED,
            action="appointment.switch",
            actor=user,
            now=now,
            reason=mode,
            notice="appointment_switched",
            addresses=known.addresses,
        ),
    )
    return appointment

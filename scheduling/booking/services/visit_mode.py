"""From in person to video and back, at the same time with the same clinician."""

from copy import copy
from datetime import datetime

from django.db import transaction

from people.models import User
from people.services import audit
from scheduling.appointments.selectors.appointments import standing_of
from scheduling.appointments.services import notices
from scheduling.appointments.services.events import new_event
from scheduling.availability.selectors.alternatives import alternatives_to
from scheduling.availability.selectors.busy import Ignored
from scheduling.availability.selectors.search import Search, search_at
from scheduling.booking.services import allocations
from scheduling.booking.services.allocations import Taking
from scheduling.booking.services.assignment import candidates_for
from scheduling.booking.services.rescheduling import lock_appointment, refuse_late_change
from scheduling.booking.services.retries import retried_once
from scheduling.exceptions import SlotNotOffered, SlotTaken
from scheduling.models import Allocation, Appointment, AppointmentEvent


def switch_mode(*, appointment: Appointment, mode: str, user: User, now: datetime) -> Appointment:
    """Meet in another way. The time and the clinician stay, and so does a confirmation.

    In person it takes the rooms and devices it needs; by video it gives them back. How soon one
    may book does not matter, since the time is theirs; how late one may change does. Asking for
    the way it has already changes nothing. Raises SlotTaken and SlotNotOffered with the nearest
    times that can be had that way, TooLateToChange, IllegalTransition.
    """
    try:
        return _switch(appointment, mode, user, now)
    except (SlotTaken, SlotNotOffered) as fact:
        instead = alternatives_to(_search(appointment, mode, now), starts_at=appointment.starts_at)
        if isinstance(fact, SlotNotOffered):
            raise SlotNotOffered(fact.reason, instead) from None
        raise SlotTaken(instead) from None


@retried_once
@transaction.atomic
def _switch(asked: Appointment, mode: str, user: User, now: datetime) -> Appointment:
    appointment = lock_appointment(asked.pk)
    refuse_late_change(appointment, now=now)
    if appointment.mode == mode:
        return appointment
    search = _search(appointment, mode, now, already_theirs=True)
    own = Allocation.objects.filter(appointment=appointment, active=True)
    candidates = candidates_for(
        search,
        starts_at=appointment.starts_at,
        also_lock=frozenset(own.values_list("resource_id", flat=True)),
    )
    allocations.free(appointment_id=appointment.pk)
    taking = Taking(Allocation.Kind.BOOKING, now, appointment_id=appointment.pk)
    allocations.take_first(candidates, search=search, taking=taking)
    before, appointment.mode = appointment.mode, mode
    appointment.version += 1
    appointment.save(update_fields=["mode", "version"])
    _write_down(appointment, before, user, now)
    notices.queue_switched(appointment, now=now)
    return appointment


def _write_down(appointment: Appointment, before: str, user: User, now: datetime) -> None:
    event = new_event(
        appointment,
        AppointmentEvent.Kind.MOVED,
        before=appointment.status,
        actor=user,
        now=now,
        reason=appointment.mode,
    )
    event.from_starts_at, event.from_mode = appointment.starts_at, before
    event.from_site, event.from_clinician = appointment.site, appointment.clinician
    event.save()
    audit.note(
        actor=user,
        person_ids=[appointment.person_id],
        action="appointment.switch",
        subject=f"appointment:{appointment.pk}",
        now=now,
    )


def _search(
    appointment: Appointment, mode: str, now: datetime, *, already_theirs: bool = False
) -> Search:
    visit_type = appointment.visit_type
    if already_theirs:
        visit_type = copy(visit_type)
        visit_type.minimum_notice = 0
    return search_at(
        visit_type=visit_type,
        site=appointment.site,
        starts_at=appointment.starts_at,
        clinician_id=appointment.clinician_id,
        mode=mode,
        standing=standing_of(appointment.person, now=now),
        ignored=Ignored(appointment_id=appointment.pk),
        now=now,
    )

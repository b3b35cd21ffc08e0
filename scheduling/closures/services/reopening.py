"""A clinician is back sooner than was said, or was never away: closed days are open again."""

from collections.abc import Collection
from datetime import date, datetime

from django.db import transaction

from messaging.services import outbox
from messaging.services.worklist import drop_tasks
from people.models import User
from people.selectors import roles_of
from people.services import audit
from scheduling.appointments.selectors.appointments import WITH_NAMES
from scheduling.appointments.selectors.called_off import (
    called_off_key,
    closures_at,
    closures_of,
    is_called_off,
)
from scheduling.booking.services import allocations
from scheduling.booking.services.freed_times_nudge import FREED_TIMES
from scheduling.booking.services.overrides import MAY_OVERRIDE, MayNotOverride
from scheduling.closures.services.absences import call_off
from scheduling.models import Appointment, AvailabilityException, Clinician
from scheduling.transitions import UPCOMING


@transaction.atomic
def reopen_days(
    *,
    clinician: Clinician,
    closure_ids: Collection[int],
    back_on: date,
    user: User,
    now: datetime,
) -> list[Appointment]:
    """Take back what was closed of a clinician's time from ``back_on`` on.

    It can be booked at once. Visits that were called off for it take place after all: their
    patients are told, and they are returned. Doing it twice is success. Raises MayNotOverride.
    """
    if not MAY_OVERRIDE & roles_of(user):
        raise MayNotOverride
    allocations.lock_resources([clinician.resource_id])
    ended = closures_of([clinician.resource_id]).filter(pk__in=closure_ids, on_date__gte=back_on)
    closures = list(ended.order_by("pk"))
    if not closures:
        return []
    waiting = [visit for visit in _visits(clinician, closures, now) if is_called_off(visit)]
    ended.delete()
    for visit in waiting:
        _see_to(visit, closures, user, now)
    FREED_TIMES.send()
    return [visit for visit in waiting if not is_called_off(visit)]


def _visits(
    clinician: Clinician, closures: list[AvailabilityException], now: datetime
) -> list[Appointment]:
    visits = Appointment.objects.filter(
        clinician=clinician,
        local_date__in={each.on_date for each in closures},
        status__in=UPCOMING,
        ends_at__gt=now,
    )
    return list(visits.select_related(*WITH_NAMES).order_by("starts_at", "pk"))


def _see_to(
    visit: Appointment, closures: list[AvailabilityException], user: User, now: datetime
) -> None:
    """Tell the patient that it takes place; unless another absence is in its way still."""
    drop_tasks(keys=[called_off_key(visit, each.pk) for each in closures], now=now)
    if closures_at(visit).exists():
        call_off(visit=visit, user=user, now=now)
        return
    outbox.queue_messages(
        kind="appointment_booked",
        person=visit.person,
        channels=[visit.person.preferred_channel, "email"],
        key=f"takes_place:{called_off_key(visit, closures[0].pk)}",
        about="appointment",
        about_id=visit.pk,
        about_version=visit.version,
        useful_until=max(visit.starts_at, now),
        now=now,
    )
    audit.note(
        actor=user,
        person_ids=[visit.person_id],
        action="appointment.take_back",
        subject=f"appointment:{visit.pk}",
        now=now,
    )

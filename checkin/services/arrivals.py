"""Welcoming a patient at the desk."""

from datetime import datetime

from django.db import transaction

from checkin.models import Arrival
from people.models import User
from scheduling.booking.services import lifecycle
from scheduling.models import Appointment
from scheduling.transitions import Status


class NotVerified(Exception):
    """Check-in needs both: who they are, and how to reach them."""


@transaction.atomic
def record_arrival(*, appointment: Appointment, actor: User | None, now: datetime) -> Arrival:
    """The patient is here. Pressing twice is success. Raises IllegalTransition."""
    lifecycle.mark_arrived(appointment=appointment, actor=actor, now=now)
    arrival, _ = Arrival.objects.get_or_create(
        appointment=appointment, defaults={"arrived_at": now}
    )
    return arrival


@transaction.atomic
def verify_and_check_in(
    *,
    appointment: Appointment,
    identity_verified: bool,
    contact_verified: bool,
    actor: User,
    now: datetime,
) -> Arrival:
    """The desk has verified name, date of birth and contact details; the patient may wait.

    Records the arrival too, when nobody has. Raises NotVerified, IllegalTransition.
    """
    if not (identity_verified and contact_verified):
        raise NotVerified
    arrival = Arrival.objects.filter(appointment=appointment).first()
    if arrival is None:
        arrival = record_arrival(appointment=appointment, actor=actor, now=now)
    lifecycle.check_in(appointment=appointment, actor=actor, now=now)
    if arrival.verified_at is None:
        arrival.identity_verified = arrival.contact_verified = True
        arrival.verified_at, arrival.verified_by = now, actor
        arrival.save()
    return arrival


@transaction.atomic
def start_video_visit(*, appointment: Appointment, actor: User, now: datetime) -> Arrival:
    """Nobody stands at a desk: the clinician sees who it is, asks how to reach them, and begins.

    Raises IllegalTransition.
    """
    if appointment.status != Status.IN_VISIT:
        verify_and_check_in(
            appointment=appointment,
            identity_verified=True,
            contact_verified=True,
            actor=actor,
            now=now,
        )
    return call_in(appointment=appointment, actor=actor, now=now)


@transaction.atomic
def call_in(*, appointment: Appointment, actor: User, now: datetime) -> Arrival:
    """The clinician asks the patient in. Raises IllegalTransition."""
    lifecycle.start_visit(appointment=appointment, actor=actor, now=now)
    arrival = Arrival.objects.select_for_update().get(appointment=appointment)
    if arrival.called_at is None:
        arrival.called_at = now
        arrival.save(update_fields=["called_at"])
    return arrival

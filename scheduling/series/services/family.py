"""Several people's visits booked in one press: all of them, or none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from infrastructure.retries import retried_once
from people.models import User
from scheduling.booking.selectors.wanted import WantedVisit
from scheduling.booking.services import allocations
from scheduling.booking.services.booking import book_appointment
from scheduling.models import Appointment, Site
from scheduling.series.rules.family import MOST_PEOPLE
from scheduling.series.selectors.family import Guest


@dataclass(frozen=True, slots=True)
class Seat:
    """When and with whom one of the guests is seen."""

    guest: Guest
    starts_at: datetime
    clinician_id: int


@retried_once
@transaction.atomic
def book_together(
    *, seats: Sequence[Seat], site: Site, user: User, key: str, now: datetime
) -> list[Appointment]:
    """Book a visit for each of two to four people, once for each ``key`` of this account.

    The caller has checked that ``user`` may act for each of them. Raises SlotTaken and
    SlotNotOffered, and then nothing is booked; BookByPhone, KeyReused, and ValueError for another
    number of people, or the same one twice.
    """
    people = {seat.guest.person.pk for seat in seats}
    if not 2 <= len(people) == len(seats) <= MOST_PEOPLE:
        raise ValueError(f"two to {MOST_PEOPLE} people")
    allocations.lock_for_visits(
        clinician_ids={seat.clinician_id for seat in seats},
        site_id=site.pk,
        needs={need for seat in seats for need in seat.guest.needs},
    )
    return [
        book_appointment(
            wanted=WantedVisit(
                seat.guest.visit_type,
                site,
                seat.starts_at,
                seat.clinician_id,
                mode=seat.guest.mode,
            ),
            person=seat.guest.person,
            user=user,
            idempotency_key=f"{key}:{number}",
            now=now,
        )
        for number, seat in enumerate(seats)
    ]

"""People who wait for a time at a small clinic, for tests."""

from datetime import datetime, timedelta
from typing import Any

from people.models import Person, User
from scheduling.booking.selectors.wanted import WantedVisit
from scheduling.booking.services import lifecycle
from scheduling.booking.services.booking import book_appointment
from scheduling.models import Appointment, WaitlistEntry
from scheduling.transitions import SETTLED_AFTER
from scheduling.waitlist.services.waitlist import SuitableTimes, join_waitlist
from tests.builders import make_patient
from tests.scheduling.world import Clinic


def book(
    clinic: Clinic,
    starts_at: datetime,
    *,
    now: datetime,
    patient: tuple[User, Person] | None = None,
) -> Appointment:
    """A visit with the clinic's first clinician."""
    user, person = patient or make_patient()
    return book_appointment(
        wanted=WantedVisit(clinic.visit_type, clinic.site, starts_at, clinic.clinician.pk),
        person=person,
        user=user,
        idempotency_key=f"{person.pk}-{starts_at}",
        now=now,
    )


def cancel(appointment: Appointment, *, now: datetime) -> None:
    """So long before ``now`` that it can no longer be undone."""
    assert appointment.booked_by is not None
    lifecycle.cancel_appointment(
        appointment=appointment, user=appointment.booked_by, reason="", now=now - SETTLED_AFTER
    )


def waits(
    clinic: Clinic,
    *,
    now: datetime,
    patient: tuple[User, Person] | None = None,
    replaces: Appointment | None = None,
    since: timedelta = timedelta(),
    priority: int = 0,
    **suits: Any,
) -> WaitlistEntry:
    """Somebody who waits there since so long ago, for any time in a month at an hour's notice."""
    user, person = patient or make_patient()
    entry = join_waitlist(
        person=person,
        user=user,
        visit_type=clinic.visit_type,
        suits=SuitableTimes(
            **{
                "sites": [clinic.site],
                "earliest": now.date(),
                "latest": now.date() + timedelta(days=30),
                "notice_hours": 1,
                **suits,
            }
        ),
        replaces=replaces,
        now=now - since,
    )
    WaitlistEntry.objects.filter(pk=entry.pk).update(priority=priority)
    entry.refresh_from_db()
    return entry

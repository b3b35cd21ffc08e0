"""Reads across stages for staff: whom they may find, and what is near for that person."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from phonenumber_field.phonenumber import PhoneNumber, to_python

from messaging.models import Task
from people.models import Person, User
from people.rules.names import PersonQuery
from people.selectors import people_like
from scheduling.appointments.selectors.appointments import appointments_for_staff, nearest_visits
from scheduling.appointments.selectors.called_off import with_called_off
from scheduling.appointments.selectors.patients import patients_of_staff
from scheduling.models import Appointment

MOST_FOUND = 20
VISITS_SHOWN = 30


@dataclass(frozen=True, slots=True)
class FoundPatient:
    """A patient, the visit that the desk most likely means, and the number to tell them by.

    Who was taken on just now has no visit yet.
    """

    person: Person
    visit: Appointment | None
    is_today: bool
    phone: PhoneNumber | None


def find_patients(
    user: User, wanted: PersonQuery, *, now: datetime
) -> tuple[list[FoundPatient], bool]:
    """The patients whom all of what was typed fits, and whether there are more than shown.

    Only patients of this member of staff's sites, and of their visits only those there. Six
    queries at most, however many are found.
    """
    people = list(
        patients_of_staff(people_like(wanted), user).prefetch_related("contact_points")[
            : MOST_FOUND + 1
        ]
    )
    more = len(people) > MOST_FOUND
    people = people[:MOST_FOUND]
    visits = nearest_visits(
        appointments_for_staff(user), person_ids=[person.pk for person in people], now=now
    )
    with_called_off(visits.values())
    return [_found(person, visits.get(person.pk), now) for person in people], more


def _found(person: Person, visit: Appointment | None, now: datetime) -> FoundPatient:
    numbers = (point.value for point in person.contact_points.all() if point.kind == "phone")
    phone = to_python(next(numbers, ""))
    return FoundPatient(person, visit, visit is not None and _is_today(visit, now), phone or None)


def _is_today(visit: Appointment, now: datetime) -> bool:
    return visit.local_date == now.astimezone(ZoneInfo(visit.time_zone)).date()


def patient_of_staff(user: User, public_id: uuid.UUID) -> Person | None:
    """A patient of one of this member of staff's sites; to others they do not exist."""
    return patients_of_staff(Person.objects.filter(public_id=public_id), user).first()


def visit_of_task(user: User, task: Task) -> Appointment | None:
    """The visit that a task is about, where it is at one of this member of staff's sites."""
    if task.about != "appointment":
        return None
    found = appointments_for_staff(user).filter(pk=task.about_id or 0)
    return next(iter(with_called_off(found)), None)


def visits_of_patient(user: User, person: Person) -> list[Appointment]:
    """Their visits at this member of staff's sites, newest first, at most thirty."""
    visits = appointments_for_staff(user).filter(person=person).order_by("-starts_at")
    return with_called_off(visits[:VISITS_SHOWN])

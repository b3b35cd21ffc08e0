"""Nobody is in two places at once: a patient's own visits do not overlap."""

from datetime import datetime
from typing import Any

from django.db import connection

from people.models import User
from scheduling.exceptions import HasVisitThen
from scheduling.models import Appointment
from scheduling.transitions import PRESENT, UPCOMING

# Two browsers of one patient take turns here. A statement of its own: what comes after it sees
# what the other one did.
LOCK_PERSON = "SELECT FROM people_person WHERE id = %(person)s FOR NO KEY UPDATE;"
# The public id of a visit of theirs at that time, or NULL.
VISIT_THEN = """(
    SELECT public_id FROM scheduling_appointment
    WHERE person_id = %(person)s AND status = ANY(%(standing)s)
      AND starts_at > %(start)s - INTERVAL '24 hours'
      AND starts_at < %(start)s + %(minutes)s * INTERVAL '1 minute'
      AND ends_at > %(start)s AND id IS DISTINCT FROM %(but)s
    LIMIT 1)"""
STANDING = sorted(UPCOMING | PRESENT)


def asked_then(
    person_id: int, starts_at: datetime, minutes: int, *, but: int | None = None
) -> dict[str, Any]:
    """The values of both queries, about a visit that begins then and takes so many minutes.

    ``but`` is the id of a visit that does not count.
    """
    when = {"start": starts_at, "minutes": minutes}
    return {"person": person_id, "standing": STANDING, "but": but, **when}


def refuse_second_visit(appointment: Appointment, starts_at: datetime, *, user: User) -> None:
    """Raise HasVisitThen where the patient has another visit at a time they want to move to.

    Locks the person until the transaction ends. Staff see such a conflict and decide themselves.
    """
    if user.is_staff:
        return
    asked = asked_then(
        appointment.person_id, starts_at, appointment.visit_type.minutes, but=appointment.pk
    )
    with connection.cursor() as cursor:
        cursor.execute(f"{LOCK_PERSON} SELECT {VISIT_THEN}", asked)
        (appointment_id,) = cursor.fetchone()
    if appointment_id is not None:
        raise HasVisitThen(appointment_id)

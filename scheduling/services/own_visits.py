"""Nobody is in two places at once: a patient's own visits do not overlap."""

from datetime import datetime
from typing import Any

from django.db import connection

from people.models import Person, User
from scheduling.exceptions import HasVisitThen
from scheduling.transitions import PRESENT, UPCOMING

# Two browsers of one patient take turns here. A statement of its own: what comes after it sees
# what the other one did.
LOCK_PERSON = "SELECT FROM people_person WHERE id = %(person)s FOR NO KEY UPDATE;"
# The public id of a visit of theirs at that time, or NULL.
VISIT_THEN = """(
    SELECT public_id FROM scheduling_appointment
    WHERE person_id = %(person)s AND status = ANY(%(standing)s)
      AND starts_at > %(start)s - INTERVAL '24 hours' AND starts_at < %(end)s
      AND ends_at > %(start)s AND id IS DISTINCT FROM %(but)s
    LIMIT 1)"""
STANDING = sorted(UPCOMING | PRESENT)


def asked_then(
    person_id: int, starts_at: datetime, ends_at: datetime, *, but: int | None = None
) -> dict[str, Any]:
    """The values of both queries; ``but`` is the id of a visit that does not count."""
    times = {"start": starts_at, "end": ends_at}
    return {"person": person_id, "standing": STANDING, "but": but, **times}


def refuse_second_visit(
    person: Person, starts_at: datetime, ends_at: datetime, *, user: User, but: int
) -> None:
    """Raise HasVisitThen where the person has another visit than ``but`` at that time.

    Locks the person until the transaction ends. Staff see such a conflict and decide themselves.
    """
    if user.is_staff:
        return
    with connection.cursor() as cursor:
        asked = asked_then(person.pk, starts_at, ends_at, but=but)
        cursor.execute(f"{LOCK_PERSON} SELECT {VISIT_THEN}", asked)
        (appointment_id,) = cursor.fetchone()
    if appointment_id is not None:
        raise HasVisitThen(appointment_id)

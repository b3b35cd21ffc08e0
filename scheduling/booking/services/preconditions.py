"""What a booking or a move must know first, in one round trip.

Nobody is in two places at once: a patient's own visits do not overlap.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from people.models import Person
from people.selectors import ADDRESSES
from scheduling.appointments.selectors.appointments import REMEMBERED, SEEN, standing_if
from scheduling.clinic.selectors.directory import TOKEN, Directory, directory_of
from scheduling.models import Standing
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
COLUMNS = f"{VISIT_THEN}, {SEEN}, {TOKEN}, {ADDRESSES}"


@dataclass(frozen=True, slots=True)
class Preconditions:
    """``visit_then`` is the public id of another visit of the patient at that time; ``addresses``
    are those of ``addresses_of``.
    """

    visit_then: UUID | None
    standing: Standing
    directory: Directory
    addresses: dict[str, str]


def preconditions(
    *,
    person: Person,
    starts_at: datetime,
    minutes: int,
    now: datetime,
    but: int | None = None,
    also: str,
    values: Mapping[str, Any],
) -> tuple[Preconditions, list[Any]]:
    """What is known of a patient who wants a visit then, and what the columns ``also`` ask besides.

    ``values`` are those that ``also`` names; ``but`` is the id of a visit that does not count.
    Keeps the patient from others until the transaction ends.
    """
    asked: dict[str, Any] = {
        "person": person.pk,
        "standing": STANDING,
        "but": but,
        "start": starts_at,
        "minutes": minutes,
        "remembered": now - REMEMBERED,
        **values,
    }
    with connection.cursor() as cursor:
        cursor.execute(f"{LOCK_PERSON} SELECT {COLUMNS}, {also}", asked)
        visit_then, seen, token, addresses, *more = cursor.fetchone()
    found = Preconditions(visit_then, standing_if(seen=seen), directory_of(token), dict(addresses))
    return found, more

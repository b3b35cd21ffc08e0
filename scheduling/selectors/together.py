"""Times at which several people can be seen at once (``scheduling.together``)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from people.models import Person
from scheduling.models import Site, VisitType
from scheduling.selectors.appointments import standing_of
from scheduling.selectors.searches import Search, Slot, shape_of
from scheduling.selectors.series import busy_of
from scheduling.selectors.slots import free_slots
from scheduling.together import Place, together


@dataclass(frozen=True, slots=True)
class Guest:
    """One of the people, and what they come for."""

    person: Person
    visit_type: VisitType
    mode: str


def times_together(
    guests: Sequence[Guest], site: Site, *, first_day: date, last_day: date, now: datetime
) -> list[tuple[Slot, ...]]:
    """For each start of a day a slot for each of the guests in their order, by time.

    A search for each of the guests. Raises ValueError for more than 62 days.
    """
    by_guest = [_places(guest, site, first_day, last_day, now) for guest in guests]
    found: list[tuple[Slot, ...]] = []
    for number in range((last_day - first_day).days + 1):
        day = first_day + timedelta(days=number)
        slots = [each.get(day, {}) for each in by_guest]
        rows = together([each.keys() for each in slots])
        found += [tuple(slots[n][place] for n, place in enumerate(row)) for row in rows]
    return found


def _places(
    guest: Guest, site: Site, first_day: date, last_day: date, now: datetime
) -> dict[date, dict[Place, Slot]]:
    """What is free for one guest, by day; not while they have another visit."""
    search = Search(
        visit_type=guest.visit_type,
        site_ids=[site.pk],
        first_day=first_day,
        last_day=last_day,
        now=now,
        mode=guest.mode,
        standing=standing_of(guest.person, now=now),
    )
    busy, shape = busy_of(guest.person, now=now), shape_of(guest.visit_type)
    free = [
        slot
        for slot in free_slots(search)
        if not any(slot.start < end and start < slot.start + shape.length for start, end in busy)
    ]
    return {
        day: {
            Place(
                slot.start,
                slot.start + shape.length,
                *shape.occupied(slot.start),
                slot.clinician_id,
            ): slot
            for slot in slots
        }
        for day, slots in groupby(free, key=lambda slot: slot.local.date())
    }

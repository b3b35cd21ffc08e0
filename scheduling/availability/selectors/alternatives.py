"""Other times, where the one that was wanted cannot be had."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from operator import attrgetter

from scheduling.availability.selectors.search import Search, Slot, bookable_span
from scheduling.availability.selectors.slots import free_slots


def alternatives_to(search: Search, *, starts_at: datetime, count: int = 5) -> Sequence[Slot]:
    """The free times nearest to one that cannot be had, each instant once, with anyone who will do.

    ``search`` is the one-day search that found nothing (see ``search_at``). Where the day itself
    has enough, no other is looked at.
    """
    if search.keeps_time:
        search = replace(search, keeps_time=False)
    _, latest = bookable_span(search.visit_type, now=search.now)
    day = min(max(starts_at, search.now), latest).astimezone(UTC).date()
    same_day = replace(search, clinician_ids=search.among)
    wider = replace(same_day, first_day=day - timedelta(days=2), last_day=day + timedelta(days=14))
    start = starts_at.timestamp()
    nearest: list[Slot] = []
    for days in (same_day, wider):
        at_once = {slot.start: slot for slot in reversed(free_slots(days)) if slot.start != start}
        nearest = sorted(at_once.values(), key=lambda slot: abs(slot.start - start))[:count]
        if len(nearest) == count:
            break
    return sorted(nearest, key=attrgetter("start"))

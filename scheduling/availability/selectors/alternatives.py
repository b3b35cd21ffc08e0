"""Other times, where the one that was wanted cannot be had."""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from time import monotonic

from scheduling.availability.selectors.busy import NOTHING_IGNORED
from scheduling.availability.selectors.search import Search, Slot, bookable_span
from scheduling.availability.selectors.slots import free_slots

# Fifty who lose one race need not be looked for fifty times: what one is told is good for all, for
# as long (in seconds) as it would take the first of them to read it.
ONE_FOR_ALL = 1.0
MOST_KEPT = 256
_told: dict[Hashable, tuple[float, Sequence[Slot]]] = {}


def alternatives_to(search: Search, *, starts_at: datetime, count: int = 5) -> Sequence[Slot]:
    """The free times nearest to one that cannot be had, each instant once, with anyone who will do.

    ``search`` is the one-day search that found nothing (see ``search_at``). What was told within
    the last second of the same time is told again, to whom it would be the same.
    """
    token = search.directory.token if search.directory else None
    if token is None or search.ignored != NOTHING_IGNORED:
        return _nearest(search, starts_at, count)
    key = (
        token,
        search.visit_type.pk,
        tuple(search.site_ids),
        None if search.among is None else frozenset(search.among),
        search.mode,
        search.standing,
        search.now.replace(second=0, microsecond=0),
        starts_at,
        count,
    )
    until, slots = _told.get(key, (0.0, ()))
    if monotonic() < until:
        return slots
    slots = _nearest(search, starts_at, count)
    if len(_told) >= MOST_KEPT:
        _told.clear()
    _told[key] = (monotonic() + ONE_FOR_ALL, slots)
    return slots


def _nearest(search: Search, starts_at: datetime, count: int) -> list[Slot]:
    """Where the day itself has enough, no other is looked at."""
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

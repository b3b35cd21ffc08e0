"""Times at which several people can be seen at once (see ``series.rules.family``)."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from people.models import Person
from scheduling.appointments.selectors.appointments import standing_of
from scheduling.availability.selectors.busy import Busy, Window, busy_rows, places_of, pools_of
from scheduling.availability.selectors.search import Search, Slot, shape_of
from scheduling.availability.selectors.slots import free_slots
from scheduling.clinic.rules.working_hours import DAY, Interval, instant_of
from scheduling.models import Mode, Site, VisitType
from scheduling.series.rules.family import GuestSlot, SharedCapacity, combined_times
from scheduling.series.selectors.series import busy_of


@dataclass(frozen=True, slots=True)
class Guest:
    """One of the people, and what they come for."""

    person: Person
    visit_type: VisitType
    mode: str

    @property
    def needs(self) -> list[str]:
        """The categories of rooms and devices that the visit takes."""
        return list(self.visit_type.needs) if self.mode == Mode.IN_PERSON else []

    def place_of(self, slot: Slot) -> GuestSlot:
        """A free time as a plain value."""
        shape = shape_of(self.visit_type)
        return GuestSlot(
            slot.start,
            slot.start + shape.length,
            *shape.occupied(slot.start),
            slot.clinician_id,
            takes=(_calendar(slot.resource_id), *self.needs),
            counts=_cap(slot.resource_id, self.visit_type),
        )


def _calendar(resource_id: int) -> str:
    return f"calendar:{resource_id}"


def _cap(resource_id: int, visit_type: VisitType) -> str:
    return f"cap:{resource_id}:{visit_type.pk}" if visit_type.daily_cap is not None else ""


def times_together(
    guests: Sequence[Guest], site: Site, *, first_day: date, last_day: date, now: datetime
) -> list[tuple[Slot, ...]]:
    """For each start of a day a slot for each of the guests in their order, by time.

    A search for each of the guests, and two queries about what they share. Raises ValueError for
    more than 62 days.
    """
    slots = [_slots(guest, site, first_day, last_day, now) for guest in guests]
    shared = _shared(guests, slots, site, now)
    by_guest = [_by_day(guest, own) for guest, own in zip(guests, slots, strict=True)]
    found: list[tuple[Slot, ...]] = []
    for day in by_guest[0]:
        there = [each.get(day, {}) for each in by_guest]
        rows = combined_times([each.keys() for each in there], shared=shared.on(day))
        found += [tuple(there[n][place] for n, place in enumerate(row)) for row in rows]
    return found


def _slots(guest: Guest, site: Site, first_day: date, last_day: date, now: datetime) -> list[Slot]:
    """What is free for one guest, by time; not while they have another visit."""
    search = Search(
        visit_type=guest.visit_type,
        site_ids=[site.pk],
        first_day=first_day,
        last_day=last_day,
        now=now,
        mode=guest.mode,
        standing=standing_of(guest.person, now=now),
    )
    busy, length = busy_of(guest.person, now=now), shape_of(guest.visit_type).length
    return [
        slot
        for slot in free_slots(search)
        if not any(slot.start < end and start < slot.start + length for start, end in busy)
    ]


def _by_day(guest: Guest, slots: Sequence[Slot]) -> dict[date, dict[GuestSlot, Slot]]:
    return {
        day: {guest.place_of(slot): slot for slot in own}
        for day, own in groupby(slots, key=lambda slot: slot.local.date())
    }


@dataclass(frozen=True, slots=True)
class _Shared:
    """What guests take of the same, on all days: ``booked`` counts under a cap by name and day."""

    pools: Mapping[str, list[list[Interval]]]
    caps: Mapping[str, int]
    booked: Mapping[tuple[str, date], int]

    def on(self, day: date) -> SharedCapacity:
        left = {name: cap - self.booked.get((name, day), 0) for name, cap in self.caps.items()}
        return SharedCapacity(self.pools, left)


def _shared(
    guests: Sequence[Guest], slots: Sequence[Sequence[Slot]], site: Site, now: datetime
) -> _Shared:
    """At most two queries, however many guests and days."""
    rooms = pools_of({site.pk}, {need for guest in guests for need in guest.needs})
    pools = {category: pool for (_, category), pool in rooms.items()}
    capped: dict[str, tuple[int, VisitType]] = {}
    for guest, own in zip(guests, slots, strict=True):
        for schedule in {slot.schedule for slot in own}:
            resource_id = schedule.resource_id
            if schedule.capacity > 1:
                pools[_calendar(resource_id)] = [(resource_id, schedule.capacity)]
            if name := _cap(resource_id, guest.visit_type):
                capped[name] = resource_id, guest.visit_type
    asked = {resource_id for pool in pools.values() for resource_id, _ in pool}
    asked |= {resource_id for resource_id, _ in capped.values()}
    busy = busy_rows(sorted(asked), _window(slots, now))
    zone = ZoneInfo(site.time_zone)
    return _Shared(
        pools={name: places_of(pool, busy) for name, pool in pools.items()},
        caps={name: visit_type.daily_cap or 0 for name, (_, visit_type) in capped.items()},
        booked=Counter(
            (name, day)
            for name, (resource_id, visit_type) in capped.items()
            for day in _days_of(visit_type, busy.get(resource_id, ()), zone)
        ),
    )


def _window(slots: Sequence[Sequence[Slot]], now: datetime) -> Window:
    """The whole days of all that is free."""
    starts = [slot.start for own in slots for slot in own] or [0]
    return Window(since=min(starts) - DAY, until=max(starts) + 2 * DAY, now=instant_of(now))


def _days_of(visit_type: VisitType, rows: Sequence[Busy], zone: ZoneInfo) -> Iterator[date]:
    """The day of each visit of a kind, by the site's calendar."""
    for row in rows:
        if row.visit_type_id == visit_type.pk:
            start = row.start + shape_of(visit_type).before
            yield datetime.fromtimestamp(start, zone).date()

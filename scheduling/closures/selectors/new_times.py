"""Where each visit of somebody who is away could go instead."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from people.models import User
from scheduling.appointments.selectors.appointments import REMEMBERED, sites_of_staff
from scheduling.availability.rules.starts import clear
from scheduling.availability.selectors.busy import Window, busy_rows, places_of
from scheduling.availability.selectors.search import Search, Slot, shape_of
from scheduling.availability.selectors.slots import free_slots
from scheduling.clinic.rules.working_hours import Interval, instant_of
from scheduling.closures.rules import Away
from scheduling.closures.selectors.absences import visits_in_absence
from scheduling.models import Appointment, Clinician, Site, Standing
from scheduling.transitions import Status

# An acceptable other time lies no further away than this.
LOOK_AHEAD_DAYS = 14
LOOK_BACK_DAYS = 3


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A visit that cannot take place, and the best other time for it, if there is any."""

    visit: Appointment
    slot: Slot | None
    site: Site | None = None
    clinician: Clinician | None = None


def suggestions_for(
    clinician: Clinician, away: Away, *, user: User, now: datetime
) -> tuple[list[Suggestion], int]:
    """A suggestion for each visit at this member of staff's sites, and how many are elsewhere.

    The same kind of visit and way of meeting, the nearest time, at the same site if there is one
    within two weeks and else at another; never the same place twice. One search for each kind of
    visit among them.
    """
    visits = visits_in_absence(clinician, away, now=now)
    own = set(sites_of_staff(user).values_list("pk", flat=True))
    seen = [visit for visit in visits if visit.site_id in own]
    search = _Searches(clinician, away, seen, now)
    chosen = [(visit, search.best_for(visit)) for visit in seen]
    slots = [slot for _, slot in chosen if slot]
    sites = Site.objects.in_bulk([slot.site_id for slot in slots])
    clinicians = Clinician.objects.in_bulk([slot.clinician_id for slot in slots])
    found = [
        Suggestion(visit, slot, sites[slot.site_id], clinicians[slot.clinician_id])
        if slot
        else Suggestion(visit, None)
        for visit, slot in chosen
    ]
    return found, len(visits) - len(seen)


def _returning(visits: Sequence[Appointment], *, now: datetime) -> set[int]:
    """Those of the patients who have been seen here (``standing_of``). One query for all."""
    seen = Appointment.objects.filter(
        person__in={visit.person_id for visit in visits},
        status=Status.COMPLETED,
        starts_at__gt=now - REMEMBERED,
    )
    return set(seen.values_list("person_id", flat=True))


class _Searches:
    """The free times for each kind of visit, and which of their places are spoken for."""

    def __init__(
        self, clinician: Clinician, away: Away, visits: Sequence[Appointment], now: datetime
    ) -> None:
        self.clinician, self.away, self.now = clinician, away, now
        self.returning = _returning(visits, now=now)
        self.site_ids = list(Site.objects.filter(active=True).values_list("pk", flat=True))
        self.free: dict[tuple[int, str, str], Sequence[Slot]] = {}
        self.places: dict[int, list[list[Interval]]] = {}
        self.spoken_for: dict[int, list[Interval]] = {}

    def best_for(self, visit: Appointment) -> Slot | None:
        shape, start = shape_of(visit.visit_type), instant_of(visit.starts_at)
        best = min(
            (
                slot
                for slot in self._free_for(visit)
                if self._has_place(slot, shape.occupied(slot.start))
            ),
            key=lambda slot: (slot.site_id != visit.site_id, abs(slot.start - start), slot.start),
            default=None,
        )
        if best is not None:
            self.spoken_for.setdefault(best.resource_id, []).append(shape.occupied(best.start))
        return best

    def _has_place(self, slot: Slot, wanted: Interval) -> bool:
        """Whether a place is left beside those that were suggested already."""
        others = self.spoken_for.get(slot.resource_id, ())
        suggested = sum(_touch(wanted, other) for other in others)
        if not suggested:
            return True
        places = self.places.get(slot.resource_id, [[]])
        return suggested < sum(clear([place], wanted) for place in places)

    def _free_for(self, visit: Appointment) -> Sequence[Slot]:
        standing = Standing.RETURNING if visit.person_id in self.returning else Standing.NEW
        kind = visit.visit_type_id, visit.mode, str(standing)
        if kind not in self.free:
            self.free[kind] = [slot for slot in self._search(visit, standing) if self._there(slot)]
            self._read_places(self.free[kind])
        return self.free[kind]

    def _search(self, visit: Appointment, standing: str) -> list[Slot]:
        return free_slots(
            Search(
                visit_type=visit.visit_type,
                site_ids=self.site_ids,
                first_day=self.away.first_day - timedelta(days=LOOK_BACK_DAYS),
                last_day=self.away.last_day + timedelta(days=LOOK_AHEAD_DAYS),
                now=self.now,
                mode=visit.mode,
                standing=standing,
            )
        )

    def _there(self, slot: Slot) -> bool:
        """Not with who is away then."""
        return slot.clinician_id != self.clinician.pk or not self.away.touches(
            slot.starts_at, slot.ends_at, slot.time_zone
        )

    def _read_places(self, slots: Sequence[Slot]) -> None:
        """What is taken of each place of the group sessions among some free times. One query."""
        sessions = {
            slot.resource_id: slot.schedule.capacity for slot in slots if slot.schedule.capacity > 1
        }
        if not sessions:
            return
        starts = [slot.start for slot in slots]
        window = Window(min(starts), max(starts) + slots[0].schedule.length, instant_of(self.now))
        rows = busy_rows(sessions, window)
        for resource_id, capacity in sessions.items():
            self.places[resource_id] = places_of([(resource_id, capacity)], rows)


def _touch(one: Interval, other: Interval) -> bool:
    return one[0] < other[1] and other[0] < one[1]

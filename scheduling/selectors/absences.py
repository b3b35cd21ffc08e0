"""Whose visits are in the way when a clinician is away, and where each could go instead."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from people.models import User
from scheduling.availability import Interval, instant_of
from scheduling.models import Appointment, Clinician, Site
from scheduling.selectors.appointments import (
    WITH_NAMES,
    sites_of_staff,
    standing_of,
)
from scheduling.selectors.searches import Search, Slot, shape_of
from scheduling.selectors.slots import free_slots
from scheduling.transitions import UPCOMING

LONGEST_ABSENCE_DAYS = 14
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


def visits_in_absence(
    clinician: Clinician, *, first_day: date, last_day: date, now: datetime
) -> list[Appointment]:
    """The clinician's visits still to come in these days, at all sites, in order."""
    return list(
        Appointment.objects.filter(
            clinician=clinician,
            local_date__range=(first_day, last_day),
            status__in=UPCOMING,
            ends_at__gt=now,
        )
        .select_related(*WITH_NAMES)
        .order_by("starts_at", "pk")
    )


def suggestions_for(
    clinician: Clinician, *, user: User, first_day: date, last_day: date, now: datetime
) -> tuple[list[Suggestion], int]:
    """A suggestion for each visit at this member of staff's sites, and how many are elsewhere.

    The same kind of visit and way of meeting, the nearest time, at the same site if there is one
    within two weeks and else at another; never the same time twice. One search for each kind of
    visit among them.
    """
    visits = visits_in_absence(clinician, first_day=first_day, last_day=last_day, now=now)
    own = set(sites_of_staff(user).values_list("pk", flat=True))
    seen = [visit for visit in visits if visit.site_id in own]
    search = _Searches(clinician, first_day, last_day, now)
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


class _Searches:
    """The free times for each kind of visit, and which of them are spoken for."""

    def __init__(
        self, clinician: Clinician, first_day: date, last_day: date, now: datetime
    ) -> None:
        self.away = clinician
        self.first_day, self.last_day, self.now = first_day, last_day, now
        self.site_ids = list(Site.objects.filter(active=True).values_list("pk", flat=True))
        self.free: dict[tuple[int, str, str], Sequence[Slot]] = {}
        self.taken: dict[int, list[Interval]] = {}

    def best_for(self, visit: Appointment) -> Slot | None:
        shape, start = shape_of(visit.visit_type), instant_of(visit.starts_at)
        possible = [
            slot
            for slot in self._free_for(visit)
            if not any(
                _touch(shape.occupied(slot.start), other)
                for other in self.taken.get(slot.resource_id, ())
            )
        ]
        best = min(
            possible,
            key=lambda slot: (slot.site_id != visit.site_id, abs(slot.start - start), slot.start),
            default=None,
        )
        if best is not None:
            self.taken.setdefault(best.resource_id, []).append(shape.occupied(best.start))
        return best

    def _free_for(self, visit: Appointment) -> Sequence[Slot]:
        standing = standing_of(visit.person, now=self.now)
        kind = visit.visit_type_id, visit.mode, str(standing)
        if kind not in self.free:
            self.free[kind] = [slot for slot in self._search(visit, standing) if self._there(slot)]
        return self.free[kind]

    def _search(self, visit: Appointment, standing: str) -> list[Slot]:
        return free_slots(
            Search(
                visit_type=visit.visit_type,
                site_ids=self.site_ids,
                first_day=self.first_day - timedelta(days=LOOK_BACK_DAYS),
                last_day=self.last_day + timedelta(days=LOOK_AHEAD_DAYS),
                now=self.now,
                mode=visit.mode,
                standing=standing,
            )
        )

    def _there(self, slot: Slot) -> bool:
        """Not with who is away, in these days."""
        return slot.clinician_id != self.away.pk or not (
            self.first_day <= slot.local.date() <= self.last_day
        )


def _touch(one: Interval, other: Interval) -> bool:
    return one[0] < other[1] and other[0] < one[1]

"""Finding a time: by who, where, when and how, each answer with why it fits.

Answers come by time. A place that is named limits how far they are instead of reordering them: a
person who is ill wants soon *and* near, and a list by distance would show the nearest site's last
week before its neighbor's tomorrow.

At most four queries, however many days and clinicians: the place, the directory, what is taken,
and the rooms there are; and where the directory is new, those of reading it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from scheduling.availability.rules.preferences import (
    ANYWHERE,
    Preferences,
    Reason,
    SlotKey,
    first_days,
    fits_when,
    loosened,
    reasons_of_place,
    reasons_of_time,
)
from scheduling.availability.selectors.busy import NOTHING_IGNORED, Ignored
from scheduling.availability.selectors.offering import Offering, offering_of
from scheduling.availability.selectors.search import (
    LONGEST_WINDOW_DAYS,
    Search,
    Slot,
    bookable_span,
)
from scheduling.availability.selectors.slots import free_slots
from scheduling.clinic.rules.working_hours import instant_of, moment_of
from scheduling.clinic.selectors.directory import Directory, current_directory
from scheduling.clinic.selectors.places import TypedPlace, place_typed
from scheduling.models import Appointment, VisitType

ONE_DAY = timedelta(days=1)
WHOLE_WINDOW = timedelta(days=LONGEST_WINDOW_DAYS - 1)


@dataclass(frozen=True)
class TimeSearch:
    """What is looked for, from where, and which page of the answers.

    ``near`` is what the patient typed. Days are dates in each site's own zone, inclusive; without
    them we look as far as one search may, 62 days. A page begins after ``after``, or ends before
    ``before``, and has the first (or last) ``days`` days that have any time; all without it.
    ``moving`` is a visit whose own time counts as free, and is not offered again. ``directory`` is
    the clinic as of this request, where that is known already.
    """

    visit_type: VisitType
    preferences: Preferences
    now: datetime
    near: str = ""
    first_day: date | None = None
    last_day: date | None = None
    after: SlotKey | None = None
    before: SlotKey | None = None
    days: int | None = None
    moving: "OwnTime | None" = None
    directory: Directory | None = None

    @cached_property
    def window(self) -> tuple[date, date]:
        """The days to search: those that are named, cut to what one search may span."""
        # No zone is a whole day from UTC.
        today = (self.now - ONE_DAY).date()
        if self.preferences.same_day:
            return today, today + 2 * ONE_DAY
        first, last = self.first_day or today, self.last_day
        if self.before is not None:
            end = self._day_of(self.before) + ONE_DAY
            last = min(last or end, end)
            return max(first, last - WHOLE_WINDOW), last
        if self.after is not None:
            first = max(first, self._day_of(self.after) - ONE_DAY)
        end = min(first, date.max - WHOLE_WINDOW) + WHOLE_WINDOW
        return first, min(last or end, end)

    def _day_of(self, key: SlotKey) -> date:
        earliest, latest = bookable_span(self.visit_type, now=self.now)
        near = min(max(key.start, instant_of(earliest)), instant_of(latest))
        return moment_of(near).date()

    @property
    def begins(self) -> bool:
        """Whether the first answer is the soonest there is."""
        today = self.now.date()
        return not (self.after or self.before or (self.first_day and self.first_day > today))

    @property
    def may_go_on(self) -> bool:
        """Whether what can be booked goes on after the window."""
        if self.preferences.same_day or self.last_day is not None:
            return False
        return self.window[1] < bookable_span(self.visit_type, now=self.now)[1].date()


class OwnTime(NamedTuple):
    """The visit that is to be moved: its row, and the time it has now."""

    appointment_id: int
    site_id: int
    starts_at: datetime
    mode: str
    public_id: UUID

    @classmethod
    def of(cls, visit: Appointment) -> "OwnTime":
        return cls(visit.pk, visit.site_id, visit.starts_at, visit.mode, visit.public_id)


@dataclass(frozen=True)
class Found:
    """A page of free times, and what there is to choose among.

    ``previous`` and ``next`` are the keys before and after which another page may be.
    """

    time_search: TimeSearch
    typed: TypedPlace
    offering: Offering
    slots: Sequence[Slot]
    previous: SlotKey | None
    next: SlotKey | None

    def reasons(self, slot: Slot) -> tuple[Reason, ...]:
        """Why a time fits."""
        preferences = self.time_search.preferences
        reasons = self.reasons_there(slot)
        if slot is self.soonest:
            reasons = (Reason("soonest", self._anything), *reasons)
        return (
            reasons + reasons_of_time(slot.local, preferences) if preferences.of_times else reasons
        )

    def reasons_there(self, slot: Slot) -> tuple[Reason, ...]:
        """Why its site and clinician fit: the same for all their times."""
        pair = slot.site_id, slot.clinician_id
        if pair not in self._reasons:
            where, who = self.offering.places[pair[0]], self.offering.people_by_id[pair[1]]
            self._reasons[pair] = reasons_of_place(where, who, self.time_search.preferences)
        return self._reasons[pair]

    @cached_property
    def soonest(self) -> Slot | None:
        """The soonest time of all, where this page begins with it."""
        return self.slots[0] if self.slots and self.time_search.begins else None

    @cached_property
    def _reasons(self) -> dict[tuple[int, int], tuple[Reason, ...]]:
        return {}

    @cached_property
    def _anything(self) -> bool:
        """Whether nothing was left out: no other site has it sooner."""
        preferences = self.time_search.preferences
        asked = Preferences(
            mode=preferences.mode, standing=preferences.standing, within=preferences.within
        )
        far = self.typed.place is None or preferences.within == ANYWHERE
        return preferences == asked and far and len(self.offering.sites) > 1


def find_times(time_search: TimeSearch) -> Found:
    """A page of the free times that fit, by time; at most four queries.

    Raises ValueError for named days that span more than 62.
    """
    if time_search.directory is None:
        time_search = replace(time_search, directory=current_directory())
    typed = place_typed(time_search.near) if time_search.near else TypedPlace()
    offering = offering_of(
        time_search.visit_type, now=time_search.now, near=typed, directory=time_search.directory
    )
    preferences = time_search.preferences
    slots = _free(time_search, offering.site_ids(preferences), offering.clinician_ids(preferences))
    if time_search.before is not None:
        return _page_before(time_search, typed, offering, slots, time_search.before)
    return _page_after(time_search, typed, offering, slots)


def _free(
    time_search: TimeSearch, site_ids: Sequence[int], clinician_ids: Sequence[int] | None
) -> list[Slot]:
    """All free times of the window at some sites with some people; fitting any time of day."""
    if clinician_ids is not None and not clinician_ids:
        return []
    first_day, last_day = time_search.window
    own = time_search.moving
    slots = free_slots(
        Search(
            visit_type=time_search.visit_type,
            site_ids=site_ids,
            first_day=first_day,
            last_day=last_day,
            now=time_search.now,
            clinician_ids=clinician_ids,
            mode=time_search.preferences.mode,
            standing=time_search.preferences.standing,
            ignored=Ignored(appointment_id=own.appointment_id) if own else NOTHING_IGNORED,
            directory=time_search.directory,
        )
    )
    if own is None or own.mode != time_search.preferences.mode:
        return slots
    has = instant_of(own.starts_at), own.site_id
    return [slot for slot in slots if (slot.start, slot.site_id) != has]


def _page_after(
    time_search: TimeSearch, typed: TypedPlace, offering: Offering, slots: list[Slot]
) -> Found:
    first = bisect_right(slots, time_search.after, key=key_of) if time_search.after else 0
    fitting = (slot for slot in slots[first:] if _fits(slot, time_search, time_search.preferences))
    taken, more = first_days(fitting, day_of=_day, most=time_search.days)
    previous = None
    if not time_search.begins:
        previous = key_of(taken[0]) if taken else time_search.after
    return Found(
        time_search, typed, offering, taken, previous, _next(time_search, taken, more=more)
    )


def _next(time_search: TimeSearch, taken: list[Slot], *, more: bool) -> SlotKey | None:
    """After what the next page begins: the last time of this one, or the end of the window."""
    last = key_of(taken[-1]) if taken else time_search.after
    if more:
        return last
    if not time_search.may_go_on:
        return None
    # All that fits in the window was told. Its last day is over, anywhere, after this instant.
    end = SlotKey(instant_of(datetime.combine(time_search.window[1], time(0), UTC)), 0, 0)
    return max(last, end) if last else end


def _page_before(
    time_search: TimeSearch,
    typed: TypedPlace,
    offering: Offering,
    slots: list[Slot],
    before: SlotKey,
) -> Found:
    last = bisect_left(slots, before, key=key_of)
    fitting = (
        slot for slot in reversed(slots[:last]) if _fits(slot, time_search, time_search.preferences)
    )
    taken, more = first_days(fitting, day_of=_day, most=time_search.days)
    taken.reverse()
    previous = key_of(taken[0]) if more and taken else None
    return Found(
        time_search, typed, offering, taken, previous, key_of(taken[-1]) if taken else before
    )


def key_of(slot: Slot) -> SlotKey:
    return SlotKey(slot.start, slot.clinician_id, slot.site_id)


def _day(slot: Slot) -> date:
    return slot.local.date()


def _fits(slot: Slot, time_search: TimeSearch, preferences: Preferences) -> bool:
    if not preferences.of_times:
        return True
    today = time_search.now.astimezone(ZoneInfo(slot.time_zone)).date()
    return fits_when(slot.local, preferences, today=today)


@dataclass(frozen=True, slots=True)
class WayOut:
    """A wish to give up (its ``kind``, or ``all`` of them), and the soonest time it would give."""

    kind: str
    preferences: Preferences
    soonest: Slot


def ways_out(found: Found) -> list[WayOut]:
    """What could be given up where nothing fits, and what that would give: never a dead end.

    Three more queries: everybody's times everywhere, against which each way is held.
    """
    time_search, offering = found.time_search, found.offering
    ways = loosened(time_search.preferences, near=found.typed.place is not None)
    if not ways:
        return []
    anything = Preferences(
        mode=time_search.preferences.mode,
        standing=time_search.preferences.standing,
        within=ANYWHERE,
    )
    whole = replace(
        time_search, preferences=anything, first_day=None, last_day=None, after=None, before=None
    )
    slots = _free(whole, list(offering.sites_by_id), None)
    possible = [
        (kind, preferences, _soonest(slots, whole, offering, preferences))
        for kind, preferences in ways
    ]
    told = [
        WayOut(kind, preferences, slot) for kind, preferences, slot in possible if slot is not None
    ]
    if not told and slots:
        told.append(WayOut("all", anything, slots[0]))
    return told


def _soonest(
    slots: list[Slot], time_search: TimeSearch, offering: Offering, preferences: Preferences
) -> Slot | None:
    sites, people = set(offering.site_ids(preferences)), offering.clinician_ids(preferences)
    among = None if people is None else set(people)
    return next(
        (
            slot
            for slot in slots
            if slot.site_id in sites
            and (among is None or slot.clinician_id in among)
            and _fits(slot, time_search, preferences)
        ),
        None,
    )

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
    Reason,
    SlotKey,
    Wishes,
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
class Inquiry:
    """What is looked for, from where, and which page of the answers.

    ``near`` is what the patient typed. Days are dates in each site's own zone, inclusive; without
    them we look as far as one search may, 62 days. A page begins after ``after``, or ends before
    ``before``, and has the first (or last) ``days`` days that have any time; all without it.
    ``moving`` is a visit whose own time counts as free, and is not offered again. ``directory`` is
    the clinic as of this request, where that is known already.
    """

    visit_type: VisitType
    wishes: Wishes
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
        if self.wishes.same_day:
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
        if self.wishes.same_day or self.last_day is not None:
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

    inquiry: Inquiry
    typed: TypedPlace
    offering: Offering
    slots: Sequence[Slot]
    previous: SlotKey | None
    next: SlotKey | None

    def reasons(self, slot: Slot) -> tuple[Reason, ...]:
        """Why a time fits."""
        wishes = self.inquiry.wishes
        reasons = self.reasons_there(slot)
        if slot is self.soonest:
            reasons = (Reason("soonest", self._anything), *reasons)
        return reasons + reasons_of_time(slot.local, wishes) if wishes.of_times else reasons

    def reasons_there(self, slot: Slot) -> tuple[Reason, ...]:
        """Why its site and clinician fit: the same for all their times."""
        pair = slot.site_id, slot.clinician_id
        if pair not in self._reasons:
            where, who = self.offering.places[pair[0]], self.offering.people_by_id[pair[1]]
            self._reasons[pair] = reasons_of_place(where, who, self.inquiry.wishes)
        return self._reasons[pair]

    @cached_property
    def soonest(self) -> Slot | None:
        """The soonest time of all, where this page begins with it."""
        return self.slots[0] if self.slots and self.inquiry.begins else None

    @cached_property
    def _reasons(self) -> dict[tuple[int, int], tuple[Reason, ...]]:
        return {}

    @cached_property
    def _anything(self) -> bool:
        """Whether nothing was left out: no other site has it sooner."""
        wishes = self.inquiry.wishes
        asked = Wishes(mode=wishes.mode, standing=wishes.standing, within=wishes.within)
        far = self.typed.place is None or wishes.within == ANYWHERE
        return wishes == asked and far and len(self.offering.sites) > 1


def find_times(inquiry: Inquiry) -> Found:
    """A page of the free times that fit, by time; at most four queries.

    Raises ValueError for named days that span more than 62.
    """
    if inquiry.directory is None:
        inquiry = replace(inquiry, directory=current_directory())
    typed = place_typed(inquiry.near) if inquiry.near else TypedPlace()
    offering = offering_of(
        inquiry.visit_type, now=inquiry.now, near=typed, directory=inquiry.directory
    )
    wishes = inquiry.wishes
    slots = _free(inquiry, offering.site_ids(wishes), offering.clinician_ids(wishes))
    if inquiry.before is not None:
        return _page_before(inquiry, typed, offering, slots, inquiry.before)
    return _page_after(inquiry, typed, offering, slots)


def _free(
    inquiry: Inquiry, site_ids: Sequence[int], clinician_ids: Sequence[int] | None
) -> list[Slot]:
    """All free times of the window at some sites with some people; fitting any time of day."""
    if clinician_ids is not None and not clinician_ids:
        return []
    first_day, last_day = inquiry.window
    own = inquiry.moving
    slots = free_slots(
        Search(
            visit_type=inquiry.visit_type,
            site_ids=site_ids,
            first_day=first_day,
            last_day=last_day,
            now=inquiry.now,
            clinician_ids=clinician_ids,
            mode=inquiry.wishes.mode,
            standing=inquiry.wishes.standing,
            ignored=Ignored(appointment_id=own.appointment_id) if own else NOTHING_IGNORED,
            directory=inquiry.directory,
        )
    )
    if own is None or own.mode != inquiry.wishes.mode:
        return slots
    has = instant_of(own.starts_at), own.site_id
    return [slot for slot in slots if (slot.start, slot.site_id) != has]


def _page_after(
    inquiry: Inquiry, typed: TypedPlace, offering: Offering, slots: list[Slot]
) -> Found:
    first = bisect_right(slots, inquiry.after, key=key_of) if inquiry.after else 0
    fitting = (slot for slot in slots[first:] if _fits(slot, inquiry, inquiry.wishes))
    taken, more = first_days(fitting, day_of=_day, most=inquiry.days)
    previous = None
    if not inquiry.begins:
        previous = key_of(taken[0]) if taken else inquiry.after
    return Found(inquiry, typed, offering, taken, previous, _next(inquiry, taken, more=more))


def _next(inquiry: Inquiry, taken: list[Slot], *, more: bool) -> SlotKey | None:
    """After what the next page begins: the last time of this one, or the end of the window."""
    last = key_of(taken[-1]) if taken else inquiry.after
    if more:
        return last
    if not inquiry.may_go_on:
        return None
    # All that fits in the window was told. Its last day is over, anywhere, after this instant.
    end = SlotKey(instant_of(datetime.combine(inquiry.window[1], time(0), UTC)), 0, 0)
    return max(last, end) if last else end


def _page_before(
    inquiry: Inquiry, typed: TypedPlace, offering: Offering, slots: list[Slot], before: SlotKey
) -> Found:
    last = bisect_left(slots, before, key=key_of)
    fitting = (slot for slot in reversed(slots[:last]) if _fits(slot, inquiry, inquiry.wishes))
    taken, more = first_days(fitting, day_of=_day, most=inquiry.days)
    taken.reverse()
    previous = key_of(taken[0]) if more and taken else None
    return Found(inquiry, typed, offering, taken, previous, key_of(taken[-1]) if taken else before)


def key_of(slot: Slot) -> SlotKey:
    return SlotKey(slot.start, slot.clinician_id, slot.site_id)


def _day(slot: Slot) -> date:
    return slot.local.date()


def _fits(slot: Slot, inquiry: Inquiry, wishes: Wishes) -> bool:
    if not wishes.of_times:
        return True
    today = inquiry.now.astimezone(ZoneInfo(slot.time_zone)).date()
    return fits_when(slot.local, wishes, today=today)


@dataclass(frozen=True, slots=True)
class WayOut:
    """A wish to give up (its ``kind``, or ``all`` of them), and the soonest time it would give."""

    kind: str
    wishes: Wishes
    soonest: Slot


def ways_out(found: Found) -> list[WayOut]:
    """What could be given up where nothing fits, and what that would give: never a dead end.

    Three more queries: everybody's times everywhere, against which each way is held.
    """
    inquiry, offering = found.inquiry, found.offering
    ways = loosened(inquiry.wishes, near=found.typed.place is not None)
    if not ways:
        return []
    anything = Wishes(mode=inquiry.wishes.mode, standing=inquiry.wishes.standing, within=ANYWHERE)
    whole = replace(
        inquiry, wishes=anything, first_day=None, last_day=None, after=None, before=None
    )
    slots = _free(whole, list(offering.sites_by_id), None)
    possible = [(kind, wishes, _soonest(slots, whole, offering, wishes)) for kind, wishes in ways]
    told = [WayOut(kind, wishes, slot) for kind, wishes, slot in possible if slot is not None]
    if not told and slots:
        told.append(WayOut("all", anything, slots[0]))
    return told


def _soonest(
    slots: list[Slot], inquiry: Inquiry, offering: Offering, wishes: Wishes
) -> Slot | None:
    sites, people = set(offering.site_ids(wishes)), offering.clinician_ids(wishes)
    among = None if people is None else set(people)
    return next(
        (
            slot
            for slot in slots
            if slot.site_id in sites
            and (among is None or slot.clinician_id in among)
            and _fits(slot, inquiry, wishes)
        ),
        None,
    )

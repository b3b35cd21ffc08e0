"""Visits for several people at once: in one group, one after another, or side by side. Pure.

Two children with one clinician, back to back; where no clinician has that, with several at the
same site, all beginning within a quarter of an hour. What comes in groups is had in one, where it
has a place for each. Nothing is proposed for which there are too few rooms, devices or places, or
that a daily cap would refuse.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, product
from typing import NamedTuple

from scheduling.availability.rules.starts import clear
from scheduling.clinic.rules.working_hours import Instant, Interval

# Between one visit and the next, and between visits side by side.
LONGEST_GAP = 15 * 60
MOST_PEOPLE = 4


class GuestSlot(NamedTuple):
    """One free time for one of the people: the visit's own instants, and with whom.

    ``from_`` and ``until`` are what it takes, buffers included, of one in each of the pools that
    ``takes`` names: the clinician's calendar, rooms, devices. ``counts`` names the daily cap.
    """

    start: Instant
    end: Instant
    from_: Instant
    until: Instant
    clinician_id: int
    takes: tuple[str, ...] = ()
    counts: str = ""


Together = tuple[GuestSlot, ...]
# A calendar of one clinician, who is free: only the others of a row may be in the way.
ONE_FREE: Sequence[Sequence[Interval]] = ((),)


@dataclass(frozen=True, slots=True)
class SharedCapacity:
    """What the people of a row share, by name.

    ``pools`` are rooms, devices and places in groups, each as its busy intervals, in order and
    apart; a pool that is not named is one that is free. ``left`` is how many visits of the day a
    cap still lets through.
    """

    pools: Mapping[str, Sequence[Sequence[Interval]]] = field(default_factory=dict)
    left: Mapping[str, int] = field(default_factory=dict)

    def holds(self, row: Together) -> bool:
        """Whether there is enough for all, each taking the first that is free, as booking does."""
        counted = Counter(each.counts for each in row)
        if any(counted[name] > number for name, number in self.left.items()):
            return False
        taken: dict[tuple[str, int], list[Interval]] = defaultdict(list)
        return all(self._has(name, each, taken) for each in row for name in each.takes)

    def _has(
        self, name: str, slot: GuestSlot, taken: Mapping[tuple[str, int], list[Interval]]
    ) -> bool:
        for number, busy in enumerate(self.pools.get(name, ONE_FREE)):
            others = taken[name, number]
            apart = all(end <= slot.from_ or slot.until <= start for start, end in others)
            if apart and clear([busy], (slot.from_, slot.until)):
                others.append((slot.from_, slot.until))
                return True
        return False


NOTHING_SHARED = SharedCapacity()


def combined_times(
    wanted: Sequence[Iterable[GuestSlot]],
    *,
    shared: SharedCapacity = NOTHING_SHARED,
    most: int = 200,
    gap: Instant = LONGEST_GAP,
) -> list[Together]:
    """A place for each of the people in their order, by time; one choice for each first start.

    In one group, all begin at once. Else, with one clinician, each begins when the one before is
    over, or ``gap`` seconds later at most. Only when nobody can see them all one after another:
    with different clinicians, whose starts lie no more than ``gap`` apart.
    """
    sorted_ = [sorted(places) for places in wanted]
    for ways in (
        _in_one_group(sorted_, shared),
        _one_after_another(sorted_, shared, gap),
        _side_by_side(sorted_, shared, gap),
    ):
        if found := list(islice(_one_for_each_start(ways), most)):
            return found
    return []


def _one_for_each_start(rows: Iterable[Together]) -> Iterator[Together]:
    begun: set[Instant] = set()
    for row in rows:
        if row[0].start not in begun:
            begun.add(row[0].start)
            yield row


def _in_one_group(wanted: list[list[GuestSlot]], shared: SharedCapacity) -> Iterator[Together]:
    others = [{(each.start, each.clinician_id): each for each in places} for places in wanted[1:]]
    for first in wanted[0]:
        key = first.start, first.clinician_id
        if all(key in places for places in others):
            row = first, *(places[key] for places in others)
            if shared.holds(row):
                yield row


def _one_after_another(
    wanted: list[list[GuestSlot]], shared: SharedCapacity, gap: Instant
) -> Iterator[Together]:
    for first in wanted[0]:
        row = [first]
        for places in wanted[1:]:
            following = _next(row[-1], places, gap)
            if following is None:
                break
            row.append(following)
        else:
            if shared.holds(tuple(row)):
                yield tuple(row)


def _next(before: GuestSlot, places: list[GuestSlot], gap: Instant) -> GuestSlot | None:
    """The first start after a visit that leaves both their buffers, with the same clinician."""
    return next(
        (
            each
            for each in places
            if each.clinician_id == before.clinician_id
            and before.end <= each.start <= before.end + gap
            and before.until <= each.from_
        ),
        None,
    )


def _side_by_side(
    wanted: list[list[GuestSlot]], shared: SharedCapacity, gap: Instant
) -> Iterator[Together]:
    by_start = [_by_start(places) for places in wanted]
    for first in by_start[0]:
        near = [[at for at in each if first <= at <= first + gap] for each in by_start[1:]]
        for starts in product([first], *near):
            row = _somebody_each([each[at] for each, at in zip(by_start, starts, strict=True)])
            # Rooms care for the starts alone, whoever it is with.
            if row is not None and shared.holds(row):
                yield row
                break


def _by_start(places: list[GuestSlot]) -> dict[Instant, list[GuestSlot]]:
    """With whom each start can be had; as many as there are people is a choice for everybody."""
    found: dict[Instant, list[GuestSlot]] = defaultdict(list)
    for each in places:
        if len(found[each.start]) < MOST_PEOPLE:
            found[each.start].append(each)
    return found


def _somebody_each(choices: list[list[GuestSlot]], row: Together = ()) -> Together | None:
    """Somebody else for each; who has few choices may need another's first one."""
    if len(row) == len(choices):
        return row
    taken = {each.clinician_id for each in row}
    for each in choices[len(row)]:
        if each.clinician_id not in taken:
            whole = _somebody_each(choices, (*row, each))
            if whole is not None:
                return whole
    return None

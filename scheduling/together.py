"""Visits for several people at once: one after another, or side by side. Pure.

Two children with one clinician, back to back; where no clinician has that, with several at the
same site, all beginning within a quarter of an hour.
"""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

from scheduling.availability import Instant

# Between one visit and the next, and between visits side by side.
LONGEST_GAP = 15 * 60
MOST_PEOPLE = 4


class Place(NamedTuple):
    """One free time for one of the people: the visit's own instants, and with whom.

    ``from_`` and ``until`` are what it takes of the clinician, buffers included.
    """

    start: Instant
    end: Instant
    from_: Instant
    until: Instant
    clinician_id: int


Together = tuple[Place, ...]


def together(
    wanted: Sequence[Iterable[Place]], *, most: int = 200, gap: Instant = LONGEST_GAP
) -> list[Together]:
    """A place for each of the people in their order, by time; one choice for each first start.

    With one clinician, each begins when the one before is over, or ``gap`` seconds later at most.
    Only when nobody can see them all one after another: with different clinicians, whose starts lie
    no more than ``gap`` apart.
    """
    sorted_ = [sorted(places) for places in wanted]
    found = list(islice(_one_after_another(sorted_, gap), most))
    return found or list(islice(_side_by_side(sorted_, gap), most))


def _one_after_another(wanted: list[list[Place]], gap: Instant) -> Iterable[Together]:
    begun: set[Instant] = set()
    for first in wanted[0]:
        if first.start in begun:
            continue
        row = [first]
        for places in wanted[1:]:
            following = _next(row[-1], places, gap)
            if following is None:
                break
            row.append(following)
        else:
            begun.add(first.start)
            yield tuple(row)


def _next(before: Place, places: list[Place], gap: Instant) -> Place | None:
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


def _side_by_side(wanted: list[list[Place]], gap: Instant) -> Iterable[Together]:
    begun: set[Instant] = set()
    for first in wanted[0]:
        if first.start in begun:
            continue
        row = _beside([first], wanted[1:], gap)
        if row is not None:
            begun.add(first.start)
            yield tuple(row)


def _beside(row: list[Place], left: list[list[Place]], gap: Instant) -> list[Place] | None:
    """Somebody else for each of the others; who has few choices may need another's first one."""
    if not left:
        return row
    taken = {each.clinician_id for each in row}
    for each in left[0]:
        near = row[0].start <= each.start <= row[0].start + gap
        if near and each.clinician_id not in taken:
            whole = _beside([*row, each], left[1:], gap)
            if whole is not None:
                return whole
    return None

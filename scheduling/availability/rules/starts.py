"""At which times a visit can begin: working time minus what is taken. Pure."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import itemgetter
from zoneinfo import ZoneInfo

from scheduling.clinic.rules.working_hours import DAY, Instant, Interval


@dataclass(frozen=True, slots=True)
class VisitShape:
    """How many seconds a visit and its buffers take, and on what grid it may begin."""

    length: int
    before: int
    after: int
    step: int

    def occupied(self, start: Instant) -> Interval:
        """The time the resource is taken, buffers included."""
        return start - self.before, start + self.length + self.after


def free_starts(
    *,
    working: Iterable[Interval],
    busy: Sequence[Interval],
    shape: VisitShape,
    earliest: Instant,
    latest: Instant,
) -> list[Instant]:
    """The starts at which a visit fits: inside working time, clear of what is busy.

    Starts lie on a grid of ``shape.step`` from the beginning of each working interval. The
    visit lies within working time; its buffers may reach beyond it. ``working`` is in order and
    apart; ``busy`` is sorted by start and may overlap itself. ``earliest`` and ``latest`` are
    inclusive.
    """
    whole = shape.before + shape.length + shape.after
    starts: list[Instant] = []
    count, index, free_from = len(busy), 0, -DAY
    for opened, closed in working:
        first, last = max(opened, earliest), min(closed - shape.length, latest)
        beyond = closed + shape.after
        while index < count:
            start, end = busy[index]
            if start >= beyond:
                break
            if start - free_from >= whole:
                starts += _in_gap(opened, first, last, (free_from, start), shape)
            if end > free_from:
                free_from = end
            index += 1
        starts += _in_gap(opened, first, last, (free_from, beyond), shape)
    return starts


def _in_gap(
    opened: Instant, first: Instant, last: Instant, gap: Interval, shape: VisitShape
) -> range:
    """The points of the grid that began at ``opened`` at which a visit fits into a gap."""
    low = max(first, gap[0] + shape.before)
    low += (opened - low) % shape.step
    high = min(last, gap[1] - shape.after - shape.length)
    return range(low, high + 1, shape.step)


def clear(pool: Iterable[Sequence[Interval]], wanted: Interval) -> bool:
    """Whether one of a pool is free for the whole of ``wanted``.

    Each of the pool is a room, a device or a place in a group, as its busy intervals, in order
    and apart (see ``merge``).
    """
    start, end = wanted
    for busy in pool:
        # The last that begins before the end decides: all earlier ones end before it begins.
        begun = bisect_left(busy, end, key=itemgetter(0))
        if begun == 0 or busy[begun - 1][1] <= start:
            return True
    return False


def below_cap(
    starts: Iterable[Instant], *, zone: ZoneInfo, booked: Iterable[Instant], cap: int
) -> list[Instant]:
    """The starts on days that have fewer than ``cap`` visits ``booked``, by the site's calendar."""
    taken: dict[date, int] = {}
    for start in booked:
        day = datetime.fromtimestamp(start, zone).date()
        taken[day] = taken.get(day, 0) + 1
    full = {day for day, number in taken.items() if number >= cap}
    if not full:
        return list(starts)
    return [start for start in starts if datetime.fromtimestamp(start, zone).date() not in full]

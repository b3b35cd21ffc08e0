"""Wall-clock times of a zone, and the instants they are. Pure.

Rules and promises are wall-clock time. The arithmetic between two instants is always done in UTC,
so that a day on which the clocks change is as long as it really is.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from scheduling.exceptions import AmbiguousTime, NonexistentTime

# A day that is closed until its end says so with this, since midnight is the next one's.
LAST_MOMENT = time(23, 59, 59)


def instant(day: date, wall: time, zone: ZoneInfo, *, fold: int | None = None) -> datetime:
    """The UTC instant of a wall-clock time that somebody asked for.

    Raises NonexistentTime inside a gap, and AmbiguousTime inside a fold unless ``fold`` (0 for
    the first time, 1 for the second) says which is meant.
    """
    first, second = (
        datetime.combine(day, wall, zone).replace(fold=each).astimezone(UTC) for each in (0, 1)
    )
    if first == second:
        return first
    if first.astimezone(zone).replace(tzinfo=None) != datetime.combine(day, wall):
        raise NonexistentTime(f"{day} {wall} does not exist in {zone.key}")
    if fold is None:
        raise AmbiguousTime(f"{day} {wall} happens twice in {zone.key}")
    return second if fold else first


def working_span(day: date, starts: time, ends: time, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The instants between two wall-clock times of a day, as long as it really is.

    A start that the clocks skip is the moment they went forward; an end that happens twice is
    its second time, so that nobody's shift loses the repeated hour.
    """
    opened = datetime.combine(day, starts, zone).astimezone(UTC)
    if opened.astimezone(zone).replace(tzinfo=None) != datetime.combine(day, starts):
        # PEP 495: in a gap fold=1 lands before it and fold=0 after it. The hour skipped lies
        # between them, and the transition is where local time catches up.
        opened = _end_of_gap(day, starts, zone)
    closed = datetime.combine(day, ends, zone).replace(fold=1).astimezone(UTC)
    if closed.astimezone(zone).replace(tzinfo=None) != datetime.combine(day, ends):
        closed = _end_of_gap(day, ends, zone)
    return opened, closed


def _end_of_gap(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """The instant at which the clocks jumped over ``wall``, by bisection to the second."""
    before, after = sorted(
        datetime.combine(day, wall, zone).replace(fold=each).astimezone(UTC) for each in (0, 1)
    )
    offset_after = after.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(zone).utcoffset() == offset_after:
            after = middle
        else:
            before = middle
    return after.replace(microsecond=0)

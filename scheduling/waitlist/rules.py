"""Who waits for a time that has become free, and in what order. Pure: plain values in and out.

The order is a score, the sum of four parts; the highest is asked first:

    clinical priority    100 for each level (0 to 2) that staff set
    time waited            1 for each day, at most 60
    fit                   10 if it is the clinician they asked for, and up to 10 for how much
                          sooner it is than the visit they have (all of it for 30 days or more)
    notice                up to 15: how much of the notice that is left they need. Who can come
                          at an hour's notice is kept for the times that come at an hour's notice

The other three together stay below one level of priority, so that nobody is seen before somebody
whom staff called more urgent. Of two with one score, who has waited longer is asked first.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from scheduling.clinic.rules.parts_of_day import PARTS
from scheduling.clinic.rules.working_hours import DAY, Instant, Interval

PRIORITIES = (0, 1, 2)
FOR_PRIORITY = 100.0
MOST_FOR_WAITING = 60.0
FOR_CLINICIAN = 10.0
MOST_FOR_SOONER = 10.0
SOONER_COUNTS_UNTIL = 30 * DAY
MOST_FOR_NOTICE = 15.0


MINUTE = 60
SHORTEST_OFFER = 15 * MINUTE
LONGEST_OFFER = 120 * MINUTE
OFFER_SHARE = 8


@dataclass(frozen=True, slots=True)
class OpenTime:
    """One free start of a kind of visit, for patients of one standing.

    ``start`` and ``end`` are the visit's own, without buffers; ``day`` and ``hour`` are the
    start on the site's clock. ``resource_id`` is whose time it is.
    """

    start: Instant
    end: Instant
    resource_id: int
    clinician_id: int
    site_id: int
    visit_type_id: int
    mode: str
    standing: str
    day: date
    hour: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """One person who waits, and what would suit them. Empty weekdays or parts mean any.

    ``notice`` is how many seconds ahead they must know; ``before`` is the start of the visit
    that a sooner one would replace. ``busy`` are their other visits, ``passed`` the (resource,
    start) pairs they were offered already. ``quiet`` is true in the hours in which they want to
    hear nothing.
    """

    entry_id: int
    visit_type_id: int
    site_ids: frozenset[int]
    modes: frozenset[str]
    standing: str
    earliest: date
    latest: date
    since: Instant
    notice: int = 0
    priority: int = 0
    clinician_id: int | None = None
    weekdays: frozenset[int] = frozenset()
    parts: frozenset[str] = frozenset()
    before: Instant | None = None
    busy: tuple[Interval, ...] = ()
    passed: frozenset[tuple[int, Instant]] = frozenset()
    quiet: bool = False


def could_fit(time: OpenTime, waiting: Waiting, *, now: Instant) -> bool:
    """Whether a time near this one, on the same day, might suit: all but its hour and length."""
    return (
        not waiting.quiet
        and time.site_id in waiting.site_ids
        and waiting.clinician_id in (None, time.clinician_id)
        and waiting.earliest <= time.day <= waiting.latest
        and (not waiting.weekdays or time.day.weekday() in waiting.weekdays)
        and time.end - now >= waiting.notice
        and (waiting.before is None or time.start < waiting.before)
    )


def fits(time: OpenTime, waiting: Waiting, *, now: Instant) -> bool:
    """Whether this person can be asked about this time now."""
    return (
        could_fit(time, waiting, now=now)
        and time.visit_type_id == waiting.visit_type_id
        and time.mode in waiting.modes
        and time.standing == waiting.standing
        and time.start - now >= waiting.notice
        and time.start > now
        and (not waiting.parts or any(_within(part, time.hour) for part in waiting.parts))
        and (time.resource_id, time.start) not in waiting.passed
        and not any(start < time.end and time.start < end for start, end in waiting.busy)
    )


def _within(part: str, hour: int) -> bool:
    begins, ends = PARTS[part]
    return begins <= hour < ends


def score(time: OpenTime, waiting: Waiting, *, now: Instant) -> float:
    """How strongly a time that fits is this person's (see the module's weights)."""
    return (
        FOR_PRIORITY * waiting.priority
        + min(max(now - waiting.since, 0) / DAY, MOST_FOR_WAITING)
        + (FOR_CLINICIAN if waiting.clinician_id is not None else 0.0)
        + _for_sooner(time, waiting)
        + _for_notice(time, waiting, now)
    )


def _for_sooner(time: OpenTime, waiting: Waiting) -> float:
    if waiting.before is None:
        return MOST_FOR_SOONER  # they have no visit at all
    return MOST_FOR_SOONER * min((waiting.before - time.start) / SOONER_COUNTS_UNTIL, 1.0)


def _for_notice(time: OpenTime, waiting: Waiting, now: Instant) -> float:
    left = time.start - now
    return MOST_FOR_NOTICE * min(waiting.notice / left, 1.0) if left > 0 else 0.0


def best_first(
    times: Iterable[OpenTime], waiting: Iterable[Waiting], *, now: Instant
) -> list[tuple[OpenTime, Waiting]]:
    """Every pair that fits, whom to ask first and about which time: the sooner one of theirs."""
    everybody = list(waiting)
    pairs = [(time, each) for time in times for each in everybody if fits(time, each, now=now)]
    return sorted(pairs, key=lambda pair: _rank(pair[0], pair[1], now))


def _rank(time: OpenTime, waiting: Waiting, now: Instant) -> tuple[float, Instant, int, Instant]:
    return -score(time, waiting, now=now), waiting.since, waiting.entry_id, time.start


def offer_until(*, start: Instant, bookable_until: Instant, now: Instant) -> Instant | None:
    """Until when a time is kept for one person; None when too little is left to ask anybody.

    An eighth of the notice: 15 minutes when it begins in two hours, two hours when it is most of
    a day ahead or more; never shorter, never longer. ``bookable_until`` is when the time can no
    longer be booked; the answer must come before.
    """
    share = min(max((start - now) // OFFER_SHARE, SHORTEST_OFFER), LONGEST_OFFER)
    return now + share if now + share <= bookable_until else None

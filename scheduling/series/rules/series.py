"""Visits that belong together, planned over free times. Pure: plain values in and out.

Days and hours are on the site's clock, so that "Tuesdays at four" is four on both sides of a
change to or from summer time. A plan is a proposal for each visit; where the wish cannot be had it
is a conflict with the nearest times that can.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from scheduling.clinic.rules.working_hours import Instant, Interval

MOST_DAYS_BETWEEN = 60
ALTERNATIVES = 3


class Opening(NamedTuple):
    """One free time: the visit's own instants, its day and hour on the site's clock, with whom."""

    start: Instant
    end: Instant
    day: date
    at: time
    clinician_id: int


@dataclass(frozen=True, slots=True)
class SeriesPattern:
    """So many visits on some weekdays (0 is Monday), each to begin between two hours of the day,
    from ``first_day`` on and at least ``days_between`` days apart.
    """

    count: int
    weekdays: frozenset[int]
    first_day: date
    earliest: time = time(0)
    latest: time = time(23, 59)
    days_between: int = 1


@dataclass(frozen=True, slots=True)
class Aim:
    """What one visit should be: a day, and the hours in which it may begin."""

    day: date
    earliest: time
    latest: time
    clinician_id: int | None = None

    def is_met_by(self, opening: Opening) -> bool:
        return self.earliest <= opening.at <= self.latest


@dataclass(frozen=True, slots=True)
class Planned:
    """One visit of a plan: the time proposed, or None and the nearest ``alternatives``."""

    aim: Aim
    opening: Opening | None
    alternatives: tuple[Opening, ...] = ()


@dataclass(frozen=True, slots=True)
class Shift:
    """How far a visit moves on the clock of its wall. The opposite brings it back exactly."""

    days: int
    minutes: int

    def __neg__(self) -> "Shift":
        return Shift(-self.days, -self.minutes)

    def of(self, day: date, at: time) -> tuple[date, time]:
        """A day and an hour, so much later by the calendar and the clock."""
        moved = datetime.combine(day, at) + timedelta(days=self.days, minutes=self.minutes)
        return moved.date(), moved.time()


def aims_of(wish: SeriesPattern) -> list[Aim]:
    """The days on which the visits of a wish should be, in order; fewer where days run out."""
    if not wish.weekdays or wish.count < 1:
        return []
    aims: list[Aim] = []
    number, apart = wish.first_day.toordinal(), min(max(wish.days_between, 1), MOST_DAYS_BETWEEN)
    while len(aims) < wish.count and number <= date.max.toordinal():
        day = date.fromordinal(number)
        wanted = day.weekday() in wish.weekdays
        if wanted:
            aims.append(Aim(day, wish.earliest, wish.latest))
        number += apart if wanted else 1
    return aims


def planned(
    aims: Sequence[Aim],
    openings: Iterable[Opening],
    *,
    days_between: int = 1,
    busy: Collection[Interval] = (),
) -> list[Planned]:
    """A proposal for each aim, in order, with one clinician as far as that is possible.

    No two proposals overlap, nor overlap ``busy``, other visits of the patient. Alternatives keep
    ``days_between`` days from all that is proposed.
    """
    by_day: dict[date, list[Opening]] = {}
    for opening in openings:
        if not any(opening.start < end and start < opening.end for start, end in busy):
            by_day.setdefault(opening.day, []).append(opening)
    usual = _usual_clinician(aims, by_day)
    proposed = [_best(aim, by_day, usual) for aim in aims]
    kept = {each.day for each in proposed if each}
    plan: list[Planned] = []
    for aim, proposal in zip(aims, proposed, strict=True):
        nearest = () if proposal else _nearest(aim, by_day, kept, days_between, usual)
        if nearest:
            # The next conflict is not offered first what this one is.
            kept.add(nearest[0].day)
        plan.append(Planned(aim, proposal, nearest))
    return plan


def _usual_clinician(aims: Sequence[Aim], by_day: dict[date, list[Opening]]) -> int | None:
    """Who can have most of the visits."""
    days = Counter(
        clinician_id
        for aim in aims
        for clinician_id in {
            each.clinician_id for each in by_day.get(aim.day, ()) if aim.is_met_by(each)
        }
    )
    return min(days, key=lambda each: (-days[each], each), default=None)


def _best(aim: Aim, by_day: dict[date, list[Opening]], usual: int | None) -> Opening | None:
    wanted = aim.clinician_id or usual
    fitting = [each for each in by_day.get(aim.day, ()) if aim.is_met_by(each)]
    return min(fitting, key=lambda each: (each.clinician_id != wanted, each.start), default=None)


def _nearest(
    aim: Aim,
    by_day: dict[date, list[Opening]],
    kept: Collection[date],
    days_between: int,
    usual: int | None,
) -> tuple[Opening, ...]:
    """The best opening of each of the nearest days that keep their distance."""
    wanted = aim.clinician_id or usual

    def worth(each: Opening) -> tuple[bool, int, bool, Instant]:
        return (
            not aim.is_met_by(each),
            abs(_minutes(each.at) - _minutes(aim.earliest)),
            each.clinician_id != wanted,
            each.start,
        )

    days = sorted(
        (
            day
            for day in by_day
            if all(abs((day - other).days) >= max(days_between, 1) for other in kept)
        ),
        key=lambda day: (abs((day - aim.day).days), day),
    )
    return tuple(min(by_day[day], key=worth) for day in days[:ALTERNATIVES])


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute

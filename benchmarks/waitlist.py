"""``python -m benchmarks.waitlist``: what share of freed times the waitlist fills, simulated.

No database and no clock: invented patients answer offers that the product's own rules make
(``scheduling.waitlist.rules``). The same numbers come out each time, by seed. Every assumption is
here; those about people are ours, but for the chance to accept, which one large vendor publishes
as 11 % of the offers, with 30 % of freed times filled.
"""

import heapq
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from itertools import count
from random import Random
from statistics import median
from zoneinfo import ZoneInfo

from messaging.rules.delivery import after_quiet_hours
from scheduling.clinic.rules.working_hours import DAY, Instant, instant_of, moment_of
from scheduling.waitlist.rules import OpenTime, Waiting, best_first, fits, offer_until

HOUR = 60 * 60
ZONE = ZoneInfo("America/New_York")
FIRST_DAY = date(2026, 3, 16)
SEEDS = (1, 2, 3, 4, 5)
VENDOR_FILLS = 0.30

# The clinics: half-hour visits on weekdays from 8 to 17, all booked, at four sites.
SITES, CLINICIANS, DAYS, LENGTH = 4, 10, 28, HOUR // 2
CANCELED = 0.10
# How long before a visit it is canceled, in hours: a quarter of them within each pair.
NOTICE = [(2, 24), (24, 72), (72, 168), (168, 672)]
MINIMUM_NOTICE = HOUR

# Those who wait. One who has a time is followed by another who joins that day.
LIST_SIZE = 200
HAS_A_VISIT = 0.7
WANTS_ONE_CLINICIAN = 0.4
ONLY_SOME_DAYS = 0.3
ONLY_ONE_PART = 0.4
NEEDS_NOTICE = [2, 24, 24, 72]  # hours, equally likely
ACCEPTS = 0.11
SAYS_NO = 0.30  # of the others; the rest let the offer pass in silence


@dataclass(frozen=True, slots=True)
class Setting:
    """What is varied."""

    accepts: float = ACCEPTS
    waiting: int = LIST_SIZE


@dataclass(slots=True)
class Told:
    """What came out: freed and filled times by notice, and the offers it took."""

    freed: Counter[int] = field(default_factory=Counter)
    filled: Counter[int] = field(default_factory=Counter)
    offers: int = 0
    onward: int = 0
    onward_filled: int = 0

    @property
    def share(self) -> float:
        return self.filled.total() / self.freed.total()


@dataclass(order=True, slots=True)
class Freed:
    """A time that is offered next at ``at``, to whom it fits best by then."""

    at: Instant
    number: int
    time: OpenTime = field(compare=False)
    band: int | None = field(compare=False)  # which quarter of NOTICE; None for one in turn


class Clinics:
    """One run: a queue of freed times, and the people who wait."""

    def __init__(self, setting: Setting, seed: int) -> None:
        self.setting = setting
        self.dice = Random(seed)
        self.numbers = count(1)
        self.told = Told()
        self.queue: list[Freed] = []
        self.offered_until: dict[int, Instant] = {}
        self.suits_nobody: list[Freed] = []
        start = instant_of(datetime.combine(FIRST_DAY, time(8), ZONE))
        self.people = {}
        for _ in range(setting.waiting):
            who = self._somebody(start - self.dice.randrange(60 * DAY), start)
            self.people[who.entry_id] = who

    def run(self) -> Told:
        for time_, canceled_at, band in self._cancellations():
            self.told.freed[band] += 1
            heapq.heappush(self.queue, Freed(canceled_at, next(self.numbers), time_, band))
        while self.queue:
            self._offer(heapq.heappop(self.queue))
        return self.told

    def _cancellations(self) -> Iterator[tuple[OpenTime, Instant, int]]:
        for ahead in range(28, 28 + DAYS):
            day = FIRST_DAY + timedelta(days=ahead)
            if day.weekday() >= 5:
                continue
            for clinician in range(CLINICIANS):
                for half_hour in range(18):
                    if self.dice.random() < CANCELED:
                        time_ = self._time(day, half_hour, clinician)
                        band = self.dice.randrange(len(NOTICE))
                        notice = int(self.dice.uniform(*NOTICE[band]) * HOUR)
                        yield time_, time_.start - notice, band

    def _time(self, day: date, half_hour: int, clinician: int) -> OpenTime:
        hour = 8 + half_hour // 2
        start = instant_of(datetime.combine(day, time(hour, 30 * (half_hour % 2)), ZONE))
        return OpenTime(
            start=start,
            end=start + LENGTH,
            resource_id=clinician,
            clinician_id=clinician,
            site_id=clinician % SITES,
            visit_type_id=1,
            mode="in_person",
            standing="returning",
            day=day,
            hour=hour,
        )

    def _somebody(self, since: Instant, now: Instant) -> Waiting:
        dice = self.dice
        clinician = dice.randrange(CLINICIANS) if dice.random() < WANTS_ONE_CLINICIAN else None
        sites = range(SITES) if clinician is not None else dice.sample(range(SITES), k=2)
        has_a_visit = dice.random() < HAS_A_VISIT
        today = moment_of(now).astimezone(ZONE).date()
        return Waiting(
            entry_id=next(self.numbers),
            visit_type_id=1,
            site_ids=frozenset(sites),
            modes=frozenset({"in_person"}),
            standing="returning",
            earliest=today,
            latest=today + timedelta(days=90),
            since=since,
            notice=dice.choice(NEEDS_NOTICE) * HOUR,
            clinician_id=clinician,
            weekdays=frozenset(
                dice.sample(range(5), k=2) if dice.random() < ONLY_SOME_DAYS else ()
            ),
            parts=frozenset(
                [dice.choice(["morning", "afternoon"])] if dice.random() < ONLY_ONE_PART else ()
            ),
            before=now + dice.randrange(5 * DAY, 75 * DAY) if has_a_visit else None,
        )

    def _offer(self, freed: Freed) -> None:
        """Ask whom it fits best, as they are by now; or come back later."""
        now = freed.at
        woken = after_quiet_hours(
            moment_of(now), quiet_from=time(21), quiet_until=time(8), zone=ZONE
        )
        if woken is not None:
            self._again(freed, instant_of(woken))
            return
        until = offer_until(
            start=freed.time.start, bookable_until=freed.time.start - MINIMUM_NOTICE, now=now
        )
        if until is None:
            return
        suited = [who for _, who in best_first([freed.time], self.people.values(), now=now)]
        busy_until = [self.offered_until.get(who.entry_id, 0) for who in suited]
        free = [who for who, until_ in zip(suited, busy_until, strict=True) if until_ <= now]
        if free:
            self._ask(freed, free[0], now, until)
        elif suited:
            self._again(freed, min(busy_until))
        else:
            self.suits_nobody.append(freed)

    def _ask(self, freed: Freed, who: Waiting, now: Instant, until: Instant) -> None:
        self.told.offers += 1
        answered_at = now + self.dice.randrange(until - now) + 1
        if self.dice.random() < self.setting.accepts:
            self._fill(freed, who, answered_at)
            return
        over_at = answered_at if self.dice.random() < SAYS_NO else until
        passed = who.passed | {(freed.time.resource_id, freed.time.start)}
        self.people[who.entry_id] = replace(who, passed=passed)
        self.offered_until[who.entry_id] = over_at
        self._again(freed, over_at)

    def _fill(self, freed: Freed, who: Waiting, now: Instant) -> None:
        if freed.band is None:
            self.told.onward_filled += 1
        else:
            self.told.filled[freed.band] += 1
        del self.people[who.entry_id]
        follower = self._somebody(now, now)
        self.people[follower.entry_id] = follower
        self._look_again(follower, now)
        if who.before is not None:
            self._free_in_turn(who, now)

    def _free_in_turn(self, who: Waiting, now: Instant) -> None:
        """The visit they had is free: with their clinician or any, on that day at some hour."""
        clinician = who.clinician_id
        if clinician is None:
            clinician = self.dice.choice(
                [n for n in range(CLINICIANS) if n % SITES in who.site_ids]
            )
        day = moment_of(who.before or now).astimezone(ZONE).date()
        day += timedelta(days=max(0, 7 - day.weekday()) if day.weekday() >= 5 else 0)
        self.told.onward += 1
        time_ = self._time(day, self.dice.randrange(18), clinician)
        heapq.heappush(self.queue, Freed(now, next(self.numbers), time_, None))

    def _look_again(self, follower: Waiting, now: Instant) -> None:
        """Of the times that suited nobody, those that suit who has just joined."""
        suits = [each for each in self.suits_nobody if fits(each.time, follower, now=now)]
        for freed in suits:
            self.suits_nobody.remove(freed)
            self._again(freed, now)

    def _again(self, freed: Freed, at: Instant) -> None:
        heapq.heappush(self.queue, replace(freed, at=at))


def runs(setting: Setting) -> list[Told]:
    return [Clinics(setting, seed).run() for seed in SEEDS]


def line(name: str, told: list[Told]) -> str:
    shares = [each.share for each in told]
    per_time = median(each.offers / (each.freed.total() + each.onward) for each in told)
    onward = median(each.onward_filled / max(each.onward, 1) for each in told)
    return (
        f"| {name} | {median(shares):.0%} | {min(shares):.0%} to {max(shares):.0%} "
        f"| {per_time:.1f} | {onward:.0%} |"
    )


def report() -> str:
    usual = runs(Setting())
    freed = sum(each.freed.total() for each in usual)
    lines = [
        f"{freed} freed times in {len(SEEDS)} runs of {DAYS} days; "
        f"the vendor fills {VENDOR_FILLS:.0%} of theirs.",
        "",
        "| setting | filled | over the seeds | offers a time | filled in turn |",
        "|---|---|---|---|---|",
        line(f"{LIST_SIZE} wait, {ACCEPTS:.0%} of offers accepted", usual),
    ]
    lines += [line(f"{n} wait", runs(Setting(waiting=n))) for n in (25, 50, 100, 400)]
    lines += [line(f"{p:.0%} accepted", runs(Setting(accepts=p))) for p in (0.05, 0.2, 0.3)]
    lines += ["", "| canceled so long before | freed | filled |", "|---|---|---|"]
    for band, (least, most) in enumerate(NOTICE):
        gone = sum(each.freed[band] for each in usual)
        filled = sum(each.filled[band] for each in usual)
        lines.append(f"| {least} to {most} hours | {gone} | {filled / gone:.0%} |")
    return "\n".join(lines)


def main() -> int:
    sys.stdout.write(f"{report()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The model of the booking engine: one day on a paper planner, with a column for each place.

A place is a clinician, a room, or a seat in the class: what only one may have at a time.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

Span = tuple[datetime, datetime]
Places = frozenset[str]


def overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


@dataclass(frozen=True)
class Kind:
    """A kind of visit: how long it takes, with so much before and after, and when it may begin.

    It takes its clinician and one of ``rooms``, if it needs one; of a class only one of ``seats``.
    """

    length: timedelta
    step: timedelta
    around: timedelta = timedelta(0)
    rooms: Places = frozenset()
    seats: Places = frozenset()

    def own(self, starts_at: datetime) -> Span:
        return starts_at, starts_at + self.length

    def whole(self, starts_at: datetime) -> Span:
        """What it takes of its places, before and after included."""
        return starts_at - self.around, starts_at + self.length + self.around

    def pools(self, clinician: int) -> list[Places]:
        """It takes one of each of these, all or none."""
        if self.seats:
            return [self.seats]
        own = frozenset({f"clinician-{clinician}"})
        return [own, self.rooms] if self.rooms else [own]


@dataclass(frozen=True)
class Taken:
    """A visit, a hold or a block by staff: one stroke through all of its places.

    A hold stands ``until`` some time. ``beside`` are the places where staff put it beside
    somebody, and ``patient`` is whose it is.
    """

    places: Places
    span: Span
    kind: Kind | None = None
    clinician: int = -1
    starts_at: datetime = datetime.min
    until: datetime | None = None
    beside: Places = frozenset()
    patient: int | None = None

    def stands(self, now: datetime) -> bool:
        return self.until is None or self.until > now

    def touches(self, places: Collection[str], span: Span) -> bool:
        return not self.places.isdisjoint(places) and overlap(self.span, span)


@dataclass
class Planner:
    """Who offers what when, who is away, and what is taken (by the name of who has it).

    The first clinician leads the class, and has no time of their own while it is held.
    """

    hours: Span
    class_hours: Span
    now: datetime
    taken: dict[str, Taken] = field(default_factory=dict)
    away: dict[int, set[Span]] = field(default_factory=lambda: defaultdict(set))

    @property
    def state(self) -> object:
        """All that what is free depends on."""
        standing = [(name, each) for name, each in self.taken.items() if each.stands(self.now)]
        away = [(number, frozenset(spans)) for number, spans in self.away.items() if spans]
        return frozenset(standing), frozenset(away)

    def offers(self, kind: Kind, clinician: int, starts_at: datetime) -> bool:
        """Whether it could be had if nobody had anything."""
        if kind.seats and clinician != 0:
            return False
        opens, closes = self.class_hours if kind.seats else self.hours
        begins, ends = kind.own(starts_at)
        fits = opens <= begins and ends <= closes and not (begins - opens) % kind.step
        return fits and not self.is_out(kind, clinician, starts_at)

    def is_out(self, kind: Kind, clinician: int, starts_at: datetime) -> bool:
        """Whether a clinician is away then, or leads the class instead."""
        away = any(overlap(kind.own(starts_at), each) for each in self.away[clinician])
        leads = not kind.seats and clinician == 0
        return away or (leads and overlap(kind.whole(starts_at), self.class_hours))

    def is_empty(self, place: str, span: Span, *, but: str = "") -> bool:
        return not any(
            each.touches({place}, span) and each.stands(self.now)
            for name, each in self.taken.items()
            if name != but
        )

    def choices(
        self, kind: Kind, clinician: int, starts_at: datetime, *, but: str = ""
    ) -> list[set[str]]:
        """The empty places, of each pool that a visit takes one of."""
        span = kind.whole(starts_at)
        return [
            {place for place in pool if self.is_empty(place, span, but=but)}
            for pool in kind.pools(clinician)
        ]

    def has_room(self, kind: Kind, clinician: int, starts_at: datetime, *, but: str = "") -> bool:
        """Whether there is a place of each pool; a class needs one who is not kept from it."""
        leader = {f"clinician-{clinician}"} if kind.seats else set[str]()
        kept_away = any(
            name.startswith("block") and each.touches(leader, kind.whole(starts_at))
            for name, each in self.taken.items()
        )
        return not kept_away and all(self.choices(kind, clinician, starts_at, but=but))

    def is_free(self, kind: Kind, clinician: int, starts_at: datetime, *, but: str = "") -> bool:
        offered = self.offers(kind, clinician, starts_at)
        return offered and self.has_room(kind, clinician, starts_at, but=but)

    def has_visit_then(
        self, patient: int | None, kind: Kind, starts_at: datetime, *, but: str = ""
    ) -> bool:
        """Whether a patient has another visit at that time."""
        return patient is not None and any(
            name != but
            and each.patient == patient
            and each.kind
            and overlap(each.kind.own(each.starts_at), kind.own(starts_at))
            for name, each in self.taken.items()
        )

    def within(self, what: str, places: Collection[str], span: Span) -> list[str]:
        """The visits, holds or blocks that are in some places then."""
        return [
            name
            for name, each in self.taken.items()
            if name.startswith(what) and each.touches(places, span)
        ]

"""What a patient prefers, which times fit it, and why. Pure: plain values.

A search goes through the people first, then the places, then the times: whoever and wherever
does not fit is never asked for times. Each answer carries its reasons; ``words`` says them.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar

from scheduling.clinic.rules.clinicians import ClinicianProfile
from scheduling.clinic.rules.parts_of_day import PARTS
from scheduling.clinic.rules.working_hours import Instant

WEEKEND = frozenset({5, 6})
EVENING = PARTS["evening"][0]
MOST_DIGITS = 12  # of a number in a key; a bigint has room for more
# Within how many miles of a place we look when nothing is said; and what can be said.
NEARBY_MILES = 25
DISTANCES = (5, 10, 25, 50, 100)
ANYWHERE = 12_500  # half the way around the world


@dataclass(frozen=True, slots=True)
class SiteProfile:
    """A site as far as patients choose by it; ``miles`` from the place they named, if any."""

    site_id: int
    step_free: bool
    miles: float | None = None


@dataclass(frozen=True, slots=True)
class Preferences:
    """What must be so. Whatever is empty may be anything.

    ``weekdays`` are 0 (Monday) to 6, ``parts`` keys of ``PARTS``. ``off_hours`` is evenings or
    weekends, for people who cannot come while others work. ``within`` is miles.
    """

    site_ids: frozenset[int] = frozenset()
    clinician_id: int | None = None
    language: str = ""
    gender: str = ""
    step_free: bool = False
    weekdays: frozenset[int] = frozenset()
    parts: frozenset[str] = frozenset()
    off_hours: bool = False
    same_day: bool = False
    mode: str = "in_person"
    standing: str = ""
    within: int | None = None

    @property
    def of_people(self) -> bool:
        """Whether not everybody will do."""
        return self.clinician_id is not None or bool(self.language or self.gender)

    @property
    def of_times(self) -> bool:
        """Whether not every time will do."""
        return bool(self.weekdays or self.parts or self.off_hours or self.same_day)


class Reason(NamedTuple):
    """Why an answer fits: which preference it meets, or what is good about it (``soonest``)."""

    kind: str
    value: object = None


def fits_who(who: ClinicianProfile, preferences: Preferences) -> bool:
    return (
        preferences.clinician_id in (None, who.clinician_id)
        and (not preferences.language or preferences.language in who.languages)
        and preferences.gender in ("", who.gender)
    )


def fits_when(local: datetime, preferences: Preferences, *, today: date) -> bool:
    """Whether a start on the site's clock fits; ``today`` is the date there."""
    weekday = local.weekday()
    return (
        (not preferences.weekdays or weekday in preferences.weekdays)
        and (not preferences.parts or part_of_day(local) in preferences.parts)
        and (not preferences.off_hours or weekday in WEEKEND or local.hour >= EVENING)
        and (not preferences.same_day or local.date() == today)
    )


def part_of_day(local: datetime) -> str:
    """The name of the part of the day in which a start on the site's clock lies."""
    return next(name for name, (begins, ends) in PARTS.items() if begins <= local.hour < ends)


def sites_that_fit(sites: Iterable[SiteProfile], preferences: Preferences) -> list[SiteProfile]:
    """The sites to look at, nearest first where a place is known, or else as they came.

    Where a site is chosen, that decides. Otherwise those within ``within`` miles; when nothing is
    said, those within 25, or the nearest one where none is so near: a person who lives far out
    sees where they would have to go instead of nothing. A video visit is as near from anywhere.
    """
    found = [
        site
        for site in sites
        if (not preferences.site_ids or site.site_id in preferences.site_ids)
        and (site.step_free or not preferences.step_free or preferences.mode == "video")
    ]
    if any(site.miles is None for site in found):
        return found
    found.sort(key=lambda site: site.miles or 0.0)
    if preferences.site_ids or preferences.mode == "video":
        return found
    limit = NEARBY_MILES if preferences.within is None else preferences.within
    near = [site for site in found if (site.miles or 0.0) <= limit]
    return near or (found[:1] if preferences.within is None else [])


def reasons_of_place(
    where: SiteProfile, who: ClinicianProfile, preferences: Preferences
) -> tuple[Reason, ...]:
    """Why a clinician at a site fits: the same for all their times."""
    reasons = []
    if preferences.mode == "video":
        reasons.append(Reason("video"))
    elif where.miles is not None:
        reasons.append(Reason("miles", where.miles))
    if preferences.language:
        reasons.append(Reason("language", preferences.language))
    if preferences.gender:
        reasons.append(Reason("gender", preferences.gender))
    if preferences.clinician_id is not None:
        reasons.append(Reason("clinician", who.name))
    if preferences.step_free and preferences.mode != "video":
        reasons.append(Reason("step_free"))
    return tuple(reasons)


def reasons_of_time(local: datetime, preferences: Preferences) -> tuple[Reason, ...]:
    """Why a start on the site's clock fits; nothing where any would."""
    reasons = []
    weekend = local.weekday() in WEEKEND
    if preferences.same_day:
        reasons.append(Reason("today"))
    if preferences.weekdays and not weekend:
        reasons.append(Reason("weekday", local.weekday()))
    if weekend and (preferences.weekdays or preferences.off_hours):
        reasons.append(Reason("weekend"))
    if preferences.parts or (preferences.off_hours and not weekend):
        reasons.append(Reason("part", part_of_day(local)))
    return tuple(reasons)


class SlotKey(NamedTuple):
    """Where one free time stands among all of them: by start, then clinician, then site.

    A page that begins after a key shows what comes after that point, whether or not the time it
    names is still there: nothing is lost and nothing comes twice when times go or appear.
    """

    start: Instant
    clinician_id: int
    site_id: int

    def __str__(self) -> str:
        return ".".join(str(part) for part in self)


def key_from(text: str) -> SlotKey | None:
    """The key that was written as "1764000000.3.12"; None for anything else."""
    parts = text.split(".")
    if len(parts) != len(SlotKey._fields) or not all(
        part.isascii() and part.isdigit() and len(part) <= MOST_DIGITS for part in parts
    ):
        return None
    return SlotKey(*map(int, parts))


Item = TypeVar("Item")


def first_days(
    items: Iterable[Item], *, day_of: Callable[[Item], Hashable], most: int | None
) -> tuple[list[Item], bool]:
    """The items of the first so many days that have any, and whether more follow.

    ``most`` None takes all.
    """
    if most is None:
        return list(items), False
    taken: list[Item] = []
    days: set[Hashable] = set()
    for item in items:
        day = day_of(item)
        if day not in days:
            if len(days) == most:
                return taken, True
            days.add(day)
        taken.append(item)
    return taken, False


class Loosened(NamedTuple):
    """One preference given up: which, and what is left of them."""

    kind: str
    preferences: Preferences


def loosened(preferences: Preferences, *, near: bool) -> list[Loosened]:
    """What could be given up so that more fits, the least painful first.

    ``near`` says that a place was named, which limits how far away a site may be.
    """
    none: frozenset[Any] = frozenset()
    somewhere = bool(preferences.site_ids) or (near and preferences.within != ANYWHERE)
    any_time = {"weekdays": none, "parts": none, "off_hours": False, "same_day": False}
    ways: list[tuple[str, bool, dict[str, Any]]] = [
        ("when", preferences.of_times, any_time),
        ("who", preferences.clinician_id is not None, {"clinician_id": None}),
        ("where", somewhere, {"site_ids": none, "within": ANYWHERE}),
        ("gender", bool(preferences.gender), {"gender": ""}),
        ("language", bool(preferences.language), {"language": ""}),
        ("step_free", preferences.step_free, {"step_free": False}),
    ]
    return [Loosened(kind, replace(preferences, **less)) for kind, given, less in ways if given]

"""Looking for a time by an address: what it asks for, what is chosen, and what else could be.

An address is typed, shared, kept and cut off: what makes no sense in it is left out, and nothing
else is lost. It holds the patient's preferences and the place they typed, and nothing about them.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.dateparse import parse_date, parse_datetime

from scheduling.appointments.selectors.appointments import standing_of
from scheduling.availability.rules.preferences import ANYWHERE, DISTANCES, Preferences, key_from
from scheduling.availability.selectors.finding import OwnTime, TimeSearch
from scheduling.availability.selectors.offering import usual_mode
from scheduling.clinic.rules.parts_of_day import PARTS
from scheduling.models import Appointment, Clinician, Mode, Site, Standing, VisitType

DAYS_A_PAGE = 7
LONGEST_PLACE = 100
MOST_SITES = 50
# What is said of a time itself, and goes with the press that takes it.
OF_A_TIME = ("mode", "standing", "clinician", "language", "gender")
# What is kept for somebody who gives a time back and looks again: all but where they are.
KEPT = (*OF_A_TIME, "step_free", "weekday", "part", "today")
PAGING = ("after", "before")


@dataclass(frozen=True)
class SearchQuery:
    """An address, understood.

    ``query`` is as it came, ``near`` what was typed for a place, ``usual_mode`` how one meets
    where nothing is said.
    """

    query: QueryDict
    near: str
    preferences: Preferences
    day: date | None
    usual_mode: str

    def without(self, name: str, value: str | None = None) -> str:
        """The address of the first page with one choice less, or one value of it."""
        query = self._fresh()
        left = [each for each in query.getlist(name) if value not in (None, each)]
        query.setlist(name, left)
        return _address(query)

    def with_(self, **choices: str) -> str:
        """The address of the first page with some choices made, or made again."""
        query = self._fresh()
        for name, value in choices.items():
            query[name] = value
        return _address(query)

    def giving_up(self, *names: str, far: bool) -> str:
        """The address without some choices; ``far`` looks at any distance from a place."""
        query = self._fresh()
        for name in names:
            query.pop(name, None)
        if far and self.near:
            query["within"] = str(ANYWHERE)
        return _address(query)

    def at(self, **paging: object) -> str:
        """The address of another page of the same answers."""
        query = self._fresh()
        query.pop("day", None)
        for name, value in paging.items():
            query[name] = str(value)
        return _address(query)

    def kept(self, *names: str) -> list[tuple[str, str]]:
        """Some of the choices, as the fields of a form."""
        return kept_in(self.query, *names)

    @property
    def first_page(self) -> str:
        """The address of the first page of the same answers, from today on."""
        return self.at()

    def _fresh(self) -> QueryDict:
        query = self.query.copy()
        for name in PAGING:
            query.pop(name, None)
        query["find"] = "1"
        return query


def _address(query: QueryDict) -> str:
    return f"?{urlencode([(name, value) for name, value in _pairs(query) if value])}"


def _pairs(query: QueryDict) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, values in query.lists() for value in values]


def parse_query(
    query: QueryDict, *, visit_type: VisitType, now: datetime, mode: str = ""
) -> SearchQuery:
    """What an address asks for; one query where it names sites.

    ``mode`` is how one meets where nothing is said, when it is not the visit type's usual one.
    """
    near = query.get("near", "").replace("\x00", "").strip()[:LONGEST_PLACE]
    usual = usual_mode(visit_type, mode)
    preferences = preferences_in(query, visit_type, mode=usual)
    return SearchQuery(query, near, preferences, _day(query, visit_type, now), usual)


def preferences_in(query: QueryDict, visit_type: VisitType, *, mode: str = "") -> Preferences:
    """The preferences in an address or a form; what makes no sense is left out."""
    parts = set(query.getlist("part"))
    return Preferences(
        site_ids=_sites(query),
        clinician_id=number_in(query.get("clinician")),
        language=query.get("language", "").replace("\x00", "")[:10],
        gender=_one_of(Clinician.Gender.values, query.get("gender")),
        step_free=query.get("step_free") == "1",
        weekdays=frozenset(int(each) for each in query.getlist("weekday") if each in WEEKDAYS),
        parts=frozenset(parts & PARTS.keys()),
        off_hours="off_hours" in parts,
        same_day=query.get("today") == "1",
        mode=usual_mode(visit_type, query.get("mode") or mode),
        standing=_one_of(Standing.values, query.get("standing")),
        within=_within(query.get("within")),
    )


WEEKDAYS = frozenset("0123456")


def _sites(query: QueryDict) -> frozenset[int]:
    slugs = [slug for slug in query.getlist("site")[:MOST_SITES] if "\x00" not in slug]
    if not any(slugs):
        return frozenset()
    return frozenset(Site.objects.filter(active=True, slug__in=slugs).values_list("pk", flat=True))


def _one_of(values: list[str], said: str | None) -> str:
    return said if said in values else ""


def number_in(text: str | None) -> int | None:
    """The number that is written somewhere, no longer than any row's; None for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None


def instant_in(text: str) -> datetime | None:
    """The instant that a button says; None for what is none, or ends with all calendars."""
    try:
        said = parse_datetime(text)
        if said is None or said.tzinfo is None:
            return None
        # By the day after it, all that a visit takes is over.
        return (said + timedelta(days=1)).astimezone(UTC) - timedelta(days=1)
    except (ValueError, OverflowError):
        return None


def _within(text: str | None) -> int | None:
    miles = number_in(text)
    return miles if miles in (*DISTANCES, ANYWHERE) else None


def _day(query: QueryDict, visit_type: VisitType, now: datetime) -> date | None:
    """The day to begin with, no later than can be booked; None for today and what is no day."""
    try:
        asked = parse_date(query.get("day", ""))
    except ValueError:
        return None
    if asked is None or asked <= now.date():
        return None
    return min(asked, (now + timedelta(days=visit_type.horizon_days)).date())


def time_search_of(
    asked: SearchQuery, *, visit_type: VisitType, now: datetime, moving: OwnTime | None = None
) -> TimeSearch:
    """The page of answers that an address means."""
    return TimeSearch(
        visit_type=visit_type,
        preferences=asked.preferences,
        now=now,
        near=asked.near,
        first_day=asked.day,
        after=key_from(asked.query.get("after", "")),
        before=key_from(asked.query.get("before", "")),
        days=DAYS_A_PAGE,
        moving=moving,
    )


def parse_query_to_move(query: QueryDict, visit: Appointment, *, now: datetime) -> SearchQuery:
    """What an address asks for a visit that is to be moved.

    It stays as it is unless something else is chosen: the way of meeting, and the clinic when
    nothing at all was chosen yet.
    """
    begun = query.copy()
    if "find" not in begun and not begun.get("near") and visit.mode != Mode.VIDEO:
        begun.setdefault("site", visit.site.slug)
    return parse_query(begun, visit_type=visit.visit_type, now=now, mode=visit.mode)


def time_search_to_move(asked: SearchQuery, visit: Appointment, *, now: datetime) -> TimeSearch:
    """The page of answers, for a patient who is known: one more query."""
    own = OwnTime.of(visit)
    time_search = time_search_of(asked, visit_type=visit.visit_type, now=now, moving=own)
    standing = standing_of(visit.person, now=now)
    return replace(time_search, preferences=replace(time_search.preferences, standing=standing))


def kept_in(query: QueryDict, *names: str) -> list[tuple[str, str]]:
    """Some of the choices in an address or a form, as the fields of a form."""
    return [(name, value) for name in names for value in query.getlist(name) if value]


def for_the_api(time_search: TimeSearch) -> dict[str, object]:
    """The same question as the API is asked it, but for the page of its answers."""
    preferences = time_search.preferences
    asked = {
        "visit_type": time_search.visit_type.slug,
        "near": time_search.near,
        "within": preferences.within,
        "site": sorted(preferences.site_ids),
        "clinician": preferences.clinician_id,
        "language": preferences.language,
        "gender": preferences.gender,
        "step_free": preferences.step_free,
        "weekdays": sorted(preferences.weekdays),
        "parts": sorted(preferences.parts),
        "off_hours": preferences.off_hours,
        "same_day": preferences.same_day,
        "mode": preferences.mode,
        "standing": preferences.standing,
        "days": time_search.days,
        "moving": time_search.moving.public_id if time_search.moving else None,
    }
    return {name: value for name, value in asked.items() if value}

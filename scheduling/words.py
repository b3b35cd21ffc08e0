"""How a visit stands, what speaks against a time and what for one, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import dateformat, formats
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.formats import number_format
from django.utils.translation import get_language, get_language_info, gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from people.names import in_language
from scheduling.absence import Away
from scheduling.models import Appointment, Mode, Site, WaitlistEntry
from scheduling.selectors.proposals import Conflict
from scheduling.transitions import Status
from scheduling.triage import CALL, EMERGENCY, TODAY
from scheduling.wishes import Reason

CONFLICTS: dict[str, StrPromise] = {
    "past": _("This time is over."),
    "too_soon": _("This is sooner than patients may book: %(number)s minutes before."),
    "too_far": _("This is further ahead than patients may book: %(number)s days."),
    "clinician_gone": _("%(name)s does not work here any more."),
    "not_theirs": _("%(name)s does not offer this kind of visit."),
    "no_video": _("This visit cannot be by video."),
    "video_only": _("This visit is by video alone."),
    "closed": _("The site is closed: %(reason)s"),
    "day_off": _("%(name)s is away: %(reason)s"),
    "outside_hours": _("%(name)s does not work here at this time."),
    "no_session": _("%(name)s leads no group session here."),
    "kept_for_others": _("This time is kept for other patients."),
    "visit": _("%(name)s has a visit then, %(hours)s."),
    "elsewhere": _("There is a visit at %(name)s then, %(hours)s."),
    "hold": _("Somebody is booking this time right now, %(hours)s."),
    "block": _("The time is blocked, %(hours)s: %(reason)s"),
    "session": _("%(name)s leads a group session then, %(hours)s."),
    "session_way": _(
        "The way from %(name)s takes %(number)s minutes; the group session there is %(hours)s."
    ),
    "buffer": _("No time is left before or after the visit of %(name)s, %(hours)s."),
    "travel": _("The way from %(name)s takes %(number)s minutes; the visit there is %(hours)s."),
    "full": _("The group session is full: %(number)s places."),
    "no_room": _("No room or device of this kind is free: %(name)s."),
    "cap": _("%(name)s has as many of these visits that day as one should: %(number)s."),
    "not_offered": _("This visit is not usually offered at this time of day."),
    "patient_busy": _("The patient has another visit then, at %(name)s, %(hours)s."),
    "too_late": _("The patient could not move it by themselves any more: it is too near."),
}


# Where the government helps with a bill that is far above its estimate.
BILL_HELP_SITE, BILL_HELP_PHONE = "www.cms.gov/nosurprises", "+18009853059"


STATUS_TONES: dict[str, str] = {
    Status.BOOKED: "info",
    Status.CONFIRMED: "success",
    Status.ARRIVED: "waiting",
    Status.CHECKED_IN: "waiting",
    Status.IN_VISIT: "info",
    Status.COMPLETED: "neutral",
    Status.CANCELED: "danger",
    Status.NO_SHOW: "danger",
}


def state_of(visit: Appointment) -> dict[str, object]:
    """How a visit stands, as a tag and its tone. Called off, it is a visit that cannot be."""
    if visit.called_off:
        return {"state": gettext("Cannot take place"), "tone": "danger"}
    return {"state": visit.get_status_display(), "tone": STATUS_TONES[visit.status]}


@dataclass(frozen=True, slots=True)
class EstimateLine:
    name: str
    price: str


@dataclass(frozen=True, slots=True)
class EstimateWords:
    """A good faith estimate as it is printed; ``content`` has what needs no words."""

    content: Mapping[str, Any]
    starts_at: datetime
    made_at: datetime
    born_on: date
    title: str
    lines: list[EstimateLine]
    total: str
    help_site: str = BILL_HELP_SITE
    help_phone: str = BILL_HELP_PHONE


def estimate_words(content: Mapping[str, Any]) -> EstimateWords:
    """What an estimate says (``selectors.estimates.content_of``), in the active language."""
    language = get_language() or "en"
    items = content["items"]
    return EstimateWords(
        content=content,
        starts_at=datetime.fromisoformat(content["starts_at"]),
        made_at=datetime.fromisoformat(content["made_at"]),
        born_on=date.fromisoformat(content["born_on"]),
        title=in_language(content["titles"], language),
        lines=[
            EstimateLine(
                in_language(each["names"], language), price_words(each["low"], each["high"])
            )
            for each in items
        ],
        total=price_words(sum(each["low"] for each in items), sum(each["high"] for each in items)),
    )


def price_words(low: int, high: int) -> str:
    """Cents as "$45" or "$120 to $180"; "No charge" for nothing."""
    if high == 0:
        return gettext("No charge")
    if low == high:
        return _dollars(low)
    return gettext("%(low)s to %(high)s") % {"low": _dollars(low), "high": _dollars(high)}


def _dollars(cents: int) -> str:
    decimals = 0 if cents % 100 == 0 else 2
    return f"${number_format(cents / 100, decimals, use_l10n=True, force_grouping=True)}"


# What to do instead of booking, by urgency (``scheduling.triage``): in a few words, and in full.
ADVICE: dict[str, tuple[StrPromise, StrPromise]] = {
    EMERGENCY: (
        _("Call 911 now"),
        _(
            "This may be an emergency. Do not wait for a visit. Call 911, or go to the nearest "
            "emergency room. Do not drive if you feel ill. Ask someone to take you."
        ),
    ),
    TODAY: (
        _("Please get care today"),
        _(
            "This should not wait for a visit. Go to an urgent care center or an emergency room "
            "today. If it gets worse, call 911."
        ),
    ),
    CALL: (
        _("Please call us first"),
        _(
            "Talk with us before you book. We will find out together what is best for you. If "
            "you feel worse and cannot reach us, go to urgent care today."
        ),
    ),
}


def conflict_words(conflict: Conflict, site: Site) -> str:
    """One conflict as a sentence, its hours on the site's clock, in the active language."""
    return str(CONFLICTS[conflict.kind]) % {
        "name": conflict.name or "…",
        "reason": conflict.reason or "…",
        "number": conflict.number,
        "hours": _hours(conflict, ZoneInfo(site.time_zone)),
    }


def _hours(conflict: Conflict, zone: ZoneInfo) -> str:
    ends = [each.astimezone(zone) for each in (conflict.starts_at, conflict.ends_at) if each]
    return " - ".join(_time(each.time()) for each in ends)


def absence_words(away: Away) -> str:
    """From when until when somebody is away, on the wall, in the active language."""
    if away.days == 1 and away.starts and away.ends:
        return gettext("%(day)s, from %(starts)s to %(ends)s") % {
            "day": _day(away.first_day),
            "starts": _time(away.starts),
            "ends": _time(away.ends),
        }
    first, last = _day(away.first_day), _day(away.last_day)
    if away.starts:
        first = gettext("%(day)s, from %(time)s") % {"day": first, "time": _time(away.starts)}
    if away.ends:
        last = gettext("%(day)s, until %(time)s") % {"day": last, "time": _time(away.ends)}
    if away.days == 1:
        return first if away.starts else last
    return f"{first} - {last}"


def _day(day: date) -> str:
    return formats.date_format(day, "DAY_FORMAT")


def _time(wall: time) -> str:
    return dateformat.time_format(wall, formats.get_format("TIME_FORMAT"))


REASONS: dict[str, StrPromise] = {
    "video": _("By video"),
    "step_free": _("Step-free"),
    "clinician": _("With %(value)s"),
    "today": _("Today"),
    "weekend": _("On a weekend"),
}
GENDERS: dict[object, StrPromise] = {
    "female": _("With a woman"),
    "male": _("With a man"),
    "nonbinary": _("With a nonbinary person"),
}
PARTS_OF_DAY: dict[object, StrPromise] = {
    "morning": _("Before noon"),
    "afternoon": _("From noon to 5 PM"),
    "evening": _("After 5 PM"),
}


def reason_words(reason: Reason, *, place: str = "") -> str:
    """Why a time fits, in plain words and the active language; ``place`` is where from."""
    kind, value = reason
    if kind == "soonest":
        return gettext("Soonest at any clinic") if value else gettext("The soonest that fits")
    if kind == "miles":
        return _miles_from(float(str(value)), place)
    if kind == "language":
        return gettext("Speaks %(language)s") % {"language": language_name(str(value))}
    if kind == "weekday":
        return gettext("On a %(weekday)s") % {"weekday": WEEKDAYS[int(str(value))]}
    if kind == "gender":
        return str(GENDERS[value])
    if kind == "part":
        return str(PARTS_OF_DAY[value])
    return str(REASONS[kind]) % {"value": value}


def suits_words(entry: WaitlistEntry) -> str:
    """Weekdays, parts of the day and ways to meet that suit who waits; nothing where all do."""
    days = [str(WEEKDAYS_ABBR[each]) for each in entry.weekdays]
    parts = [str(words) for part, words in PARTS_OF_DAY.items() if part in entry.parts]
    some = set(entry.modes) != set(entry.visit_type.modes)
    modes = [str(Mode(each).label) for each in entry.modes if some]
    return " · ".join(", ".join(words) for words in (days, parts, modes) if words)


def _miles_from(miles: float, place: str) -> str:
    if miles < 1:
        return gettext("Less than a mile from %(place)s") % {"place": place}
    # Nobody chooses by a tenth of a mile once it takes a quarter of an hour.
    near = miles < 10
    words = ngettext("%(miles)s mile from %(place)s", "%(miles)s miles from %(place)s", ceil(miles))
    return words % {"miles": number_format(miles, 1 if near else 0, use_l10n=True), "place": place}


def language_name(code: str) -> str:
    """A language's name in the active language, as it stands inside a sentence."""
    try:
        name = str(get_language_info(code)["name_translated"])
    except KeyError:
        return code
    # English writes them with a capital, and nearly nobody else does.
    return name if get_language() == "en" else name[:1].lower() + name[1:]

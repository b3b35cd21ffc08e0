"""What can be chosen when looking for a time, and what is chosen, in the patient's words."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django_stubs_ext import StrPromise

from portal.availability.query import SearchQuery
from portal.words import MODES
from scheduling.availability.rules.preferences import ANYWHERE, DISTANCES, Reason
from scheduling.availability.selectors.finding import Found, WayOut
from scheduling.availability.words import language_name, reason_words
from scheduling.models import Clinician, Standing

PARTS: list[tuple[str, StrPromise]] = [
    ("morning", gettext_lazy("Morning, before noon")),
    ("afternoon", gettext_lazy("Afternoon, noon to 5 PM")),
    ("evening", gettext_lazy("Evening, after 5 PM")),
    ("off_hours", gettext_lazy("Evenings and weekends")),
]
SHORT_PARTS: dict[str, StrPromise] = {
    "morning": gettext_lazy("Morning"),
    "afternoon": gettext_lazy("Afternoon"),
    "evening": gettext_lazy("Evening"),
    "off_hours": gettext_lazy("Evenings and weekends"),
}
GENDERS: dict[str, StrPromise] = {
    Clinician.Gender.FEMALE: gettext_lazy("A woman"),
    Clinician.Gender.MALE: gettext_lazy("A man"),
    Clinician.Gender.NONBINARY: gettext_lazy("A nonbinary person"),
}
STANDINGS: dict[str, StrPromise] = {
    Standing.RETURNING: gettext_lazy("I have been here before"),
    Standing.NEW: gettext_lazy("I am new here"),
}
WAYS: dict[str, StrPromise] = {
    "when": gettext_lazy("Any day, any time"),
    "who": gettext_lazy("Anyone who offers this visit"),
    "where": gettext_lazy("Any clinic"),
    "gender": gettext_lazy("Any gender"),
    "language": gettext_lazy("Any language"),
    "step_free": gettext_lazy("Clinics with steps too"),
    "all": gettext_lazy("Without any of your choices"),
}
# What each way out takes away from an address.
GIVEN_UP: dict[str, tuple[str, ...]] = {
    "when": ("weekday", "part", "today", "day"),
    "who": ("clinician",),
    "where": ("site", "within"),
    "gender": ("gender",),
    "language": ("language",),
    "step_free": ("step_free",),
    "all": (
        *("weekday", "part", "today", "day", "clinician", "site", "within"),
        *("gender", "language", "step_free"),
    ),
}


class SearchForm(forms.Form):
    """All that can be chosen, filled in with what is. Only shown: ``query`` reads the answer."""

    use_required_attribute = False

    mode = forms.ChoiceField(
        label=gettext_lazy("How do you want to meet?"), widget=forms.RadioSelect
    )
    standing = forms.ChoiceField(
        label=gettext_lazy("Have you been here before?"),
        help_text=gettext_lazy("Some times are kept for new patients, and some for others."),
        choices=[
            (Standing.RETURNING, gettext_lazy("Yes")),
            (Standing.NEW, gettext_lazy("No, I am new")),
        ],
        widget=forms.RadioSelect,
    )
    weekday = forms.MultipleChoiceField(
        label=gettext_lazy("Which days?"),
        choices=list(WEEKDAYS.items()),
        widget=forms.CheckboxSelectMultiple,
    )
    part = forms.MultipleChoiceField(
        label=gettext_lazy("What time of day?"),
        choices=PARTS,
        widget=forms.CheckboxSelectMultiple,
    )
    day = forms.DateField(
        label=gettext_lazy("From which day on?"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    language = forms.ChoiceField(label=gettext_lazy("Who speaks"))
    gender = forms.ChoiceField(label=gettext_lazy("Seen by"))
    clinician = forms.ChoiceField(label=gettext_lazy("With whom?"))
    site = forms.MultipleChoiceField(
        label=gettext_lazy("Which clinic?"), widget=forms.CheckboxSelectMultiple
    )
    within = forms.ChoiceField(label=gettext_lazy("How far may it be?"))
    step_free = forms.BooleanField(
        label=gettext_lazy("Only clinics without steps"),
        widget=forms.CheckboxInput(attrs={"value": "1"}),
    )

    def __init__(self, asked: SearchQuery, found: Found, *, today: date) -> None:
        query, preferences = asked.query, asked.preferences
        super().__init__(
            initial={
                "mode": preferences.mode,
                "standing": preferences.standing,
                "weekday": query.getlist("weekday"),
                "part": query.getlist("part"),
                "day": asked.day,
                "language": preferences.language,
                "gender": preferences.gender,
                "clinician": preferences.clinician_id,
                "site": query.getlist("site"),
                "within": preferences.within or "",
                "step_free": preferences.step_free,
            }
        )
        visit_type = found.time_search.visit_type
        last = today + timedelta(days=visit_type.horizon_days)
        self.fields["day"].widget.attrs |= {"min": today.isoformat(), "max": last.isoformat()}
        for name, choices in _choices(found).items():
            self.fields[name].choices = choices  # type: ignore[attr-defined]
        for name in list(self.fields):
            if not _matters(name, found):
                del self.fields[name]


def _choices(found: Found) -> dict[str, list[tuple[str, Any]]]:
    offering = found.offering
    modes = found.time_search.visit_type.modes
    return {
        "mode": [(mode, MODES[mode]) for mode in modes if mode in MODES],
        "language": [("", _("Any language")), *_languages(offering.languages)],
        "gender": [
            ("", _("Any gender")),
            *((each, GENDERS[each]) for each in offering.genders),
        ],
        "clinician": [("", _("Anyone")), *((str(w.clinician_id), w.name) for w in offering.people)],
        "site": [(each.site.slug, each.site.name) for each in offering.sites],
        "within": [
            ("", _("Near, or the nearest")),
            *((str(each), _within_words(each)) for each in DISTANCES),
            (str(ANYWHERE), _("Any distance")),
        ],
    }


def _languages(codes: list[str]) -> Iterator[tuple[str, str]]:
    for code in codes:
        name = language_name(code)
        yield code, name[:1].upper() + name[1:]


def _matters(name: str, found: Found) -> bool:
    """Whether a choice changes anything: nobody is asked what makes no difference."""
    offering = found.offering
    return {
        "mode": len(found.time_search.visit_type.modes) > 1,
        "standing": offering.asks_standing and found.time_search.moving is None,
        "language": len(offering.languages) > 1,
        "gender": len(offering.genders) > 1,
        "clinician": len(offering.people) > 1,
        "site": len(offering.sites) > 1,
        "within": found.typed.place is not None and len(offering.sites) > 1,
        "step_free": not all(each.site.step_free for each in offering.sites),
    }.get(name, True)


def _within_words(miles: int) -> str:
    return ngettext("Within %(miles)s mile", "Within %(miles)s miles", miles) % {"miles": miles}


@dataclass(frozen=True, slots=True)
class Chip:
    """A choice as a link: one that is made, which it takes back, or one that could be."""

    label: str
    url: str


def made(asked: SearchQuery, found: Found) -> list[Chip]:
    """What is chosen, each with the address without it."""
    return [Chip(label, asked.without(*which)) for label, which in _made(asked, found)]


Choice = tuple[str, tuple[str, ...]]


def _made(asked: SearchQuery, found: Found) -> Iterator[Choice]:
    """The words of each choice, and what it is in the address."""
    preferences = asked.preferences
    yield from _made_of_places(asked, found)
    yield from _made_of_people(asked, found)
    if preferences.step_free:
        yield reason_words(Reason("step_free")), ("step_free",)
    yield from _made_of_times(asked)
    if preferences.mode != asked.usual_mode:
        yield str(MODES[preferences.mode]), ("mode",)
    if preferences.standing:
        yield str(STANDINGS[preferences.standing]), ("standing",)


def _made_of_places(asked: SearchQuery, found: Found) -> Iterator[Choice]:
    preferences = asked.preferences
    if found.typed.place is not None:
        yield _("Near %(place)s") % {"place": found.typed.place.name}, ("near",)
        if preferences.within == ANYWHERE:
            yield _("Any distance"), ("within",)
        elif preferences.within:
            yield _within_words(preferences.within), ("within",)
    for each in found.offering.sites:
        if each.site.pk in preferences.site_ids:
            yield each.site.name, ("site", each.site.slug)


def _made_of_people(asked: SearchQuery, found: Found) -> Iterator[Choice]:
    preferences = asked.preferences
    who = found.offering.people_by_id.get(preferences.clinician_id or 0)
    if who is not None:
        yield who.name, ("clinician",)
    if preferences.language:
        yield reason_words(Reason("language", preferences.language)), ("language",)
    if preferences.gender:
        yield str(GENDERS[preferences.gender]), ("gender",)


def _made_of_times(asked: SearchQuery) -> Iterator[Choice]:
    preferences = asked.preferences
    if preferences.same_day:
        yield _("Today"), ("today",)
    if asked.day:
        yield _("From %(day)s") % {"day": date_format(asked.day, "DAY_FORMAT")}, ("day",)
    for weekday in sorted(preferences.weekdays):
        yield str(WEEKDAYS[weekday]).capitalize(), ("weekday", str(weekday))
    for part, name in SHORT_PARTS.items():
        if part in preferences.parts or (part == "off_hours" and preferences.off_hours):
            yield str(name), ("part", part)


def shortcuts(asked: SearchQuery, found: Found) -> list[Chip]:
    """What many choose, one press each, where it is not chosen already."""
    preferences, offering = asked.preferences, found.offering
    language = get_language() or "en"
    other_modes = [mode for mode in found.time_search.visit_type.modes if mode != asked.usual_mode]
    possible = [
        (not preferences.same_day, "today", "1", _("Today")),
        (not preferences.off_hours, "part", "off_hours", _("Evenings and weekends")),
        (
            language != "en" and not preferences.language and language in offering.languages,
            "language",
            language,
            reason_words(Reason("language", language)),
        ),
        *(
            (preferences.mode == asked.usual_mode, "mode", mode, str(MODES[mode]))
            for mode in other_modes
            if mode in MODES
        ),
    ]
    return [
        Chip(label, asked.with_(**{name: value})) for free, name, value, label in possible if free
    ]


@dataclass(frozen=True, slots=True)
class WayOutWords:
    """Something to give up: what it is called, where it leads, and the soonest time there."""

    label: str
    url: str
    starts_at: datetime
    time_zone: str


def ways_out_words(asked: SearchQuery, ways: list[WayOut]) -> list[WayOutWords]:
    return [
        WayOutWords(
            str(WAYS[way.kind]),
            asked.giving_up(*GIVEN_UP[way.kind], far=way.preferences.within == ANYWHERE),
            way.soonest.starts_at,
            way.soonest.time_zone,
        )
        for way in ways
    ]

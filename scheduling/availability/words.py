"""Why a time fits, in words."""

from math import ceil

from django.utils.dates import WEEKDAYS
from django.utils.formats import number_format
from django.utils.translation import get_language, get_language_info, gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from scheduling.availability.rules.preferences import Reason

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

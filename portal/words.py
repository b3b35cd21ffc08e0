"""Domain rows in the person's words and language."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import phonenumbers
from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise
from phonenumber_field.phonenumber import to_python

from people.rules.names import in_language
from scheduling.models import Mode, VisitType
from scheduling.prices.words import price_words

BOOKING_STEPS = [
    gettext_lazy("Choose a time"),
    gettext_lazy("About you"),
    gettext_lazy("Your code"),
    gettext_lazy("Check and book"),
]
MODES: dict[str, StrOrPromise] = {
    Mode.IN_PERSON: gettext_lazy("At the clinic"),
    Mode.VIDEO: gettext_lazy("By video"),
}


@dataclass(frozen=True, slots=True)
class VisitTypeWords:
    """A kind of visit as a page shows it."""

    slug: str
    name: str
    description: str
    preparation: str
    minutes: int
    price: str
    series_most: int | None = None


def visit_type_words(visit_type: VisitType) -> VisitTypeWords:
    language = get_language() or "en"
    return VisitTypeWords(
        slug=visit_type.slug,
        name=in_language(visit_type.names, language),
        description=in_language(visit_type.descriptions, language),
        preparation=in_language(visit_type.preparations, language),
        minutes=visit_type.minutes,
        price=price_words(visit_type.price_low, visit_type.price_high),
        series_most=visit_type.series_most,
    )


def phone_words(number: str) -> str:
    """An E.164 number as people here write it: "(716) 555-0110", "+52 55 1234 5678"."""
    parsed = to_python(number) if number else None
    if parsed is None or not parsed.is_valid():
        return number
    at_home = phonenumbers.region_code_for_number(parsed) == settings.PHONENUMBER_DEFAULT_REGION
    return str(parsed.as_national if at_home else parsed.as_international)


def day_and_time(at: datetime, zone: str) -> str:
    """An instant on a zone's clock, as people say it."""
    local = at.astimezone(ZoneInfo(zone))
    return _("%(day)s at %(time)s") % {
        "day": date_format(local, "DAY_FORMAT"),
        "time": date_format(local, "TIME_FORMAT"),
    }

"""Domain rows in the person's words and language."""

from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from people.names import in_language
from scheduling.models import VisitType


@dataclass(frozen=True, slots=True)
class VisitTypeWords:
    """A kind of visit as a page shows it."""

    slug: str
    name: str
    description: str
    preparation: str
    minutes: int
    price: str


def visit_type_words(visit_type: VisitType) -> VisitTypeWords:
    language = get_language() or "en"
    return VisitTypeWords(
        slug=visit_type.slug,
        name=in_language(visit_type.names, language),
        description=in_language(visit_type.descriptions, language),
        preparation=in_language(visit_type.preparations, language),
        minutes=visit_type.minutes,
        price=price_words(visit_type.price_low, visit_type.price_high),
    )


def price_words(low: int, high: int) -> str:
    """Cents as "$45" or "$120 to $180"; "No charge" for nothing."""
    if high == 0:
        return _("No charge")
    if low == high:
        return _dollars(low)
    return _("%(low)s to %(high)s") % {"low": _dollars(low), "high": _dollars(high)}


def _dollars(cents: int) -> str:
    decimals = 0 if cents % 100 == 0 else 2
    return f"${number_format(cents / 100, decimals, use_l10n=True, force_grouping=True)}"

"""Prices and good faith estimates, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import get_language, gettext

from people.rules.names import in_language

# Where the government helps with a bill that is far above its estimate.
BILL_HELP_SITE, BILL_HELP_PHONE = "www.cms.gov/nosurprises", "+18009853059"


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

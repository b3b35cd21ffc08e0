"""A day's free times under the headings of a page: morning, afternoon, evening."""

from collections.abc import Sequence
from typing import TypedDict

from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from scheduling.availability.selectors.search import Slot

# Each part of the day with the hour at which it ends, on the site's clock.
DAY_PARTS = [
    (12, gettext_lazy("Morning")),
    (17, gettext_lazy("Afternoon")),
    (24, gettext_lazy("Evening")),
]


class PartOfDay(TypedDict):
    name: StrOrPromise
    slots: list[Slot]


def parts_of_day(slots: Sequence[Slot]) -> list[PartOfDay]:
    """A day's slots by its parts, without the parts that have none."""
    begins = 0
    parts: list[PartOfDay] = []
    for ends, name in DAY_PARTS:
        found = [slot for slot in slots if begins <= slot.local.hour < ends]
        if found:
            parts.append({"name": name, "slots": found})
        begins = ends
    return parts

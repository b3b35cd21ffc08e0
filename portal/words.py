"""Domain rows in the person's words and language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict
from zoneinfo import ZoneInfo

import phonenumbers
from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise
from phonenumber_field.phonenumber import to_python

from people.models import Coverage
from people.rules.names import in_language
from scheduling.availability.selectors.search import Slot
from scheduling.models import Appointment, Mode, Plan, VisitType
from scheduling.prices.selectors.prices import Cost
from scheduling.prices.words import price_words

BOOKING_STEPS = [
    gettext_lazy("Choose a time"),
    gettext_lazy("About you"),
    gettext_lazy("Your code"),
    gettext_lazy("Check and book"),
]
# Each part of the day with the hour at which it ends, on the site's clock.
DAY_PARTS = [
    (12, gettext_lazy("Morning")),
    (17, gettext_lazy("Afternoon")),
    (24, gettext_lazy("Evening")),
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


def pays_words(coverage: Coverage | None, plans: Sequence[Plan]) -> str:
    """How somebody pays, in a few words."""
    if coverage is None:
        return _("We do not know yet")
    if coverage.kind == Coverage.Kind.SELF_PAY:
        return str(coverage.get_kind_display())
    names = {plan.slug: plan.name for plan in plans}
    return names.get(coverage.plan) or coverage.plan_name or _("Another plan")


@dataclass(frozen=True, slots=True)
class CostWords:
    """The full price, what coverage changes about it (``line``), and what else to know."""

    price: str
    line: str
    note: str
    kind: str


def cost_words(cost: Cost) -> CostWords:
    """What a visit costs, with what somebody's coverage changes, honestly."""
    price = price_words(cost.full.low, cost.full.high)
    line, note = "", _("before any coverage")
    if cost.kind == Coverage.Kind.SELF_PAY:
        line = _("You told us that you pay this yourself.")
        note = _(
            "We give you a written price estimate if you book three or more work days ahead, or "
            "any time you ask."
        )
    elif cost.plan is not None:
        line, note = _with_plan(cost, cost.plan.name)
    elif cost.kind and cost.takes_plans:
        line = _("We do not take your plan. You would pay the full price.")
        note = _("Call us if you want to talk about it.")
    return CostWords(price, line, note, cost.kind)


def _with_plan(cost: Cost, plan: str) -> tuple[str, str]:
    owed = price_words(cost.expected.low, cost.expected.high)
    if cost.expected.high == 0:
        line = _("With %(plan)s you usually pay nothing.") % {"plan": plan}
    else:
        line = _("With %(plan)s you usually pay %(price)s.") % {"plan": plan, "price": owed}
    return line, _("Your plan has the last word. It may ask for more early in the year.")


def phone_words(number: str) -> str:
    """An E.164 number as people here write it: "(716) 555-0110", "+52 55 1234 5678"."""
    parsed = to_python(number) if number else None
    if parsed is None or not parsed.is_valid():
        return number
    at_home = phonenumbers.region_code_for_number(parsed) == settings.PHONENUMBER_DEFAULT_REGION
    return str(parsed.as_national if at_home else parsed.as_international)


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


def day_and_time(at: datetime, zone: str) -> str:
    """An instant on a zone's clock, as people say it."""
    local = at.astimezone(ZoneInfo(zone))
    return _("%(day)s at %(time)s") % {
        "day": date_format(local, "DAY_FORMAT"),
        "time": date_format(local, "TIME_FORMAT"),
    }


def what_happens_next(visit: Appointment, reminders: Sequence[datetime]) -> list[dict[str, str]]:
    """The way from booking to the visit, as the timeline shows it."""
    by_video = visit.mode == Mode.VIDEO
    return [
        {
            "title": _("We are sending you a message"),
            "text": _("It tells you when it is and how to join.")
            if by_video
            else _("It tells you when and where to come."),
            "state": "done",
        },
        *(
            {"title": _("We remind you"), "when": day_and_time(at, visit.time_zone)}
            for at in reminders
        ),
        {
            "title": _("Your visit"),
            "when": day_and_time(visit.starts_at, visit.time_zone),
            "text": _("Open this visit here and press Join.")
            if by_video
            else _("Tell the front desk your name and your date of birth."),
        },
    ]

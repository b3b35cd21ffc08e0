"""What a visit costs and how somebody pays, in the patient's words."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from people.models import Coverage
from scheduling.models import Plan
from scheduling.prices.selectors.prices import Cost
from scheduling.prices.words import price_words


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

"""Reads about what a visit costs, and what somebody's coverage changes about it."""

from dataclasses import dataclass

from people.models import Coverage
from scheduling.models import Appointment, Plan, VisitType
from scheduling.prices.rules.prices import Range, Terms, expected_price


@dataclass(frozen=True, slots=True)
class Cost:
    """The ``full`` price, and what is ``expected`` of the patient as far as we know.

    ``kind`` is a coverage's, or empty. ``plan`` is one that the clinic takes; ``takes_plans``
    whether it names any, without which nothing can be said of others.
    """

    full: Range
    expected: Range
    kind: str = ""
    plan: Plan | None = None
    takes_plans: bool = True


def plans_taken() -> list[Plan]:
    """The plans that the clinic takes, in the order in which patients see them."""
    return list(Plan.objects.filter(active=True))


def cost_of_type(visit_type: VisitType, coverage: Coverage | None) -> Cost:
    """What a visit of this kind costs somebody. One query for who is insured, none for others."""
    full = Range(visit_type.price_low, visit_type.price_high)
    return _cost(full, visit_type.slug, coverage)


def cost_of_visit(visit: Appointment, coverage: Coverage | None) -> Cost:
    """What a visit costs, at the price at which it was booked."""
    return _cost(Range(visit.price_low, visit.price_high), visit.visit_type.slug, coverage)


def _cost(full: Range, slug: str, coverage: Coverage | None) -> Cost:
    if coverage is None:
        return Cost(full, full)
    if coverage.kind != Coverage.Kind.INSURANCE:
        return Cost(full, full, coverage.kind)
    taken = {plan.slug: plan for plan in plans_taken()}
    plan = taken.get(coverage.plan)
    if plan is None:
        return Cost(full, full, coverage.kind, takes_plans=bool(taken))
    terms = Terms(plan.copay, plan.share, plan.in_full)
    return Cost(full, expected_price(full, terms, visit_type=slug), coverage.kind, plan)

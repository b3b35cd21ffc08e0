"""What pages say of the price of a visit."""

from typing import Any

from people.models import Person
from people.selectors import current_coverage
from portal.prices.words import cost_words
from scheduling.models import Appointment, VisitType
from scheduling.prices.selectors.estimates import estimate_of
from scheduling.prices.selectors.prices import cost_of_type, cost_of_visit


def price_before_booking(visit_type: VisitType, person: Person) -> dict[str, Any]:
    """What the last look says of the price, with what this person's coverage changes."""
    return {"cost": cost_words(cost_of_type(visit_type, current_coverage(person)))}


def price_of_visit(visit: Appointment) -> dict[str, Any]:
    """The price of a visit that is booked, and its written estimate, if there is one."""
    cost = cost_of_visit(visit, current_coverage(visit.person))
    return {"cost": cost_words(cost), "estimate": estimate_of(visit)}

"""Reads about holds."""

import uuid

from scheduling.exceptions import HoldExpired
from scheduling.models import Appointment, Hold


def hold_of_browser(public_id: uuid.UUID, *, holder: str) -> Hold:
    """A browser's own hold, even one that is over. Raises HoldExpired when it is not its own."""
    hold = (
        Hold.objects.select_related("visit_type", "site", "clinician")
        .filter(public_id=public_id, holder=holder)
        .first()
    )
    if hold is None:
        raise HoldExpired
    return hold


def visit_of_hold(hold: Hold) -> Appointment | None:
    """The visit that a hold became, if it did."""
    return Appointment.objects.filter(allocations__hold=hold).first()

"""Ending what people hold of a time that is taken away from everybody."""

from collections.abc import Iterable
from datetime import datetime

from scheduling.booking.services.holds import release_hold
from scheduling.models import Hold, WaitlistOffer
from scheduling.waitlist.services.waitlist import lose_offer


def end_holds(held: Iterable[Hold], *, now: datetime) -> None:
    """Give the times back that browsers, staff and offers hold; who was offered one is told.

    Runs in the caller's transaction, which takes the time away and is ``retried_once``: who is
    just turning one of them into a visit has locked it first.
    """
    for hold in held:
        offer: WaitlistOffer | None = getattr(hold, "offer", None)
        if offer is not None and offer.state == WaitlistOffer.State.OPEN:
            lose_offer(offer=offer, now=now)
        else:
            release_hold(hold=hold, now=now)

"""An appointment's statuses and the moves between them, as data. Pure.

FHIR's Appointment.status is coarser, so that each of ours maps onto one of its codes:
https://hl7.org/fhir/valueset-appointmentstatus.html
"""

from datetime import timedelta

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Status(TextChoices):
    BOOKED = "booked", _("Booked")
    CONFIRMED = "confirmed", _("Confirmed")
    ARRIVED = "arrived", _("Arrived")
    CHECKED_IN = "checked_in", _("Checked in")
    IN_VISIT = "in_visit", _("With the clinician")
    COMPLETED = "completed", _("Completed")
    CANCELED = "canceled", _("Canceled")
    NO_SHOW = "no_show", _("Did not come")


TRANSITIONS: dict[str, frozenset[str]] = {
    Status.BOOKED: frozenset({Status.CONFIRMED, Status.ARRIVED, Status.CANCELED, Status.NO_SHOW}),
    Status.CONFIRMED: frozenset({Status.BOOKED, Status.ARRIVED, Status.CANCELED, Status.NO_SHOW}),
    Status.ARRIVED: frozenset({Status.CHECKED_IN, Status.BOOKED, Status.CANCELED}),
    Status.CHECKED_IN: frozenset({Status.IN_VISIT, Status.ARRIVED, Status.CANCELED}),
    Status.IN_VISIT: frozenset({Status.COMPLETED, Status.CHECKED_IN}),
    Status.COMPLETED: frozenset(),
    Status.CANCELED: frozenset(),
    Status.NO_SHOW: frozenset({Status.ARRIVED}),
}

# Before the patient is there: the visit can still be confirmed, moved and reminded of.
UPCOMING = frozenset({Status.BOOKED, Status.CONFIRMED})
# In the building and not yet done.
PRESENT = frozenset({Status.ARRIVED, Status.CHECKED_IN, Status.IN_VISIT})

FHIR: dict[str, str] = {
    Status.BOOKED: "booked",
    Status.CONFIRMED: "booked",
    Status.ARRIVED: "arrived",
    Status.CHECKED_IN: "checked-in",
    Status.IN_VISIT: "checked-in",
    Status.COMPLETED: "fulfilled",
    Status.CANCELED: "cancelled",
    Status.NO_SHOW: "noshow",
}

# The one way back from an end, and only through services.undoing: whoever canceled may undo it
# for a minute, and a press that took its time over the net still counts.
UNDOABLE: dict[str, frozenset[str]] = {Status.CANCELED: UPCOMING}
UNDO_FOR = timedelta(seconds=60)
UNDO_ACCEPTED = UNDO_FOR + timedelta(seconds=10)
# Until then a change may be undone: nobody is told of it, and its time is offered to nobody who
# waits. Whoever looks for a time finds it free at once.
SETTLED_AFTER = UNDO_ACCEPTED + timedelta(seconds=5)


def may_return(ended: str, to: str) -> bool:
    """Whether undoing may bring a visit back from ``ended`` to the status it had."""
    return to in UNDOABLE.get(ended, frozenset())


def allowed(before: str, after: str) -> bool:
    """Whether an appointment may go from one status to another."""
    return after in TRANSITIONS[before]

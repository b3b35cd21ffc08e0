"""How a visit stands, as a tag on a page."""

from django.utils.translation import gettext

from scheduling.models import Appointment
from scheduling.transitions import Status

STATUS_TONES: dict[str, str] = {
    Status.BOOKED: "info",
    Status.CONFIRMED: "success",
    Status.ARRIVED: "waiting",
    Status.CHECKED_IN: "waiting",
    Status.IN_VISIT: "info",
    Status.COMPLETED: "neutral",
    Status.CANCELED: "danger",
    Status.NO_SHOW: "danger",
}


def state_of(visit: Appointment) -> dict[str, object]:
    """How a visit stands, as a tag and its tone. Called off, it is a visit that cannot be."""
    if visit.called_off:
        return {"state": gettext("Cannot take place"), "tone": "danger"}
    return {"state": visit.get_status_display(), "tone": STATUS_TONES[visit.status]}

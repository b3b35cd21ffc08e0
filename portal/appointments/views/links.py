"""Pages behind links in messages. Opening one changes nothing and shows nothing private."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

import clock
from scheduling.booking.services import lifecycle
from scheduling.exceptions import IllegalTransition
from scheduling.models import Appointment


def visit_link(request: HttpRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """A press says "I will come"; anything more takes a one-time code."""
    visit = get_object_or_404(Appointment, public_id=appointment_id)
    confirmed = False
    if request.method == "POST":
        try:
            lifecycle.confirm(appointment=visit, actor=None, now=clock.now())
            confirmed = True
        except IllegalTransition:
            confirmed = False
    context = {
        "appointment_id": visit.public_id,
        "confirmed": confirmed,
        "can_confirm": lifecycle.can_confirm(visit, now=clock.now()),
    }
    return render(request, "portal/appointments/visit_link.html", context)

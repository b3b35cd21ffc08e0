"""Meeting by video: joining, and changing between video and in person."""

import uuid
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

import clock
from portal.account.sessions import signed_in
from portal.appointments.views.visits import own_visit, visit_context
from portal.availability.views import gone_context, time_pressed
from scheduling.booking.services.rescheduling import reschedule_appointment
from scheduling.booking.services.visit_mode import switch_mode
from scheduling.exceptions import IllegalTransition, SlotNotOffered, SlotTaken, TooLateToChange
from scheduling.models import Appointment, Mode

# On this page alone one may try the camera and the microphone (config.privacy forbids the rest).
PERMISSIONS = "camera=(self), microphone=(self), geolocation=(), display-capture=()"


@require_safe
def join(request: HttpRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """When the room opens, whether this device will do, and the way in once it is open."""
    visit = own_visit(request, appointment_id, action="appointment.join")
    response = render(request, "portal/appointments/join.html", visit_context(visit))
    response["Permissions-Policy"] = PERMISSIONS
    return response


@require_POST
def switch(request: HttpRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """Meet in the other way: at the same time, or at one that was offered instead."""
    visit = own_visit(request, appointment_id, action="appointment.read")
    mode = request.POST.get("mode", "")
    if mode not in visit.visit_type.modes:
        raise Http404
    try:
        _switch(request, visit, mode, clock.now())
    except (SlotTaken, SlotNotOffered) as fact:
        context = visit_context(visit) | gone_context(visit.visit_type, visit.site, fact)
        return render(
            request, "portal/availability/time_gone.html", context | {"mode": mode}, status=409
        )
    except (TooLateToChange, IllegalTransition):
        return render(
            request, "portal/appointments/cannot_change.html", visit_context(visit), status=409
        )
    by_video = mode == Mode.VIDEO
    messages.success(
        request,
        _("Done. We meet by video.") if by_video else _("Done. We meet in person at the clinic."),
    )
    return redirect("portal:appointment", appointment_id=visit.public_id)


def _switch(request: HttpRequest, visit: Appointment, mode: str, now: datetime) -> None:
    user = signed_in(request)
    if "starts_at" not in request.POST:
        switch_mode(appointment=visit, mode=mode, user=user, now=now)
        return
    site, starts_at = time_pressed(request)
    reschedule_appointment(
        appointment=visit, site=site, starts_at=starts_at, mode=mode, user=user, now=now
    )

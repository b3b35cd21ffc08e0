"""Undo for a minute, on the page of a visit that was just canceled or moved."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

import clock
from portal.account.sessions import signed_in
from portal.appointments.views.visits import own_visit, visit_context, visit_then
from portal.availability.views import gone_context
from scheduling.booking.services.undo import undo_change
from scheduling.exceptions import HasVisitThen, SlotTaken, UndoOver
from scheduling.models import Appointment
from scheduling.transitions import UPCOMING


@require_POST
def undo(request: HttpRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """Have it back as it was."""
    visit = own_visit(request, appointment_id, action="appointment.read")
    key = request.POST.get("key", "")[:40]
    try:
        undo_change(
            appointment=visit,
            user=signed_in(request),
            key=f"undo-{key}" if key else "",
            now=clock.now(),
        )
    except SlotTaken as fact:
        return _gone(request, visit, fact)
    except HasVisitThen as fact:
        own = reverse("portal:appointment", args=[visit.public_id])
        return visit_then(request, fact, again=own)
    except UndoOver:
        messages.warning(request, _("This can no longer be undone. Choose a new time, or call us."))
    else:
        messages.success(request, _("Undone. Your visit is as it was before."))
    return redirect("portal:appointment", appointment_id=visit.public_id)


def _gone(request: HttpRequest, visit: Appointment, fact: SlotTaken) -> HttpResponse:
    """Somebody was faster: say so kindly, with the nearest times. Nothing has changed."""
    context = gone_context(visit.visit_type, visit.site, fact)
    if visit.status in UPCOMING:
        context |= visit_context(visit)
    else:
        context["canceled"] = visit
    return render(request, "portal/availability/time_gone.html", context, status=409)

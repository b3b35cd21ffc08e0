"""Moving and canceling a visit."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

import clock
from portal.forms import CancelForm
from portal.views.times import gone_context, time_pressed, week_of_times
from portal.views.visits import own_visit, signed_in, visit_context
from scheduling.exceptions import IllegalTransition, SlotNotOffered, SlotTaken, TooLateToChange
from scheduling.models import Appointment
from scheduling.selectors.offering import sites_offering
from scheduling.selectors.places import SiteNearby
from scheduling.services import lifecycle
from scheduling.services.moving import reschedule_appointment


def move(request: HttpRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """Another time: choose it, and it is yours."""
    visit = own_visit(request, appointment_id, action="appointment.read")
    if request.method == "POST":
        return _move(request, visit)
    if not visit_context(visit)["can_change"]:
        return _cannot(request, visit)
    sites = sites_offering(visit.visit_type, now=clock.now())
    chosen = next(
        (each for each in sites if each.site.slug == request.GET.get("site")),
        SiteNearby(visit.site, None),
    )
    context = visit_context(visit) | week_of_times(
        visit.visit_type, chosen.site, request.GET.get("day"), clock.now()
    )
    return render(request, "portal/move.html", context | {"sites": sites, "chosen": chosen})


def _move(request: HttpRequest, visit: Appointment) -> HttpResponse:
    site, starts_at = time_pressed(request)
    try:
        reschedule_appointment(
            appointment=visit,
            site=site,
            starts_at=starts_at,
            user=signed_in(request),
            now=clock.now(),
        )
    except (SlotTaken, SlotNotOffered) as fact:
        context = visit_context(visit) | gone_context(visit.visit_type, site, fact)
        return render(request, "portal/time_gone.html", context, status=409)
    except (TooLateToChange, IllegalTransition):
        return _cannot(request, visit)
    messages.success(request, _("Your visit has a new time. We are sending you a message too."))
    return redirect("portal:appointment", appointment_id=visit.public_id)


def cancel(request: HttpRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """Cancel, with a reason in one tap; moving is offered first."""
    visit = own_visit(request, appointment_id, action="appointment.read")
    form = CancelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            lifecycle.cancel_appointment(
                appointment=visit,
                user=signed_in(request),
                reason=form.cleaned_data["reason"],
                now=clock.now(),
            )
        except (TooLateToChange, IllegalTransition):
            return _cannot(request, visit)
        messages.success(request, _("Your visit is canceled. Thank you for telling us."))
        return redirect("portal:appointment", appointment_id=visit.public_id)
    if request.method != "POST" and not visit_context(visit)["can_change"]:
        return _cannot(request, visit)
    return render(request, "portal/cancel.html", visit_context(visit) | {"form": form})


def _cannot(request: HttpRequest, visit: Appointment) -> HttpResponse:
    """Too late or over: say so, and whom to call."""
    return render(request, "portal/cannot_change.html", visit_context(visit), status=409)

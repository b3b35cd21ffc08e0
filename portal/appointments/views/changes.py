"""Moving and canceling a visit."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

import clock
from portal.account.sessions import signed_in
from portal.appointments.forms import CancelForm
from portal.appointments.views.visits import own_visit, visit_context, visit_then
from portal.availability.query import parse_query_to_move, preferences_in, time_search_to_move
from portal.availability.results import answers_context, is_before_all
from portal.availability.views import gone_context, time_pressed
from scheduling.appointments.services.call_requests import WANTS, request_call
from scheduling.availability.selectors.finding import find_times
from scheduling.availability.selectors.offering import clinicians_among
from scheduling.booking.selectors.instead_of_canceling import times_instead
from scheduling.booking.services import lifecycle
from scheduling.booking.services.rescheduling import reschedule_appointment
from scheduling.exceptions import (
    HasVisitThen,
    IllegalTransition,
    KeyReused,
    SlotNotOffered,
    SlotTaken,
    TooLateToChange,
)
from scheduling.models import Appointment
from scheduling.transitions import UPCOMING


def move(request: HttpRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """Another time: choose it, and it is yours."""
    visit = own_visit(request, appointment_id, action="appointment.read")
    if request.method == "POST":
        return _move(request, visit)
    if not visit_context(visit)["can_change"]:
        return _cannot(request, visit)
    asked = parse_query_to_move(request.GET, visit, now=clock.now())
    found = find_times(time_search_to_move(asked, visit, now=clock.now()))
    if is_before_all(found):
        return redirect(request.path + asked.first_page)
    context = visit_context(visit) | answers_context(asked, found)
    return render(request, "portal/appointments/move.html", context)


def _move(request: HttpRequest, visit: Appointment) -> HttpResponse:
    site, starts_at = time_pressed(request)
    preferences, now = preferences_in(request.POST, visit.visit_type, mode=visit.mode), clock.now()
    try:
        reschedule_appointment(
            appointment=visit,
            site=site,
            starts_at=starts_at,
            clinician_id=preferences.clinician_id,
            among=clinicians_among(visit.visit_type, preferences, now=now),
            mode=preferences.mode,
            user=signed_in(request),
            key=_key(request, f"move-{starts_at.timestamp():.0f}"),
            now=now,
        )
    except (SlotTaken, SlotNotOffered) as fact:
        gone = gone_context(visit.visit_type, site, fact, request.POST)
        context = visit_context(visit) | gone
        return render(request, "portal/availability/time_gone.html", context, status=409)
    except HasVisitThen as fact:
        return visit_then(request, fact)
    except (TooLateToChange, IllegalTransition):
        return _cannot(request, visit)
    return redirect("portal:appointment", appointment_id=visit.public_id)


def cancel(request: HttpRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """Better times to move to, one press each; and the reasons, one press each to cancel."""
    visit = own_visit(request, appointment_id, action="appointment.read")
    form = CancelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _cancel(request, visit, form.cleaned_data["reason"])
    context = visit_context(visit)
    if not context["can_change"]:
        return _cannot(request, visit)
    instead = times_instead(visit, now=clock.now())
    return render(
        request, "portal/appointments/cancel.html", context | {"form": form, "instead": instead}
    )


def _cancel(request: HttpRequest, visit: Appointment, reason: str) -> HttpResponse:
    try:
        lifecycle.cancel_appointment(
            appointment=visit,
            user=signed_in(request),
            reason=reason,
            key=_key(request, "cancel"),
            now=clock.now(),
        )
    except (TooLateToChange, IllegalTransition):
        return _cannot(request, visit)
    except KeyReused:
        # The same page, sent again with another reason: what it asked for was done.
        return redirect("portal:appointment", appointment_id=visit.public_id)
    return redirect("portal:appointment", appointment_id=visit.public_id)


def _key(request: HttpRequest, what: str) -> str:
    """What tells a page that is sent again, long after an undo perhaps, from a new request."""
    posted = request.POST.get("key", "")
    return f"{what}-{posted}"[:64] if posted else ""


@require_POST
def call_about(request: HttpRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """Too late to do it here: somebody calls. Asking twice is one call."""
    visit = own_visit(request, appointment_id, action="appointment.read")
    want = request.POST.get("want", "")
    if want not in WANTS or visit.status not in UPCOMING:
        raise Http404
    request_call(appointment=visit, want=want, user=signed_in(request), now=clock.now())
    messages.success(request, _("We will call you as soon as we can."))
    return redirect("portal:appointment", appointment_id=visit.public_id)


def _cannot(request: HttpRequest, visit: Appointment) -> HttpResponse:
    """Too late or over: say so, and whom to call."""
    return render(
        request, "portal/appointments/cannot_change.html", visit_context(visit), status=409
    )

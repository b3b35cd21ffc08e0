"""Canceling a visit for somebody who called, late too, which is then written down."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from scheduling.exceptions import IllegalTransition
from scheduling.forms import REASON_NEEDED
from scheduling.services.lifecycle import cancel_for_patient
from scheduling.services.moving import latest_change
from scheduling.views.moving import own_visit, way_back
from scheduling.views.staff import desk_of


@require_POST
def cancel(request: HttpRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """With a reason. The time is free at once, and the patient is told."""
    desk = desk_of(request)
    visit = own_visit(desk, appointment_id)
    reason = request.POST.get("reason", "").strip()[:200]
    if not reason:
        messages.error(request, REASON_NEEDED)
        return redirect("calendar:move", appointment_id=visit.public_id)
    try:
        cancel_for_patient(appointment=visit, user=desk.user, reason=reason, now=desk.now)
    except IllegalTransition:
        messages.error(request, _("This visit can no longer be canceled. See its status."))
        return redirect("calendar:move", appointment_id=visit.public_id)
    words = (
        _("The visit of %(name)s is canceled late. They will be told.")
        if desk.now > latest_change(visit)
        else _("The visit of %(name)s is canceled. They will be told.")
    )
    messages.success(request, words % {"name": visit.person.full_name})
    return redirect(way_back(desk, visit))

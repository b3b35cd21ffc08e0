"""Canceling a visit for somebody who called, late too, which is then written down."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from scheduling.booking.services.lifecycle import cancel_for_patient
from scheduling.booking.services.moving import latest_change
from scheduling.desk.forms.canceling import StaffCancelForm
from scheduling.desk.requests import Desk, desk_of
from scheduling.desk.views.rescheduling import CANCEL_IDS, own_visit, visit_page, way_back
from scheduling.exceptions import ChangedMeanwhile, IllegalTransition
from scheduling.models import Appointment


@require_POST
def cancel(request: HttpRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """With a reason. The time is free at once, and the patient is told."""
    desk = desk_of(request)
    visit = own_visit(desk, appointment_id)
    form = StaffCancelForm(request.POST, auto_id=CANCEL_IDS)
    if not form.is_valid():
        return visit_page(request, desk, visit, canceling=form, status=422)
    return _canceled(request, desk, visit, form)


def _canceled(
    request: HttpRequest, desk: Desk, visit: Appointment, form: StaffCancelForm
) -> HttpResponse:
    try:
        cancel_for_patient(
            appointment=visit,
            version=form.cleaned_data["version"] or 0,
            user=desk.user,
            reason=form.cleaned_data["reason"],
            now=desk.now,
        )
    except ChangedMeanwhile:
        visit.refresh_from_db()
        return visit_page(request, desk, visit, canceling=form, changed=True, status=409)
    except IllegalTransition:
        messages.error(request, _("This visit can no longer be canceled. See its status."))
        return redirect("calendar:move", appointment_id=visit.public_id)
    messages.success(request, _done_words(desk, visit) % {"name": visit.person.full_name})
    return redirect(way_back(desk, visit))


def _done_words(desk: Desk, visit: Appointment) -> str:
    if desk.now > latest_change(visit):
        return _("The visit of %(name)s is canceled late. They will be told.")
    return _("The visit of %(name)s is canceled. They will be told.")

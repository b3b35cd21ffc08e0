"""The door through which a clinician completes a visit."""

import uuid

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

import clock
from followups.forms import SummaryForm
from followups.services.summaries import complete_with_summary
from people.models import User
from people.services import audit
from scheduling.appointments.selectors.appointments import appointments_for_staff
from scheduling.exceptions import IllegalTransition
from scheduling.models import Appointment


def write_summary(request: HttpRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """What was said and what to do next; releasing it completes the visit."""
    if not isinstance(request.user, User):
        raise Http404
    visit = _own_visit(request.user, appointment_id)
    form = SummaryForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            complete_with_summary(
                appointment=visit, author=request.user, now=clock.now(), **form.cleaned_data
            )
        except IllegalTransition:
            form.add_error(None, _("This visit is not in progress. Call the patient in first."))
        else:
            messages.success(
                request,
                _("Visit completed. %(name)s will get the summary.")
                % {"name": visit.person.full_name},
            )
            return redirect(settings.PAGES["my_day"])
    return render(request, "followups/write_summary.html", {"form": form, "visit": visit})


def _own_visit(user: User, appointment_id: uuid.UUID) -> Appointment:
    """A visit of this clinician's own, audited."""
    visit = (
        appointments_for_staff(user).filter(public_id=appointment_id, clinician__user=user).first()
    )
    if visit is None:
        raise Http404
    audit.note(
        actor=user,
        person_ids=[visit.person_id],
        action="appointment.read",
        subject=f"appointment:{visit.pk}",
        now=clock.now(),
    )
    return visit

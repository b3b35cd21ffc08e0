"""How a patient pays, and the written estimate of what a visit costs."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

import clock
from people.selectors import current_coverage, people_acted_for
from people.services import audit
from people.services.coverage import say_coverage
from portal.account.sessions import signed_in
from portal.appointments.views.visits import own_visit, visit_context
from portal.coverage.forms import CoverageForm, pays_of
from scheduling.exceptions import IllegalTransition
from scheduling.prices.selectors.estimates import estimate_of
from scheduling.prices.selectors.prices import plans_taken
from scheduling.prices.services import request_estimate
from scheduling.prices.words import estimate_words


def coverage(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """How somebody this account acts for pays."""
    user, now = signed_in(request), clock.now()
    person = get_object_or_404(people_acted_for(user, now=now), public_id=person_id)
    known = current_coverage(person)
    plans = plans_taken()
    initial = {
        "pays": pays_of(known, plans),
        "plan_name": known.plan_name if known else "",
        "subscriber_id": known.subscriber_id if known else "",
    }
    form = CoverageForm(request.POST or None, initial=initial, plans=plans)
    if request.method == "POST" and form.is_valid():
        say_coverage(person=person, paying=form.paying, user=user, now=now)
        messages.success(request, _("Thank you. We use this for the price of every visit."))
        return redirect("portal:you")
    audit.note(actor=user, person_ids=[person.pk], action="coverage.read", subject="", now=now)
    return render(request, "portal/coverage/coverage.html", {"form": form, "person": person})


def estimate(request: HttpRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """The written estimate once it is given; before that, when it comes. A press asks for it."""
    visit = own_visit(request, appointment_id, action="estimate.read")
    if request.method == "POST":
        try:
            request_estimate(appointment=visit, user=signed_in(request), now=clock.now())
        except IllegalTransition:
            return render(
                request, "portal/appointments/cannot_change.html", visit_context(visit), status=409
            )
        return redirect("portal:estimate", appointment_id=visit.public_id)
    found = estimate_of(visit)
    context = visit_context(visit) | {"estimate": found}
    if found is not None and found.given_at is not None:
        context["paper"] = estimate_words(found.content)
    return render(request, "portal/prices/estimate.html", context)

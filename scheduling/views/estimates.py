"""Price estimates at the desk: who needs one, the earliest due first; and giving it."""

import uuid
from datetime import date

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from scheduling.exceptions import IllegalTransition
from scheduling.models import Estimate
from scheduling.selectors.appointments import appointments_for_staff
from scheduling.selectors.estimates import content_of, estimate_of, estimates_to_give
from scheduling.services.estimates import give_estimate
from scheduling.views.staff import Desk, desk_of
from scheduling.words import estimate_words

PER_PAGE = 25


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """Who needs an estimate, and by when."""
    desk = desk_of(request)
    pages = Paginator(estimates_to_give(desk.user, now=desk.now), PER_PAGE)
    page = pages.get_page(request.GET.get("page"))
    found = list(page.object_list)
    desk.note([each.appointment for each in found], "estimate.list")
    rows = [(each, _state(each, desk.today)) for each in found]
    context = {"rows": rows, "page": page, "total": pages.count}
    return render(request, "scheduling/estimates.html", context)


def _state(estimate: Estimate, today: date) -> str:
    """``late``, ``today`` or ``later``, for words and a tone beside the day."""
    if estimate.due_on is None or estimate.due_on > today:
        return "later"
    return "today" if estimate.due_on == today else "late"


@require_http_methods(["GET", "HEAD", "POST"])
def estimate(request: HttpRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """One estimate as it is printed, in the patient's language. A press gives it to them."""
    desk = desk_of(request)
    found = _found(desk, appointment_id)
    visit = found.appointment
    if request.method == "POST":
        return _give(request, desk, found)
    desk.note([visit], "estimate.read")
    with translation.override(visit.person.language):
        paper = estimate_words(found.content or content_of(visit, now=desk.now))
    context = {
        "estimate": found,
        "visit": visit,
        "paper": paper,
        "state": _state(found, desk.today),
    }
    return render(request, "scheduling/estimate.html", context)


def _found(desk: Desk, appointment_id: uuid.UUID) -> Estimate:
    """The estimate for a visit at one of this member of staff's sites; to others there is none."""
    visit = appointments_for_staff(desk.user).filter(public_id=appointment_id).first()
    found = estimate_of(visit) if visit else None
    if visit is None or found is None:
        raise Http404
    found.appointment = visit
    return found


def _give(request: HttpRequest, desk: Desk, found: Estimate) -> HttpResponse:
    try:
        give_estimate(estimate=found, user=desk.user, now=desk.now)
    except IllegalTransition:
        messages.error(request, _("This visit has changed, or is over. It needs no estimate."))
    else:
        name = found.appointment.person.full_name
        messages.success(
            request, _("%(name)s has the estimate, and will be told.") % {"name": name}
        )
    return redirect("estimates:queue")

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

from scheduling.appointments.selectors.appointments import appointments_for_staff
from scheduling.desk.requests import Desk, desk_of
from scheduling.exceptions import IllegalTransition
from scheduling.models import Appointment, Estimate
from scheduling.prices.selectors.estimates import content_of, estimate_of, estimates_to_give
from scheduling.prices.services import give_estimate, request_estimate
from scheduling.prices.words import estimate_words
from scheduling.transitions import UPCOMING

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
    """One estimate as it is printed, in the patient's language. A press gives it to them.

    It may be one that nobody asked for here: patients ask on the phone, too.
    """
    desk = desk_of(request)
    visit = appointments_for_staff(desk.user).filter(public_id=appointment_id).first()
    if visit is None:
        raise Http404
    if request.method == "POST":
        return _give(request, desk, visit)
    desk.note([visit], "estimate.read")
    found = estimate_of(visit)
    with translation.override(visit.person.language):
        given = found.content if found else None
        paper = estimate_words(given or content_of(visit, now=desk.now))
    context = {
        "estimate": found,
        "visit": visit,
        "paper": paper,
        "state": _state(found, desk.today) if found else "later",
        "can_give": visit.status in UPCOMING and visit.starts_at > desk.now,
    }
    return render(request, "scheduling/estimate.html", context)


def _give(request: HttpRequest, desk: Desk, visit: Appointment) -> HttpResponse:
    try:
        found = estimate_of(visit) or request_estimate(
            appointment=visit, user=desk.user, now=desk.now
        )
        give_estimate(estimate=found, user=desk.user, now=desk.now)
    except IllegalTransition:
        messages.error(request, _("This visit has changed, or is over. It needs no estimate."))
    else:
        words = _("%(name)s has the estimate, and will be told.")
        messages.success(request, words % {"name": visit.person.full_name})
    return redirect("estimates:queue")

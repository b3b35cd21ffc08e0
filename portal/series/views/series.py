"""Several visits in one go: what is asked for, a plan, one press."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

import clock
from people.selectors import people_acted_for
from portal.account.sessions import signed_in
from portal.appointments.views.visits import visit_then
from portal.availability.query import instant_in, number_in
from portal.booking.views.by_phone import by_phone
from portal.series.forms import SeriesForm
from portal.series.views.one_series import own_series, series_page
from portal.triage.views import questions_first
from portal.words import visit_type_words
from scheduling.availability.selectors.offering import offering_of
from scheduling.clinic.rules.working_hours import moment_of
from scheduling.exceptions import BookByPhone, HasVisitThen, KeyReused
from scheduling.models import Appointment, Clinician, Site, VisitType
from scheduling.series.rules.series import Opening, Planned
from scheduling.series.selectors.series import SeriesDetails, plan_of, visits_of_series
from scheduling.series.services.series import ChosenTime, book_series


def plan(request: HttpRequest, visit_type: str) -> HttpResponse:
    """What is asked for, and the plan for it; a press books it."""
    wanted = get_object_or_404(VisitType, slug=visit_type, active=True, series_most__isnull=False)
    if elsewhere := questions_first(request, wanted):
        return elsewhere
    form = _form(request, wanted)
    context: dict[str, Any] = {"form": form, "visit_type": visit_type_words(wanted)}
    if form.is_bound and form.is_valid():
        where = form.where
        if request.method == "POST":
            return _book(request, where)
        found = plan_of(where, form.pattern, now=clock.now())
        context |= {
            "plan": shown(found, where.site),
            "better_days": _better_days(found),
            "site": where.site,
            "key": uuid.uuid4().hex,
        }
    return render(request, "portal/series/plan.html", context)


def _better_days(found: Sequence[Planned]) -> list[str]:
    """Where most of the days are not free: the weekdays that have more."""
    conflicts = [each for each in found if each.opening is None]
    if len(conflicts) * 2 <= len(found):
        return []
    offered = {each.alternatives[0].day.weekday() for each in conflicts if each.alternatives}
    return [str(WEEKDAYS[day]) for day in sorted(offered)]


def _form(request: HttpRequest, wanted: VisitType) -> SeriesForm:
    now = clock.now()
    offering = offering_of(wanted, now=now)
    if not offering.sites:
        raise Http404
    asked = request.GET if "weekdays" in request.GET or "count" in request.GET else None
    return SeriesForm(
        asked,
        visit_type=wanted,
        people=people_acted_for(signed_in(request), now=now).order_by("pk"),
        offering=offering,
        site=request.GET.get("site", ""),
        now=now,
    )


def _book(request: HttpRequest, where: SeriesDetails) -> HttpResponse:
    times = list(posted_times(request).values())[: where.visit_type.series_most]
    if not times:
        messages.warning(request, _("Choose at least one time."))
        return redirect(request.get_full_path())
    try:
        done = book_series(
            where=where,
            chosen=times,
            user=signed_in(request),
            key=f"series-{request.POST.get('key', '')[:40]}",
            now=clock.now(),
        )
    except HasVisitThen as fact:
        return visit_then(request, fact)
    except BookByPhone:
        return by_phone(request, where.visit_type, where.person, where.site)
    except KeyReused:
        return redirect("portal:appointments")
    if done.series is None:
        messages.warning(request, _("These times are not free any more. Here is a new plan."))
        return redirect(request.get_full_path())
    if done.lost:
        return series_page(request, done.series, done)
    messages.success(request, _booked_words(len(done.visits)))
    return redirect("portal:series", series_id=done.series.public_id)


def _booked_words(number: int) -> str:
    words = ngettext("%(number)s visit is booked.", "%(number)s visits are booked.", number)
    return words % {"number": number}


def posted_times(request: HttpRequest) -> dict[str, ChosenTime]:
    """What was chosen, by the name of its field. Raises Http404 for what is forged."""
    return {
        name.removeprefix("time-"): ChosenTime(*time_and_clinician(str(value)))
        for name, value in request.POST.items()
        if name.startswith("time-") and value
    }


def time_and_clinician(posted: str) -> tuple[datetime, int]:
    """The instant and the clinician's id of "2026-12-01T21:00:00Z|12". Raises Http404."""
    at, _bar, clinician = posted.partition("|")
    starts_at, clinician_id = instant_in(at), number_in(clinician)
    if starts_at is None or clinician_id is None:
        raise Http404
    return starts_at, clinician_id


def shown(
    found: Sequence[Planned], site: Site, visits: Sequence[Appointment] = ()
) -> list[dict[str, Any]]:
    """The visits of a plan as the page shows them, with names."""
    names = Clinician.objects.in_bulk(
        {
            each.clinician_id
            for one in found
            for each in [*one.alternatives, *([one.opening] if one.opening else [])]
        }
    )

    def choice(opening: Opening) -> dict[str, Any]:
        starts_at = moment_of(opening.start)
        return {
            "value": f"{starts_at:%Y-%m-%dT%H:%M:%SZ}|{opening.clinician_id}",
            "starts_at": starts_at,
            "clinician": names[opening.clinician_id].name,
        }

    return [
        {
            "number": number,
            "field": visits[number - 1].pk if visits else number,
            "visit": visits[number - 1] if visits else None,
            "day": one.aim.day,
            "choice": choice(one.opening) if one.opening else None,
            "alternatives": [choice(each) for each in one.alternatives],
            "time_zone": site.time_zone,
        }
        for number, one in enumerate(found, start=1)
    ]


@require_POST
def add(request: HttpRequest, series_id: uuid.UUID) -> HttpResponse:
    """One more visit, at a time that was offered for one that was lost."""
    found = own_series(request, series_id)
    first = visits_of_series(found)[0]
    times = list(posted_times(request).values())[:1]
    if not times:
        raise Http404
    try:
        done = book_series(
            where=SeriesDetails(found.visit_type, first.site, found.person, first.mode),
            chosen=times,
            user=signed_in(request),
            key=f"series-{request.POST.get('key', '')[:40]}",
            now=clock.now(),
            series=found,
        )
    except HasVisitThen as fact:
        return visit_then(request, fact, again=reverse("portal:series", args=[series_id]))
    except BookByPhone:
        return by_phone(request, found.visit_type, found.person, first.site)
    if done.lost:
        return series_page(request, found, done)
    messages.success(request, _booked_words(len(done.visits)))
    return redirect("portal:series", series_id=series_id)

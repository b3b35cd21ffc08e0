"""Finding a time and holding it: the first screen of booking, and of moving."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

import clock
from infrastructure.limits import limit_holds
from people.browsers import browser_secret
from people.models import User
from people.selectors import people_acted_for
from portal.account.drafts import draft_of, keep_draft
from portal.availability.query import (
    KEPT,
    instant_in,
    kept_in,
    parse_query,
    preferences_in,
    time_search_of,
)
from portal.availability.results import answers_context, is_before_all
from portal.triage.views import questions_first
from portal.words import BOOKING_STEPS, visit_type_words
from scheduling.availability.selectors.finding import find_times
from scheduling.availability.selectors.offering import clinicians_among
from scheduling.booking.services import holds
from scheduling.exceptions import SlotNotOffered, SlotTaken
from scheduling.models import Hold, Site, VisitType


@require_safe
def times(request: HttpRequest, visit_type: str) -> HttpResponse:
    """Free times for a kind of visit, soonest first, that fit the patient's preferences."""
    wanted, now = get_object_or_404(VisitType, slug=visit_type, active=True), clock.now()
    if elsewhere := questions_first(request, wanted):
        return elsewhere
    asked = parse_query(request.GET, visit_type=wanted, now=now)
    found = find_times(time_search_of(asked, visit_type=wanted, now=now))
    if not found.offering.sites:
        raise Http404
    if is_before_all(found):
        return redirect(request.path + asked.first_page)
    context = answers_context(asked, found) | {"steps": BOOKING_STEPS}
    return render(request, "portal/availability/times.html", context)


@require_POST
@limit_holds
def hold(request: HttpRequest, visit_type: str) -> HttpResponse:
    """Hold the time that was pressed, with somebody who fits the choices that were made."""
    wanted, now = get_object_or_404(VisitType, slug=visit_type, active=True), clock.now()
    if elsewhere := questions_first(request, wanted):
        return elsewhere
    site, starts_at = time_pressed(request)
    preferences = preferences_in(request.POST, wanted)
    try:
        held = holds.hold_slot(
            visit_type=wanted,
            site=site,
            starts_at=starts_at,
            clinician_id=preferences.clinician_id,
            among=clinicians_among(wanted, preferences, now=now),
            mode=preferences.mode,
            standing=preferences.standing,
            holder=holder_of(request),
            asked=True,
            now=now,
        )
    except (SlotTaken, SlotNotOffered) as fact:
        context = gone_context(wanted, site, fact, request.POST)
        return render(request, "portal/availability/time_gone.html", context, status=409)
    keep_draft(request, held.public_id, search=urlencode(kept_in(request.POST, *KEPT)))
    return _to_who_comes(request, held)


def _to_who_comes(request: HttpRequest, held: Hold) -> HttpResponse:
    """Whose visit it is; where an account acts for one person, on to the last look.

    There they still say that somebody else comes.
    """
    acted_for = people_acted_for(request.user, now=clock.now())[:2]
    people = list(acted_for) if isinstance(request.user, User) else []
    if len(people) != 1:
        return redirect("portal:details", hold_id=held.public_id)
    keep_draft(request, held.public_id, person=str(people[0].public_id))
    return redirect("portal:review", hold_id=held.public_id)


def time_pressed(request: HttpRequest) -> tuple[Site, datetime]:
    """The site and instant that a time button posted. Raises Http404 for a forged one."""
    starts_at = instant_in(request.POST.get("starts_at", ""))
    if starts_at is None:
        raise Http404
    return get_object_or_404(Site, slug=request.POST.get("site", ""), active=True), starts_at


def gone_context(
    wanted: VisitType,
    site: Site,
    fact: SlotTaken | SlotNotOffered,
    chosen: QueryDict | None = None,
) -> dict[str, Any]:
    """What the page says when a time cannot be had, with the nearest that can.

    ``chosen`` are the choices that were posted, to be made again.
    """
    kept = kept_in(chosen or QueryDict(), *KEPT)
    return {
        "visit_type": visit_type_words(wanted),
        "site": site,
        "taken": isinstance(fact, SlotTaken),
        "alternatives": fact.alternatives,
        "kept": kept,
        "all_query": urlencode([("site", site.slug), *kept]),
    }


def times_again(request: HttpRequest, held: Hold) -> HttpResponse:
    """Back to the times, at the same clinic and with the choices that were made."""
    again = urlencode([("site", held.site.slug), *choices_before(request, held).items()])
    return redirect(f"{reverse('portal:times', args=[held.visit_type.slug])}?{again}")


def choices_before(request: HttpRequest, held: Hold) -> QueryDict:
    """The choices with which a time was held."""
    return QueryDict(draft_of(request, held.public_id).get("search", ""))


def holder_of(request: HttpRequest) -> str:
    """The hash that names this browser as the holder of a time."""
    return holds.holder_hash(browser_secret(request))

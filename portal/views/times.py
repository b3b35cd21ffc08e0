"""Finding a time and holding it: the first screen of booking, and of moving."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_date, parse_datetime
from django.views.decorators.http import require_POST, require_safe

import clock
from people.browsers import secret_of
from portal.selectors import DAYS_A_PAGE, days_with_times, first_free_day
from portal.views.questions import questions_first
from portal.words import BOOKING_STEPS, DAY_PARTS, parts_of_day, phone_words, visit_type_words
from scheduling.exceptions import SlotNotOffered, SlotTaken
from scheduling.models import Site, VisitType
from scheduling.selectors.offering import sites_offering
from scheduling.selectors.places import SiteNearby, place_typed
from scheduling.services import holds


@require_safe
def times(request: HttpRequest, visit_type: str) -> HttpResponse:
    """Free times for a kind of visit, at the site nearest to the place the patient names."""
    wanted = get_object_or_404(VisitType, slug=visit_type, active=True)
    if elsewhere := questions_first(request, wanted):
        return elsewhere
    typed = request.GET.get("near", "")
    near = place_typed(typed)
    sites = sites_offering(wanted, now=clock.now(), near=near)
    if not sites:
        raise Http404
    chosen = _chosen_site(sites, request.GET.get("site"))
    context = week_of_times(wanted, chosen.site, request.GET.get("day"), clock.now())
    context |= {
        "steps": BOOKING_STEPS,
        "near": typed,
        "near_unknown": near.unknown,
        "sites": sites,
        "chosen": chosen,
    }
    return render(request, "portal/times.html", context)


def week_of_times(wanted: VisitType, site: Site, day: str | None, now: datetime) -> dict[str, Any]:
    """A week of free times at a site, beginning at ``day`` or at the first day that has any."""
    today = now.astimezone(ZoneInfo(site.time_zone)).date()
    asked = _day_asked(day, today, today + timedelta(days=wanted.horizon_days))
    first_day = asked or (
        first_free_day(visit_type=wanted, site=site, first_day=today, now=now) or today
    )
    days = days_with_times(visit_type=wanted, site=site, first_day=first_day, now=now)
    later = first_day + timedelta(days=DAYS_A_PAGE)
    last_day = today + timedelta(days=wanted.horizon_days)
    return {
        "visit_type": visit_type_words(wanted),
        "site": site,
        "site_phone": phone_words(site.phone),
        "days": [{"slots": each.slots, "parts": parts_of_day(each.slots)} for each in days],
        "day_parts": DAY_PARTS,
        "first_day": first_day,
        "last_day": later - timedelta(days=1),
        # Before a first day that we chose ourselves, nothing is free.
        "earlier_day": max(today, first_day - timedelta(days=DAYS_A_PAGE))
        if asked and first_day > today
        else None,
        "later_day": later if later <= last_day else None,
        "bookable_days": (today, last_day),
        "next_free_day": None
        if days
        else first_free_day(visit_type=wanted, site=site, first_day=later, now=now),
    }


def _day_asked(text: str | None, first: date, last: date) -> date | None:
    """The day in the address, kept between today and the horizon; None when it names none."""
    try:
        asked = parse_date(text or "")
    except ValueError:
        return None
    return min(max(asked, first), last) if asked else None


def _chosen_site(sites: Sequence[SiteNearby], slug: str | None) -> SiteNearby:
    return next((each for each in sites if each.site.slug == slug), sites[0])


@require_POST
def hold(request: HttpRequest, visit_type: str) -> HttpResponse:
    """Hold the time that was pressed."""
    wanted = get_object_or_404(VisitType, slug=visit_type, active=True)
    if elsewhere := questions_first(request, wanted):
        return elsewhere
    site, starts_at = time_pressed(request)
    try:
        held = holds.hold_slot(
            visit_type=wanted,
            site=site,
            starts_at=starts_at,
            holder=holder_of(request),
            asked=True,
            now=clock.now(),
        )
    except (SlotTaken, SlotNotOffered) as fact:
        return render(
            request, "portal/time_gone.html", gone_context(wanted, site, fact), status=409
        )
    return redirect("portal:details", hold_id=held.public_id)


def time_pressed(request: HttpRequest) -> tuple[Site, datetime]:
    """The site and instant that a time button posted. Raises Http404 for a forged one."""
    try:
        starts_at = parse_datetime(request.POST.get("starts_at", ""))
    except ValueError:
        starts_at = None
    if starts_at is None or starts_at.tzinfo is None:
        raise Http404
    return get_object_or_404(Site, slug=request.POST.get("site", ""), active=True), starts_at


def gone_context(wanted: VisitType, site: Site, fact: SlotTaken | SlotNotOffered) -> dict[str, Any]:
    """What the page says when a time cannot be had, with the nearest that can."""
    return {
        "visit_type": visit_type_words(wanted),
        "site": site,
        "taken": isinstance(fact, SlotTaken),
        "alternatives": fact.alternatives,
    }


def holder_of(request: HttpRequest) -> str:
    """The hash that names this browser as the holder of a time."""
    return holds.holder_hash(secret_of(request))

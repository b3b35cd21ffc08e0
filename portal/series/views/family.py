"""Several people at once: who, a time at which all can be seen, one press."""

import uuid
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import ngettext

import clock
from people.models import Person
from people.selectors import people_acted_for
from portal.account.sessions import signed_in
from portal.appointments.views.visits import visit_then
from portal.booking.views.by_phone import by_phone
from portal.series.forms import TogetherForm
from portal.series.views.series import time_and_clinician
from portal.triage.views import questions_first
from portal.words import phone_words, visit_type_words
from scheduling.appointments.selectors.appointments import must_book_by_phone
from scheduling.availability.selectors.offering import sites_offering, usual_mode
from scheduling.availability.selectors.search import Slot
from scheduling.exceptions import (
    BookByPhone,
    HasVisitThen,
    KeyReused,
    SlotNotOffered,
    SlotTaken,
)
from scheduling.models import Clinician, Site, VisitType
from scheduling.series.selectors.family import Guest, times_together
from scheduling.series.selectors.series import local_today
from scheduling.series.services.family import Seat, book_together

DAYS_A_PAGE = 7
SHOWN_EVERY = 30 * 60  # seconds between the starts that are shown


def together(request: HttpRequest, visit_type: str) -> HttpResponse:
    """Who comes, and the times at which all can be seen; a press books all of them or none."""
    wanted = get_object_or_404(VisitType, slug=visit_type, active=True)
    if elsewhere := questions_first(request, wanted):
        return elsewhere
    people = list(people_acted_for(signed_in(request), now=clock.now()).order_by("pk"))
    sites = [each.site for each in sites_offering(wanted, now=clock.now())]
    if not sites:
        raise Http404
    asked = request.GET if "people" in request.GET else None
    form = TogetherForm(asked, people=people, sites=sites, site=request.GET.get("site", ""))
    context: dict[str, Any] = {
        "form": form,
        "visit_type": visit_type_words(wanted),
        "alone": len(people) < 2,
        "here": request.get_full_path(),
    }
    if not (form.is_bound and form.is_valid()):
        return render(request, "portal/series/together.html", context)
    guests = [Guest(each, wanted, usual_mode(wanted, "")) for each in form.people_meant]
    if request.method == "POST":
        return _book(request, guests, form.site_meant, context)
    return _show(request, guests, form.site_meant, context)


def _show(
    request: HttpRequest,
    guests: Sequence[Guest],
    site: Site,
    context: dict[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    now = clock.now()
    today = local_today(site, now=now)
    horizon = today + timedelta(days=guests[0].visit_type.horizon_days)
    first_day = min(max(today, _day(request) or today), horizon)
    last_day = first_day + timedelta(days=DAYS_A_PAGE - 1)
    rows = times_together(guests, site, first_day=first_day, last_day=last_day, now=now)
    query = request.GET.copy()
    query["day"] = (last_day + timedelta(days=1)).isoformat()
    context |= {
        "site": site,
        "site_phone": phone_words(site.phone),
        "days": _by_day(_some_of(rows), guests),
        "span": (first_day, last_day),
        "later": f"?{query.urlencode()}" if last_day < horizon else "",
        "key": uuid.uuid4().hex,
    }
    return render(request, "portal/series/together.html", context, status=status)


def _day(request: HttpRequest) -> date | None:
    try:
        return parse_date(request.GET.get("day", ""))
    except ValueError:
        return None


def _some_of(rows: Sequence[tuple[Slot, ...]]) -> list[tuple[Slot, ...]]:
    """A choice that one can look over: one for each half hour."""
    some: list[tuple[Slot, ...]] = []
    for row in rows:
        if not some or row[0].start - some[-1][0].start >= SHOWN_EVERY:
            some.append(row)
    return some


def _by_day(
    rows: Sequence[tuple[Slot, ...]], guests: Sequence[Guest]
) -> list[list[dict[str, Any]]]:
    """The rows of each day, each with its value, its start, and who is seen when and by whom."""
    names = Clinician.objects.in_bulk({slot.clinician_id for row in rows for slot in row})
    shown = [
        {
            "value": ",".join(f"{s.starts_at:%Y-%m-%dT%H:%M:%SZ}|{s.clinician_id}" for s in row),
            "starts_at": row[0].starts_at,
            "time_zone": row[0].time_zone,
            "day": row[0].local.date(),
            "seats": [
                {
                    "person": guest.person.called,
                    "starts_at": slot.starts_at,
                    "clinician": names[slot.clinician_id].name,
                }
                for guest, slot in zip(guests, row, strict=True)
            ],
        }
        for row in rows
    ]
    return [list(group) for _day, group in groupby(shown, key=lambda each: each["day"])]


def _book(
    request: HttpRequest, guests: Sequence[Guest], site: Site, context: dict[str, Any]
) -> HttpResponse:
    seats = _seats(request.POST.get("row", ""), guests)
    try:
        visits = book_together(
            seats=seats,
            site=site,
            user=signed_in(request),
            key=f"together-{request.POST.get('key', '')[:40]}",
            now=clock.now(),
        )
    except (SlotTaken, SlotNotOffered):
        context["gone"] = True
        return _show(request, guests, site, context, status=409)
    except HasVisitThen as fact:
        return visit_then(request, fact)
    except BookByPhone:
        return by_phone(request, guests[0].visit_type, _by_phone_only(guests), site)
    except KeyReused:
        return redirect("portal:appointments")
    words = ngettext("%(number)s visit is booked.", "%(number)s visits are booked.", len(visits))
    messages.success(request, words % {"number": len(visits)})
    return redirect("portal:appointments")


def _by_phone_only(guests: Sequence[Guest]) -> Person:
    """Whom nobody can book for here."""
    now = clock.now()
    return next(
        guest.person
        for guest in guests
        if must_book_by_phone(guest.person, guest.visit_type, now=now)
    )


def _seats(posted: str, guests: Sequence[Guest]) -> list[Seat]:
    """What a button says: an instant and a clinician for each. Raises Http404 for a forged one."""
    parts = posted.split(",")
    if len(parts) != len(guests):
        raise Http404
    return [
        Seat(guest, *time_and_clinician(part)) for guest, part in zip(guests, parts, strict=True)
    ]

"""Waiting for a time, and answering when one is offered."""

import uuid
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

import clock
from people.models import Person
from people.selectors import people_acted_for
from people.services import audit
from portal.account.sessions import signed_in
from portal.appointments.views.visits import own_visit, visit_context, visit_then
from portal.booking.views.by_phone import by_phone
from portal.triage.views import questions_first
from portal.waitlist.forms import WaitForm
from portal.words import visit_type_words
from scheduling.availability.selectors.offering import sites_offering
from scheduling.exceptions import BookByPhone, HasVisitThen, OfferGone, TooLateToChange
from scheduling.models import Appointment, Site, VisitType, WaitlistOffer
from scheduling.waitlist.selectors.entries import entries_acted_for, offers_acted_for
from scheduling.waitlist.services.waitlist import (
    SuitableTimes,
    accept_offer,
    decline_offer,
    join_waitlist,
    leave_waitlist,
)


def join(request: HttpRequest, visit_type: str) -> HttpResponse:
    """Wait for a kind of visit."""
    wanted = get_object_or_404(VisitType, slug=visit_type, active=True)
    if elsewhere := questions_first(request, wanted):
        return elsewhere
    people = people_acted_for(signed_in(request), now=clock.now()).order_by("pk")
    form = _form(request, wanted, people, site=request.GET.get("site"))
    if request.method == "POST" and form.is_valid():
        try:
            _join(request, wanted, form, latest=_horizon(wanted))
        except BookByPhone:
            return by_phone(request, wanted, form.cleaned_data["person"])
        return redirect("portal:appointments")
    context = {"form": form, "visit_type": visit_type_words(wanted), "alone": len(people) == 1}
    return render(request, "portal/waitlist/join.html", context)


def sooner(request: HttpRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """Wait for something sooner than a visit that is booked."""
    visit = own_visit(request, appointment_id, action="appointment.read")
    context = visit_context(visit)
    if not context["can_change"]:
        return render(request, "portal/appointments/cannot_change.html", context, status=409)
    people = Person.objects.filter(pk=visit.person_id)
    form = _form(request, visit.visit_type, people, site=visit.site.slug)
    if request.method == "POST" and form.is_valid():
        _join(request, visit.visit_type, form, latest=visit.local_date, replaces=visit)
        return redirect("portal:appointment", appointment_id=visit.public_id)
    return render(request, "portal/waitlist/join.html", {**context, "form": form, "alone": True})


def _form(request: HttpRequest, wanted: VisitType, people: Any, *, site: str | None) -> WaitForm:
    """Where one person could be meant, they are; where one clinic was looked at, it is chosen."""
    offering = [each.site for each in sites_offering(wanted, now=clock.now())]
    chosen = [each.pk for each in offering if each.slug == site] or [each.pk for each in offering]
    only = people[0].pk if len(people) == 1 else None
    data = request.POST.copy() if request.method == "POST" else None
    if data is not None and only is not None:
        data["person"] = only
    return WaitForm(
        data,
        people=people,
        sites=Site.objects.filter(pk__in=[each.pk for each in offering]).order_by("name"),
        initial={"sites": chosen, "notice_hours": 24},
    )


def _join(
    request: HttpRequest,
    wanted: VisitType,
    form: WaitForm,
    *,
    latest: date,
    replaces: Appointment | None = None,
) -> None:
    said, now = form.cleaned_data, clock.now()
    today = _today(said["sites"][0], now)
    join_waitlist(
        person=said["person"],
        user=signed_in(request),
        visit_type=wanted,
        suits=SuitableTimes(
            sites=list(said["sites"]),
            earliest=min(today, latest),
            latest=latest,
            modes=[replaces.mode] if replaces else wanted.modes,
            weekdays=said["weekdays"],
            parts=said["parts"],
            notice_hours=said["notice_hours"],
        ),
        replaces=replaces,
        asked=True,
        now=now,
    )
    messages.success(request, _("You are on the list. We send you a message when a time opens."))


def _today(site: Site, now: datetime) -> date:
    return now.astimezone(ZoneInfo(site.time_zone)).date()


def _horizon(wanted: VisitType) -> date:
    return (clock.now() + timedelta(days=wanted.horizon_days)).date()


@require_POST
def leave(request: HttpRequest, entry_id: uuid.UUID) -> HttpResponse:
    """Wait no more. Pressing twice is fine."""
    user, now = signed_in(request), clock.now()
    entry = entries_acted_for(user, now=now).filter(public_id=entry_id).first()
    if entry is not None:
        leave_waitlist(entry=entry, user=user, now=now)
        messages.success(request, _("You are off the list. Thank you for telling us."))
    return redirect("portal:appointments")


def offer_link(request: HttpRequest, offer_token: str) -> HttpResponse:
    """Behind the link in a message: nothing private. A press passes; taking it takes a code."""
    offer = get_object_or_404(
        WaitlistOffer.objects.select_related("entry__person"), token=offer_token
    )
    if request.method == "POST":
        try:
            decline_offer(offer=offer, now=clock.now())
        except OfferGone:
            return redirect("portal:offer_link", offer_token=offer_token)
        offer.refresh_from_db()
    return render(request, "portal/waitlist/link.html", {"offer": offer, "state": _state(offer)})


def offer(request: HttpRequest, offer_token: str) -> HttpResponse:
    """The time that is kept: take it or pass."""
    found = _own_offer(request, offer_token)
    if request.method == "POST" and request.POST.get("answer") == "take":
        return _take(request, found)
    if request.method == "POST":
        return _pass(request, found)
    if found.appointment is not None:
        return redirect("portal:appointment", appointment_id=found.appointment.public_id)
    return _show(request, found, status=200 if _state(found) == "open" else 410)


def _own_offer(request: HttpRequest, token: str) -> WaitlistOffer:
    """An offer to somebody this account acts for, audited; to others it does not exist."""
    user, now = signed_in(request), clock.now()
    found = offers_acted_for(user, now=now).filter(token=token).first()
    if found is None:
        raise Http404
    audit.note(
        actor=user,
        person_ids=[found.entry.person_id],
        action="waitlist.read",
        subject=f"waitlist:{found.entry_id}",
        now=now,
    )
    return found


def _take(request: HttpRequest, found: WaitlistOffer) -> HttpResponse:
    try:
        visit = accept_offer(offer=found, user=signed_in(request), now=clock.now())
    except OfferGone:
        found.refresh_from_db()
        return _show(request, found, status=409)
    except HasVisitThen as fact:
        return visit_then(request, fact)
    except BookByPhone:
        entry = found.entry
        return by_phone(request, entry.visit_type, entry.person, found.site)
    except TooLateToChange:
        kept = found.entry.replaces
        if kept is None:
            raise
        return render(
            request, "portal/appointments/cannot_change.html", visit_context(kept), status=409
        )
    return redirect("portal:booked", appointment_id=visit.public_id)


def _pass(request: HttpRequest, found: WaitlistOffer) -> HttpResponse:
    try:
        decline_offer(offer=found, now=clock.now())
    except OfferGone:
        return redirect("portal:offer", offer_token=found.token)
    messages.success(request, _("Thank you for telling us. You keep your place in line."))
    return redirect("portal:appointments")


def _show(request: HttpRequest, found: WaitlistOffer, *, status: int) -> HttpResponse:
    context = {
        "offer": found,
        "state": _state(found),
        "person": found.entry.person,
        "replaces": found.entry.replaces,
        "visit_type": visit_type_words(found.entry.visit_type),
    }
    return render(request, "portal/waitlist/offer.html", context, status=status)


def _state(offer: WaitlistOffer) -> str:
    """What a page says of it: ``open``, ``accepted``, ``declined`` or ``gone``."""
    states = WaitlistOffer.State
    if offer.state == states.OPEN:
        return "open" if clock.now() < offer.expires_at else "gone"
    return str(offer.state) if offer.state in (states.ACCEPTED, states.DECLINED) else "gone"

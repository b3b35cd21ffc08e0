"""Booking by phone, for who has missed several visits: why, our number, and a call from us."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

import clock
from people.models import Person
from people.selectors import people_acted_for
from portal.account.sessions import signed_in
from portal.words import phone_words, visit_type_words
from scheduling.appointments.services.call_requests import request_booking_call
from scheduling.clinic.selectors.places import clinic_group
from scheduling.models import Site, VisitType


def by_phone(
    request: HttpRequest, wanted: VisitType, person: Person, site: Site | None = None
) -> HttpResponse:
    """Why this visit is booked by phone, and two ways to do so."""
    group = clinic_group()
    phone = site.phone if site else group.phone if group else ""
    context = {
        "visit_type": visit_type_words(wanted),
        "person": person,
        "site": site,
        "phone": phone,
        "phone_shown": phone_words(phone),
    }
    return render(request, "portal/booking/by_phone.html", context, status=409)


@require_POST
def call_me(request: HttpRequest, visit_type: str) -> HttpResponse:
    """Ask us to call. Pressing twice is one call."""
    wanted = get_object_or_404(VisitType, slug=visit_type, active=True)
    user, now = signed_in(request), clock.now()
    people = {str(each.public_id): each for each in people_acted_for(user, now=now)}
    person = people.get(request.POST.get("person", ""))
    if person is None:
        return redirect("portal:appointments")
    site = Site.objects.filter(slug=request.POST.get("site", ""), active=True).first()
    request_booking_call(person=person, visit_type=wanted, site=site, user=user, now=now)
    messages.success(request, _("Thank you. We will call you to find a time together."))
    return redirect("portal:appointments")

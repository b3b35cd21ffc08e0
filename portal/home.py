"""The first page: what do you need, and what comes next for you."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

import clock
from people.models import User
from people.selectors import people_acted_for
from people.services import audit
from portal.pwa.views import keep_visit
from portal.words import visit_type_words
from scheduling.appointments.selectors.appointments import appointments_acted_for, upcoming
from scheduling.appointments.selectors.called_off import with_called_off
from scheduling.appointments.words import state_of
from scheduling.clinic.rules.travel import miles_between
from scheduling.clinic.selectors.places import SiteNearby, place_typed
from scheduling.models import Place, Site, VisitType


def home(request: HttpRequest) -> HttpResponse:
    """Choose a visit, or see the next one."""
    typed = request.GET.get("near", "")
    near = place_typed(typed)
    context = {
        "visit_types": [visit_type_words(each) for each in VisitType.objects.filter(active=True)],
        "near": typed,
        "near_unknown": near.unknown,
        "near_like": [(name, f"?{urlencode({'near': name})}") for name in near.like],
        "nearest": _nearest_site(near.place) if near.place else None,
    }
    return render(request, "portal/home.html", context | _of_user(request))


def _of_user(request: HttpRequest) -> dict[str, object]:
    """Whom to greet, and their next visit; nothing for a visitor."""
    if not isinstance(request.user, User):
        return {}
    now = clock.now()
    coming = upcoming(appointments_acted_for(request.user, now=now), now=now)
    visit = next(iter(with_called_off(coming[:1])), None)
    if visit is not None:
        audit.note(
            actor=request.user,
            person_ids=[visit.person_id],
            action="appointment.read",
            subject=f"appointment:{visit.pk}",
            now=now,
        )
    return keep_visit(visit) | {
        "greeted": people_acted_for(request.user, now=now).order_by("pk").first(),
        "next_visit": visit,
        "next_visit_type": visit_type_words(visit.visit_type) if visit else None,
        **(state_of(visit) if visit else {}),
    }


def _nearest_site(near: Place) -> SiteNearby | None:
    here = (near.latitude, near.longitude)
    found = (
        SiteNearby(site, miles_between(here, (site.latitude, site.longitude)))
        for site in Site.objects.filter(active=True)
    )
    return min(found, key=lambda each: each.miles or 0.0, default=None)

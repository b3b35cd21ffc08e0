"""The first page: what do you need, and what comes next for you."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

import clock
from people.models import User
from portal.words import visit_type_words
from scheduling.models import VisitType
from scheduling.selectors.appointments import appointments_acted_for, upcoming


def home(request: HttpRequest) -> HttpResponse:
    """Choose a visit, or see the next one."""
    now = clock.now()
    next_visit = None
    if isinstance(request.user, User):
        next_visit = upcoming(appointments_acted_for(request.user, now=now), now=now).first()
    return render(
        request,
        "portal/home.html",
        {
            "visit_types": [
                visit_type_words(each) for each in VisitType.objects.filter(active=True)
            ],
            "next_visit": next_visit,
        },
    )

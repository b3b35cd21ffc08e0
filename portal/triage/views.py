"""A few short questions before a time: is this the right visit, and can it wait for one?

Answers are about health. They decide and are gone: neither address nor log nor database has them,
and the browser's session only where they led, for two hours (``scheduling.triage.session``).
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

import clock
from portal.triage.forms import QuestionsForm
from portal.words import phone_words, visit_type_words
from scheduling.clinic.selectors.places import clinic_group
from scheduling.models import VisitType
from scheduling.triage.rules import TriageOutcome, questions_of
from scheduling.triage.session import KeptOutcome, forget_outcome, keep_outcome, kept_outcome
from scheduling.triage.tokens import answered_token, has_answered
from scheduling.triage.words import ADVICE


def questions(request: HttpRequest, visit_type: str) -> HttpResponse:
    """The questions, or where they led. A press takes the answers back."""
    wanted = get_object_or_404(VisitType, slug=visit_type, active=True)
    if not wanted.questions:
        return _on(request, "portal:times", wanted)
    if request.method == "POST" and "again" in request.POST:
        forget_outcome(request, wanted.slug)
        return _on(request, "portal:questions", wanted)
    if request.method != "POST":
        led = kept_outcome(request, wanted.slug, now=clock.now())
        if led.urgent or led.visit_type:
            return _led(request, wanted, led)
    form = QuestionsForm(request.POST or None, questions=questions_of(wanted.questions))
    if request.method == "POST" and form.is_valid():
        return _answered(request, wanted, form.outcome)
    context = {"form": form, "visit_type": visit_type_words(wanted)}
    return render(request, "portal/triage/questions.html", context)


def _on(request: HttpRequest, route: str, wanted: VisitType) -> HttpResponse:
    """To another page about this kind of visit, with the place and day that were looked for."""
    query = request.META.get("QUERY_STRING", "")
    return redirect(f"{reverse(route, args=[wanted.slug])}{'?' if query else ''}{query}")


def _answered(request: HttpRequest, wanted: VisitType, outcome: TriageOutcome) -> HttpResponse:
    """Asking again by GET shows the same, in another language too, until it is taken back."""
    now = clock.now()
    token = answered_token(request, wanted, now=now) if outcome.goes_on else ""
    led = KeptOutcome(outcome.urgent, outcome.visit_type, token)
    keep_outcome(request, wanted.slug, led, now=now)
    return _on(request, "portal:times" if outcome.goes_on else "portal:questions", wanted)


def _led(request: HttpRequest, wanted: VisitType, led: KeptOutcome) -> HttpResponse:
    context: dict[str, Any] = {"visit_type": visit_type_words(wanted)}
    if led.urgent:
        group = clinic_group()
        title, text = ADVICE[led.urgent]
        context |= {"urgent": led.urgent, "title": title, "text": text}
        context["phone"] = group.phone if group else ""
        context["phone_shown"] = phone_words(context["phone"])
        return render(request, "portal/triage/urgent.html", context)
    better = VisitType.objects.filter(slug=led.visit_type, active=True).first()
    context["better"] = visit_type_words(better) if better else None
    return render(request, "portal/triage/better_visit.html", context)


def questions_first(request: HttpRequest, wanted: VisitType) -> HttpResponse | None:
    """The questions of this kind of visit, unless there are none or this browser answered them."""
    answered = has_answered(request, wanted, now=clock.now())
    return None if answered else _on(request, "portal:questions", wanted)

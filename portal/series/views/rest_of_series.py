"""Moving and canceling the visits of a series that are left, and undoing either."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

import clock
from portal.account.sessions import signed_in
from portal.appointments.forms import CancelForm
from portal.series.forms import ShiftForm
from portal.series.views.one_series import own_series, series_page
from portal.series.views.series import posted_times, shown
from portal.words import phone_words, visit_type_words
from scheduling.exceptions import KeyReused
from scheduling.models import Appointment, Series
from scheduling.series.selectors.series import plan_of_move, rest_of, visits_of_series
from scheduling.series.services.series import SeriesResult, cancel_rest, move_rest, undo_rest


def cancel(request: HttpRequest, series_id: uuid.UUID) -> HttpResponse:
    """The visits that would be canceled, and the reasons, one press each."""
    found = own_series(request, series_id)
    first = _first(request, found)
    form = CancelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _cancel(request, found, first, form.cleaned_data["reason"])
    context = _rest_context(found, first) | {"form": form}
    return render(request, "portal/series/cancel.html", context)


def _cancel(request: HttpRequest, found: Series, first: Appointment, reason: str) -> HttpResponse:
    try:
        done = cancel_rest(
            series=found,
            first=first,
            user=signed_in(request),
            reason=reason,
            key=_key(request, "cancel"),
            now=clock.now(),
        )
    except KeyReused:
        return redirect("portal:series", series_id=found.public_id)
    _tell_kept(request, done)
    return redirect("portal:series", series_id=found.public_id)


def _tell_kept(request: HttpRequest, done: SeriesResult) -> None:
    if done.kept:
        words = ngettext(
            "%(number)s visit is too soon to change here. Please call us about it.",
            "%(number)s visits are too soon to change here. Please call us about them.",
            len(done.kept),
        )
        messages.warning(request, words % {"number": len(done.kept)})


def _key(request: HttpRequest, what: str) -> str:
    posted = request.POST.get("key", "")
    return f"{what}-{posted}"[:64] if posted else ""


def _first(request: HttpRequest, found: Series) -> Appointment:
    """The visit from which on something is to be done: the one that is named, or the next one.

    Raises Http404 for another's.
    """
    visits = visits_of_series(found)
    try:
        first_id = uuid.UUID(request.GET.get("from", ""))
    except ValueError:
        return visits.filter(starts_at__gt=clock.now()).first() or visits[0]
    return get_object_or_404(visits, public_id=first_id)


def _rest_context(found: Series, first: Appointment) -> dict[str, Any]:
    rest = list(rest_of(found, since=first.starts_at, now=clock.now()))
    return {
        "series": found,
        "first": first,
        "first_id": str(first.public_id),
        "rest": rest,
        "site": first.site,
        "site_phone": phone_words(first.site.phone),
        "visit_type": visit_type_words(found.visit_type),
        "key": f"{first.public_id}-{first.version}-{len(rest)}",
    }


def move(request: HttpRequest, series_id: uuid.UUID) -> HttpResponse:
    """Another weekday or hour for a visit and all that follow; a press moves them."""
    found = own_series(request, series_id)
    first = _first(request, found)
    if request.method == "POST":
        return _move(request, found, first)
    context = _rest_context(found, first)
    asked = request.GET if "at" in request.GET else None
    form = ShiftForm(asked, visit=first, today=clock.now())
    if context["rest"] and form.is_bound and form.is_valid():
        visits = context["rest"]
        shifted = plan_of_move(visits, form.shift, now=clock.now())
        context["plan"] = shown(shifted, first.site, visits)
    return render(request, "portal/series/move.html", context | {"form": form})


def _move(request: HttpRequest, found: Series, first: Appointment) -> HttpResponse:
    chosen = {int(name): time for name, time in posted_times(request).items() if name.isdecimal()}
    try:
        done = move_rest(
            series=found,
            first=first,
            chosen=chosen,
            user=signed_in(request),
            key=_key(request, "move"),
            now=clock.now(),
        )
    except KeyReused:
        return redirect("portal:series", series_id=found.public_id)
    _tell_kept(request, done)
    if done.lost:
        return series_page(request, found, done)
    return redirect("portal:series", series_id=found.public_id)


@require_POST
def undo(request: HttpRequest, series_id: uuid.UUID) -> HttpResponse:
    """Have them all back as they were."""
    found = own_series(request, series_id)
    done = undo_rest(series=found, user=signed_in(request), now=clock.now())
    if done.lost:
        return series_page(request, found, done)
    if done.visits:
        messages.success(request, _("Undone. Your visits are as they were before."))
    else:
        messages.warning(request, _("This can no longer be undone. Choose a new time, or call us."))
    return redirect("portal:series", series_id=series_id)

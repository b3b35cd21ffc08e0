"""A patient's visits: the list, and one of them with what is next."""

import uuid
from datetime import datetime, timedelta
from math import ceil

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

import clock
from followups.selectors import released_summary
from people.models import User
from people.rules.names import in_language
from people.services import audit
from portal.account.sessions import signed_in
from portal.appointments.context import listed_entries
from portal.appointments.words import what_happens_next
from portal.prices.context import price_of_visit
from portal.pwa.views import keep_next_visit, keep_visit
from portal.words import day_and_time, phone_words, visit_type_words
from reminders.selectors import reminder_times
from scheduling.appointments.facts import calendar_of
from scheduling.appointments.selectors.appointments import (
    appointments_acted_for,
    call_asked,
    newest_event,
    own_appointment,
    past,
    undoable,
    upcoming,
)
from scheduling.appointments.selectors.called_off import with_called_off
from scheduling.appointments.selectors.video import other_mode, video_visit
from scheduling.appointments.words import state_of
from scheduling.booking.services import lifecycle
from scheduling.booking.services.moving import latest_change
from scheduling.exceptions import HasVisitThen, IllegalTransition
from scheduling.models import Appointment
from scheduling.series.selectors.series import place_in_series
from scheduling.transitions import UNDO_FOR, UPCOMING, Status

PAST_SHOWN = 20


def own_visit(request: HttpRequest, appointment_id: uuid.UUID, *, action: str) -> Appointment:
    """A visit of somebody this account acts for, audited; to others it does not exist."""
    user, now = signed_in(request), clock.now()
    visit = own_appointment(appointment_id, user=user, now=now)
    if visit is None:
        raise Http404
    audit.note(
        actor=user,
        person_ids=[visit.person_id],
        action=action,
        subject=f"appointment:{visit.pk}",
        now=now,
    )
    return visit


@require_safe
def appointments(request: HttpRequest) -> HttpResponse:
    """What is coming, and what was."""
    user, now = signed_in(request), clock.now()
    visits = appointments_acted_for(user, now=now)
    coming = with_called_off(upcoming(visits, now=now)[:PAST_SHOWN])
    gone = list(past(visits, now=now)[:PAST_SHOWN])
    audit.note(
        actor=user,
        person_ids=sorted({visit.person_id for visit in [*coming, *gone]}),
        action="appointment.list",
        subject="",
        now=now,
    )
    return render(
        request,
        "portal/appointments/appointments.html",
        {
            "upcoming": [listed(visit) for visit in coming],
            "past": [listed(visit) for visit in gone],
            "waiting": listed_entries(user, now=now),
            **keep_visit(coming[0] if coming else None),
        },
    )


def listed(visit: Appointment) -> dict[str, object]:
    """A visit as lists of several show it."""
    words = {"visit": visit, "visit_type": visit_type_words(visit.visit_type)}
    return words | state_of(visit)


def appointment(request: HttpRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """One visit: when, where, what next. A POST says "I will come"."""
    visit = own_visit(request, appointment_id, action="appointment.read")
    if request.method == "POST":
        try:
            lifecycle.confirm(appointment=visit, actor=signed_in(request), now=clock.now())
        except IllegalTransition:
            return render(
                request, "portal/appointments/cannot_change.html", visit_context(visit), status=409
            )
        return redirect("portal:appointment", appointment_id=appointment_id)
    now = clock.now()
    context = visit_context(visit) | keep_next_visit(signed_in(request), beside=visit, now=now)
    context |= price_of_visit(visit)
    context["waiting"] = listed_entries(signed_in(request), now=now, visit=visit)
    if visit.series_id is not None:
        context["place"] = place_in_series(visit)
    context["undo"] = _undo(visit, signed_in(request), now)
    summary = released_summary(visit, now=now)
    context["summary"] = summary
    if summary and summary.next_visit_type:
        context["next_visit_type"] = visit_type_words(summary.next_visit_type)
    return render(request, "portal/appointments/appointment.html", context)


def _undo(visit: Appointment, user: User, now: datetime) -> dict[str, object] | None:
    """What this account may take back, and for how many seconds still; None for nothing."""
    event = newest_event(visit)
    left = event.at + UNDO_FOR - now
    if left <= timedelta() or not undoable(event, user=user, now=now):
        return None
    return {
        "canceled": visit.status == Status.CANCELED,
        "until": event.at + UNDO_FOR,
        "seconds_left": ceil(left.total_seconds()),
    }


def visit_context(visit: Appointment) -> dict[str, object]:
    """What pages about one visit know."""
    now = clock.now()
    is_upcoming = visit.status in UPCOMING and visit.ends_at > now
    can_change = is_upcoming and now <= latest_change(visit)
    if is_upcoming:
        with_called_off([visit])
    return state_of(visit) | {
        "visit": visit,
        "site": visit.site,
        "site_phone": phone_words(visit.site.phone),
        "visit_type": visit_type_words(visit.visit_type),
        "directions": in_language(visit.site.directions, get_language() or "en"),
        "is_upcoming": is_upcoming,
        "can_change": can_change,
        "call_asked": is_upcoming and not can_change and call_asked(visit),
        "change_key": f"{visit.public_id}-{visit.version}",
        "change_until": day_and_time(latest_change(visit), visit.time_zone),
        "reminder_times": reminder_times(visit, now=now) if is_upcoming else [],
        "video": video_visit(visit, now=now),
        "other_mode": other_mode(visit),
    }


def visit_then(request: HttpRequest, fact: HasVisitThen, *, again: str = "") -> HttpResponse:
    """Nobody is in two places at once: the visit that is there at that time already.

    Another time is chosen at ``again``, or where this one was.
    """
    visit = own_visit(request, fact.appointment_id, action="appointment.read")
    context = visit_context(visit) | {"again_url": again or request.get_full_path()}
    return render(request, "portal/appointments/visit_then.html", context, status=409)


@require_safe
def booked(request: HttpRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """It is done: what happens next. The visit's own page says what became of it since."""
    visit = own_visit(request, appointment_id, action="appointment.read")
    now, context = clock.now(), visit_context(visit)
    if not context["is_upcoming"]:
        return redirect("portal:appointment", appointment_id=appointment_id)
    context |= keep_next_visit(signed_in(request), beside=visit, now=now)
    times = reminder_times(visit, now=now)
    return render(
        request,
        "portal/appointments/booked.html",
        context | {"timeline": what_happens_next(visit, times)},
    )


@require_safe
def calendar_file(request: HttpRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """The visit for a calendar."""
    visit = own_visit(request, appointment_id, action="appointment.calendar")
    url = f"{settings.PUBLIC_URL}/v/{visit.public_id}/"
    response = HttpResponse(calendar_of(visit, url=url), content_type="text/calendar")
    response["Content-Disposition"] = 'attachment; filename="visit.ics"'
    return response

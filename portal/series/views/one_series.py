"""One series: its visits, what was lost, and what may be taken back."""

import uuid
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

import clock
from people.services import audit
from portal.account.sessions import signed_in
from portal.appointments.views.visits import listed
from portal.words import phone_words, visit_type_words
from scheduling.appointments.selectors.called_off import with_called_off
from scheduling.models import Mode, Series
from scheduling.series.selectors.series import series_acted_for, undoable_of, visits_of_series
from scheduling.series.services.series import SeriesResult
from scheduling.transitions import UNDO_FOR, UPCOMING, Status


def series(request: HttpRequest, series_id: uuid.UUID) -> HttpResponse:
    """All its visits, and changing those that are left."""
    return series_page(request, own_series(request, series_id))


def own_series(request: HttpRequest, series_id: uuid.UUID) -> Series:
    """A series of somebody this account acts for, audited; to others it does not exist."""
    user, now = signed_in(request), clock.now()
    found = series_acted_for(user, now=now).filter(public_id=series_id).first()
    if found is None:
        raise Http404
    audit.note(
        actor=user,
        person_ids=[found.person_id],
        action="series.read",
        subject=f"series:{found.pk}",
        now=now,
    )
    return found


def series_page(
    request: HttpRequest, found: Series, done: SeriesResult | None = None
) -> HttpResponse:
    now = clock.now()
    visits = with_called_off(visits_of_series(found))
    counted = [visit for visit in visits if visit.status != Status.CANCELED]
    numbers = {visit.pk: number for number, visit in enumerate(counted, start=1)}
    context = {
        "series": found,
        "visit_type": visit_type_words(found.visit_type),
        "visits": [listed(visit) | {"number": numbers.get(visit.pk)} for visit in visits],
        "count": len(counted),
        "next": next((v for v in visits if v.status in UPCOMING and v.starts_at > now), None),
        "site": visits[0].site,
        "by_video": all(visit.mode == Mode.VIDEO for visit in counted or visits),
        "site_phone": phone_words(visits[0].site.phone),
        "lost": done.lost if done else [],
        "booked": len(done.visits) if done else 0,
        "key": uuid.uuid4().hex,
        "undo": _undo(found, request, now),
    }
    status = 409 if done and done.lost else 200
    return render(request, "portal/series/series.html", context, status=status)


def _undo(found: Series, request: HttpRequest, now: datetime) -> dict[str, Any] | None:
    """What this account may take back, all at once, and for how many seconds still."""
    visits = undoable_of(found, user=signed_in(request), now=now)
    if not visits:
        return None
    until = max(visit.status_since for visit in visits) + UNDO_FOR
    if until - now <= timedelta():
        return None
    return {
        "canceled": any(visit.status == Status.CANCELED for visit in visits),
        "number": len(visits),
        "until": until,
        "seconds_left": ceil((until - now).total_seconds()),
        "time_zone": visits[0].time_zone,
    }

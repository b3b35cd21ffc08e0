"""What calendars ask for, and the page on which a clinician gives theirs an address."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_safe

import clock
from infrastructure.limits import FeedRate, RequestRate
from people.models import User
from people.selectors import people_acted_for, roles_of
from people.services import audit
from scheduling.appointments.facts import clinicians_events, feed_name, patients_events
from scheduling.appointments.rules.icalendar import VisitEvent, feed_calendar, feed_tag
from scheduling.appointments.selectors.called_off import with_called_off
from scheduling.clinic.selectors.places import clinic_name
from scheduling.feeds.selectors import (
    READ,
    clinician_of,
    feed_with_token,
    standing_feed,
    visits_of_clinician,
    visits_of_people,
)
from scheduling.feeds.services import make_feed, revoke_feed
from scheduling.models import CalendarFeed

Of = CalendarFeed.Of


@require_safe
def feed(request: HttpRequest, feed_token: str) -> HttpResponse:
    """The visits as a calendar. One that was revoked is as unknown as one that never was."""
    for rate in (RequestRate(), FeedRate()):
        if not rate.allow_request(request):
            return HttpResponse(status=429, headers={"Retry-After": f"{rate.wait():.0f}"})
    found = feed_with_token(feed_token)
    if found is None or not _still_theirs(found):
        # No page, which would leave a cookie: calendars ask here, and people do not.
        return HttpResponse(status=404, content_type="text/plain")
    with translation.override(found.language):
        response = _answer(request, found, clock.now())
    response["Cache-Control"] = "private, no-cache"
    return response


def _answer(request: HttpRequest, found: CalendarFeed, now: datetime) -> HttpResponse:
    people, events = _patients(found, now) if found.of == Of.PATIENT else _clinicians(found, now)
    name = feed_name(clinic_name())
    tag = feed_tag(events, name=name)
    unchanged = get_conditional_response(request, etag=tag)
    if unchanged is not None:
        return unchanged
    audit.note(actor=found.owner, person_ids=people, action=READ, subject=_subject(found), now=now)
    answer = HttpResponse(feed_calendar(events, name=name), content_type="text/calendar")
    answer["ETag"] = tag
    newest = max([found.created_at, *(event.stamped_at for event in events)])
    answer["Last-Modified"] = http_date(newest.timestamp())
    return answer


def _still_theirs(found: CalendarFeed) -> bool:
    """Whether who made it still is what it was made for."""
    if found.of == Of.PATIENT:
        return True
    return "clinician" in roles_of(found.owner) and clinician_of(found.owner) is not None


def _subject(found: CalendarFeed) -> str:
    return f"feed:{found.pk}"


def _patients(found: CalendarFeed, now: datetime) -> tuple[list[int], list[VisitEvent]]:
    people = list(people_acted_for(found.owner, now=now).order_by("pk"))
    events = patients_events(with_called_off(visits_of_people(people, now=now)), people)
    return [person.pk for person in people], events


def _clinicians(found: CalendarFeed, now: datetime) -> tuple[list[int], list[VisitEvent]]:
    """Without anybody's name, so nobody's record is read."""
    return [], clinicians_events(with_called_off(visits_of_clinician(found.owner, now=now)))


@require_http_methods(["GET", "HEAD", "POST"])
def own_feed(request: HttpRequest) -> HttpResponse:
    """A clinician's address: made, replaced or ended by a press, and shown once."""
    user, now = request.user, clock.now()
    if not isinstance(user, User) or clinician_of(user) is None:
        raise Http404
    context = feed_context(request, user, Of.CLINICIAN, now)
    return render(request, "scheduling/feed.html", context)


def feed_context(request: HttpRequest, user: User, of: str, now: datetime) -> dict[str, Any]:
    """What was pressed is done; then ``feed`` as it stands, and ``address`` if it is a new one."""
    address = ""
    if request.method == "POST" and "end" in request.POST:
        revoke_feed(owner=user, of=of, now=now)
    elif request.method == "POST":
        address = make_feed(owner=user, of=of, language=get_language() or "en", now=now)
    return {
        "feed": standing_feed(user, of=of),
        "address": address,
        "ended": "end" in request.POST,
        "subscribe": address.replace("https:", "webcal:").replace("http:", "webcal:"),
    }

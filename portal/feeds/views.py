"""A private address for the patient's own calendar."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

import clock
from portal.account.sessions import signed_in
from scheduling.feeds.selectors import last_read
from scheduling.feeds.views import feed_context
from scheduling.models import CalendarFeed


@require_http_methods(["GET", "HEAD", "POST"])
def calendar_feed(request: HttpRequest) -> HttpResponse:
    """Made, replaced or ended by a press; a new address is shown once."""
    user, now = signed_in(request), clock.now()
    context = feed_context(request, user, CalendarFeed.Of.PATIENT, now)
    if context["feed"] is not None:
        context["last_read"] = last_read(context["feed"], now=now)
    return render(request, "portal/feeds/calendar_feed.html", context)

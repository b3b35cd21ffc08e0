"""The staff's pages, stage by stage, under /desk/."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import include, path

from config.context_processors import NAVIGATION
from people.selectors import roles_of
from scheduling.desk.urls import estimate_urls


def home(request: HttpRequest) -> HttpResponse:
    """Each role begins on its own first page."""
    held = roles_of(request.user)
    for roles, route, _label in NAVIGATION:
        if roles & held:
            return redirect(route)
    raise Http404


urlpatterns = [
    path("", include(([path("", home, name="home")], "desk"))),
    path("", include("checkin.urls")),
    path("calendar/", include("scheduling.desk.urls")),
    path("estimates/", include(estimate_urls)),
    path("", include("followups.urls")),
    path("", include("feedback.desk_urls")),
    path("", include("contactcenter.urls")),
]

"""What every page knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import dateformat
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

import clock
from config.access import (
    ADMINISTRATION,
    ALL_STAFF,
    BOOKERS,
    CENTER,
    CLINIC,
    DESK,
    FINDERS,
    MANAGEMENT,
)
from people.models import StaffRole
from people.selectors import roles_of
from portal.words import phone_words
from scheduling.clinic.selectors.places import clinic_group
from scheduling.models import ClinicGroup

# Who may open it, its route, its name.
Page = tuple[frozenset[StaffRole.Role], str, object]
NAVIGATION: list[Page] = [
    (DESK, "checkin:arrivals", _("Arrivals")),
    (CLINIC, "checkin:my_day", _("My day")),
    (CENTER, "contactcenter:worklist", _("Worklist")),
    (MANAGEMENT, "dashboards:feedback", _("Patient feedback")),
    (DESK, "calendar:day", _("Calendar")),
    (BOOKERS, "calendar:waitlist", _("Waitlist")),
    (BOOKERS, "estimates:queue", _("Price estimates")),
]
# Where one can jump to, beside the navigation.
MORE_PAGES: list[Page] = [
    (FINDERS, "contactcenter:find", _("Find a patient")),
    (CLINIC, "calendar:feed", _("My visits in my calendar")),
    (ADMINISTRATION, "calendar:moving_in", _("Moving in")),
    (ADMINISTRATION, "admin:index", _("Administration")),
    (ALL_STAFF, "mfa_index", _("Sign-in codes")),
    (ALL_STAFF, "account_change_password", _("Password")),
]


def clinic(_request: HttpRequest) -> dict[str, Any]:
    """The group's name and phone, read only when a page shows them."""
    group = SimpleLazyObject(lambda: clinic_group() or ClinicGroup(name="Visitwell", phone=""))
    return {
        "clinic_group_name": SimpleLazyObject(lambda: group.name),
        "clinic_phone": SimpleLazyObject(lambda: phone_words(group.phone)),
    }


def demo(_request: HttpRequest) -> dict[str, Any]:
    """In the demo: which time it is there, and where the sandbox is."""
    if not settings.SANDBOX_URL:
        return {}
    moved = bool(clock.offset())
    shown = dateformat.format(clock.now(), r"D, M j, g:i A \U\T\C") if moved else ""
    return {"demo_clock": shown, "sandbox_url": settings.SANDBOX_URL}


def pages(_request: HttpRequest) -> dict[str, Any]:
    """Routes of pages that other apps lead to: ``{% url pages.my_day %}``."""
    return {"pages": settings.PAGES}


def desk(request: HttpRequest) -> dict[str, Any]:
    """The staff's navigation, by role."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or not user.is_staff:
        return {}
    held = roles_of(user)
    return {
        "desk_nav": _pages(request, NAVIGATION, held),
        "desk_more": _pages(request, MORE_PAGES, held),
        "desk_finds": bool(FINDERS & held),
    }


def _pages(
    request: HttpRequest, pages: list[Page], held: frozenset[str]
) -> list[dict[str, object]]:
    """Those of the pages that somebody with these roles may open.

    Current is the page itself, or the one in whose folder it stands.
    """
    urls = {reverse(route): label for roles, route, label in pages if roles & held}
    here = max((url for url in urls if request.path.startswith(url)), key=len, default="")
    return [
        {"label": label, "url": url, "current": _current(request, url) if url == here else ""}
        for url, label in urls.items()
    ]


def _current(request: HttpRequest, url: str) -> str:
    return "page" if request.path == url else "true"

"""Visitwell on a phone's first screen: how it is called, its worker, and its page without a net."""

import hashlib
import json
from datetime import datetime

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from people.models import User
from people.services import audit
from portal.words import day_and_time, phone_words
from scheduling.appointments.selectors.appointments import appointments_acted_for, upcoming
from scheduling.appointments.selectors.called_off import with_called_off
from scheduling.clinic.selectors.places import clinic_group
from scheduling.models import Appointment, Mode

PAPER, PINE = "#faf6ee", "#0b4a45"
# What a home screen shows below an icon, at most.
SHORT_NAME_LETTERS = 12
ICONS = [
    ("img/app/icon.svg", "any", "image/svg+xml", "any"),
    ("img/app/icon-192.png", "192x192", "image/png", "any"),
    ("img/app/icon-512.png", "512x512", "image/png", "any"),
    ("img/app/maskable-512.png", "512x512", "image/png", "maskable"),
]
WORKER = "js/worker.js"
# All that the page without a net is made of.
SHELL = [
    "css/base.css",
    "css/components.css",
    "css/pages.css",
    "img/icons.svg",
    "img/favicon.svg",
    "js/focus.js",
    "js/disclosure.js",
    "js/install.js",
    "js/offline.js",
]


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """The web app manifest, under the clinic group's name."""
    group = clinic_group()
    name = group.name if group else "Visitwell"
    response = JsonResponse(
        {
            "id": "/",
            "name": name,
            "short_name": short_name(name),
            "description": _("Book your visits, and see when and where to come."),
            "lang": get_language(),
            "dir": "rtl" if get_language_bidi() else "ltr",
            "start_url": "/",
            "scope": "/",
            "display": "standalone",
            "background_color": PAPER,
            "theme_color": PINE,
            "icons": [
                {"src": static(path), "sizes": sizes, "type": kind, "purpose": purpose}
                for path, sizes, kind, purpose in ICONS
            ],
            "shortcuts": [
                {"name": _("My visits"), "url": reverse("portal:appointments")},
                {"name": _("Book a visit"), "url": reverse("home")},
            ],
        },
        content_type="application/manifest+json",
    )
    response["Cache-Control"] = "no-cache"
    return response


def short_name(name: str) -> str:
    """As many whole words as fit below an icon, at least the first.

    >>> short_name("Northfield Health")
    'Northfield'
    """
    words = name.split()
    fitting = [
        joined
        for count in range(1, len(words) + 1)
        if len(joined := " ".join(words[:count])) <= SHORT_NAME_LETTERS
    ]
    return fitting[-1] if fitting else name[:SHORT_NAME_LETTERS]


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker: ``static/js/worker.js``, told which files and which version.

    It lives at the root, because a worker looks after what lies below its own address.
    """
    path = finders.find(WORKER)
    if not path:
        raise FileNotFoundError(WORKER)
    with open(path, encoding="utf-8") as file:  # noqa: PTH123  # finders give a plain string
        code = file.read()
    files = [static(name) for name in SHELL]
    version = hashlib.sha256("".join([code, *files, _offline_page()]).encode()).hexdigest()[:12]
    told = f"self.SHELL = {json.dumps(files)};\nself.VERSION = {json.dumps(version)};\n"
    response = HttpResponse(told + code, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """What an installed phone shows without a net. It is the same for everybody."""
    response = HttpResponse(_offline_page())
    response["Cache-Control"] = "no-cache"
    return response


def keep_visit(visit: Appointment | None) -> dict[str, object]:
    """What a page says that shows the next visit, or that there is none: keep this on the phone.

    The offline page gets these fields and no others. To what cannot take place nobody should come.
    """
    if visit is None or visit.called_off:
        return {"keep_visit": {"at": ""}}
    return {
        "keep_visit": {
            "at": visit.starts_at.isoformat(),
            "when": day_and_time(visit.starts_at, visit.time_zone),
            "address": _("By video") if visit.mode == Mode.VIDEO else visit.site.address,
            "phone": visit.site.phone,
            "phone_words": phone_words(visit.site.phone),
        }
    }


def keep_next_visit(user: User, *, beside: Appointment, now: datetime) -> dict[str, object]:
    """The same for a page about one visit, which need not be the next one; audited if it is not."""
    coming = upcoming(appointments_acted_for(user, now=now), now=now)
    visit = next(iter(with_called_off(coming[:1])), None)
    if visit is not None and visit != beside:
        audit.note(
            actor=user,
            person_ids=[visit.person_id],
            action="appointment.keep",
            subject=f"appointment:{visit.pk}",
            now=now,
        )
    return keep_visit(visit)


def _offline_page() -> str:
    """Made without the request, so that nothing of a session can be in it."""
    group = clinic_group()
    known = (
        {"clinic_group_name": group.name, "clinic_phone": phone_words(group.phone)} if group else {}
    )
    return render_to_string("portal/pwa/offline.html", known)

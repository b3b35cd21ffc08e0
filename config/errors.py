"""What a request gets that went wrong: a page in the product's face, or a problem for programs.

A view lets a fact escape when it has nothing kinder of its own to say; ``FACTS`` knows its status.
"""

from collections.abc import Callable, Mapping

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from config.problems import problem
from people.exceptions import NotAllowed, TooManyCodes
from portal.words import phone_words
from scheduling.clinic.selectors.places import clinic_group
from scheduling.exceptions import (
    HasVisitThen,
    HoldExpired,
    IllegalTransition,
    KeyReused,
    OfferGone,
    SlotNotOffered,
    SlotTaken,
    TooLateToChange,
    UndoOver,
)

MACHINES = ("/api/", "/hooks/")
CODES: dict[int, tuple[str, StrOrPromise]] = {
    400: ("malformed", _("We could not read what you sent.")),
    403: ("forbidden", _("You may not do this.")),
    404: ("not_found", _("There is no such thing here.")),
    405: ("method_not_allowed", _("This cannot be done here.")),
    409: ("conflict", _("It was changed in the meantime.")),
    429: ("too_many_requests", _("That was a lot at once. Please wait a little.")),
    500: ("broken", _("Something broke on our side.")),
    503: ("maintenance", _("We are working on it and will be back soon.")),
}
FACTS: dict[type[Exception], int] = {
    IllegalTransition: 409,
    TooLateToChange: 409,
    SlotTaken: 409,
    SlotNotOffered: 409,
    HoldExpired: 409,
    OfferGone: 409,
    UndoOver: 409,
    HasVisitThen: 409,
    KeyReused: 409,
    TooManyCodes: 429,
    NotAllowed: 404,
}
OPEN_IN_MAINTENANCE = ("/healthz", "/admin/", "/accounts/")
CODES_AGAIN_AFTER = "3600"  # seconds; people.services.codes counts by the hour

GetResponse = Callable[[HttpRequest], HttpResponse]


def answer(
    request: HttpRequest,
    status: int,
    *,
    bare: bool = False,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """The page or problem of one status. ``bare`` needs no database, session or account."""
    if is_for_a_machine(request):
        response = problem(status, *CODES[status])
    else:
        context = _bare_context() if bare else {"shell": _shell(request)}
        context["request_id"] = getattr(request, "request_id", "")
        context["again_url"] = request.get_full_path() if request.method == "GET" else ""
        response = HttpResponse(
            render_to_string(f"{status}.html", context, None if bare else request), status=status
        )
    for name, value in (headers or {}).items():
        response[name] = value
    return response


def is_for_a_machine(request: HttpRequest) -> bool:
    return request.path_info.startswith(MACHINES)


def answer_to_fact(request: HttpRequest, fact: Exception) -> HttpResponse | None:
    """The page for a fact that no view caught; None for what is a bug."""
    status = next((status for kind, status in FACTS.items() if isinstance(fact, kind)), None)
    if status is None:
        return None
    return answer(
        request, status, headers={"Retry-After": CODES_AGAIN_AFTER} if status == 429 else None
    )


def _shell(request: HttpRequest) -> str:
    """The desk's frame for staff at the desk, the patients' for everyone else."""
    user = getattr(request, "user", None)
    at_the_desk = request.path_info.startswith("/desk/")
    return "desk/base.html" if at_the_desk and user and user.is_staff else "patients/base.html"


def _bare_context() -> dict[str, str]:
    """Whom to call, if the database can still say so."""
    try:
        group = clinic_group()
    except DatabaseError:
        group = None
    if group is None:
        return {}
    return {"clinic_group_name": group.name, "clinic_phone": phone_words(group.phone)}


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, 404)


def broken(request: HttpRequest) -> HttpResponse:
    return answer(request, 500, bare=True)


class ErrorPagesMiddleware:
    """Turn a fact that escaped a view, and Django's empty refusal of a method, into a page."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 405 and not response.content:
            return answer(request, 405, headers={"Allow": response["Allow"]})
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return answer_to_fact(request, exception)


class MaintenanceMiddleware:
    """While ``MAINTENANCE`` is set, everything but health and the staff's administration waits.

    It needs no database, which may be what is being repaired. Files are served before it.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not settings.MAINTENANCE or request.path_info.startswith(OPEN_IN_MAINTENANCE):
            return self.get_response(request)
        wait = {"Retry-After": str(settings.MAINTENANCE_MINUTES * 60)}
        # As the browser asks for it: what the account chose is in the database.
        with translation.override(translation.get_language_from_request(request)):
            return answer(request, 503, bare=True, headers=wait)

"""Errors of the API as problem details (RFC 9457), with codes that never change.

``type`` and ``code`` are for programs, ``title`` and ``detail`` for people. ``alternatives``
are free times, ``errors`` lists fields.
"""

from typing import Any

import structlog
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise
from rest_framework import exceptions as drf
from rest_framework.response import Response
from rest_framework.views import set_rollback

from config.json import dumps
from people.exceptions import NotAllowed
from scheduling.api.shapes import slot_shape
from scheduling.exceptions import (
    BookByPhone,
    HasVisitThen,
    HoldExpired,
    IllegalTransition,
    KeyReused,
    OfferGone,
    QuestionsFirst,
    SlotNotOffered,
    SlotTaken,
    TooLateToChange,
    UndoOver,
)

CONTENT_TYPE = "application/problem+json"

FACTS: dict[type[Exception], tuple[int, str, StrOrPromise]] = {
    SlotTaken: (409, "slot_taken", _("That time was just taken. Here are the closest ones.")),
    SlotNotOffered: (422, "slot_not_offered", _("That time is not offered.")),
    QuestionsFirst: (409, "questions_first", _("Please answer a few questions first.")),
    BookByPhone: (409, "book_by_phone", _("Please call us to book this visit.")),
    HoldExpired: (410, "hold_expired", _("We could not keep that time any longer.")),
    OfferGone: (409, "offer_gone", _("This time is gone.")),
    IllegalTransition: (409, "illegal_transition", _("The visit cannot be changed that way now.")),
    TooLateToChange: (409, "too_late_to_change", _("It is too late to change this visit online.")),
    UndoOver: (409, "undo_over", _("This can no longer be undone.")),
    HasVisitThen: (409, "has_visit_then", _("You already have a visit at that time.")),
    KeyReused: (422, "idempotency_key_reused", _("This key was used for another request.")),
    NotAllowed: (404, "not_found", _("There is no such thing here.")),
    Http404: (404, "not_found", _("There is no such thing here.")),
    PermissionDenied: (403, "forbidden", _("You may not do this.")),
}
FRAMEWORK: dict[type[drf.APIException], tuple[str, StrOrPromise]] = {
    drf.ValidationError: ("invalid", _("Some of what you sent is not right.")),
    drf.ParseError: ("malformed", _("We could not read what you sent.")),
    drf.NotAuthenticated: ("sign_in_first", _("Please sign in first.")),
    drf.AuthenticationFailed: ("sign_in_first", _("Please sign in first.")),
    drf.PermissionDenied: ("forbidden", _("You may not do this.")),
    drf.NotFound: ("not_found", _("There is no such thing here.")),
    drf.MethodNotAllowed: ("method_not_allowed", _("This cannot be done here.")),
    drf.NotAcceptable: ("not_acceptable", _("We answer in JSON only.")),
    drf.UnsupportedMediaType: ("unsupported_media_type", _("Please send JSON.")),
    drf.Throttled: ("too_many_requests", _("That was a lot at once. Please wait a little.")),
}
DETAILS = {
    "past": _("That time has passed."),
    "too_soon": _("That time is too soon to book online. Please call us."),
    "too_far": _("That day is too far ahead. Please choose an earlier one."),
    "closed": _("The clinic is closed that day."),
    "kept_for_others": _("That time is kept for other patients."),
    "not_offered": _("The clinic does not offer this visit at that time."),
}


def body_of(status: int, code: str, title: StrOrPromise, **more: Any) -> dict[str, Any]:
    """The members of one problem."""
    request_id = structlog.contextvars.get_contextvars().get("request_id", "")
    return {
        "type": f"/problems/{code.replace('_', '-')}",
        "title": str(title),
        "status": status,
        "code": code,
        "request_id": request_id,
        **more,
    }


def problem(status: int, code: str, title: StrOrPromise, **more: Any) -> HttpResponse:
    """A problem as a plain Django answer, for refusals outside a view."""
    return HttpResponse(
        dumps(body_of(status, code, title, **more)), status=status, content_type=CONTENT_TYPE
    )


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler; None for what is a bug and must stay a 500."""
    for kind, (status, code, title) in FACTS.items():
        if isinstance(error, kind):
            return _respond(body_of(status, code, title, **_more(error)))
    if isinstance(error, drf.APIException):
        code, title = FRAMEWORK.get(type(error), ("error", _("That did not work.")))
        more: dict[str, Any] = (
            {"errors": error.detail} if isinstance(error, drf.ValidationError) else {}
        )
        wait = getattr(error, "wait", None)
        headers = {"Retry-After": f"{wait:.0f}"} if wait else {}
        return _respond(body_of(error.status_code, code, title, **more), headers)
    return None


def _more(error: Exception) -> dict[str, Any]:
    more: dict[str, Any] = {}
    if isinstance(error, SlotNotOffered):
        more |= {"detail": str(DETAILS[error.reason]), "reason": error.reason}
    if isinstance(error, TooLateToChange):
        more |= {"detail": str(_("Please call the clinic.")), "phone": error.phone}
    if isinstance(error, HasVisitThen):
        more["appointment"] = error.appointment_id
    if isinstance(error, SlotTaken | SlotNotOffered):
        more["alternatives"] = [slot_shape(slot) for slot in error.alternatives]
    return more


def _respond(body: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    set_rollback()
    response = Response(body, status=body["status"], headers=headers)
    response.content_type = CONTENT_TYPE
    return response

"""Holding a time for a few minutes. Open to visitors; bound to the browser."""

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

import clock
from infrastructure.limits import HoldRate
from people.browsers import browser_secret
from scheduling.api import answers, requests, shapes
from scheduling.availability.selectors.offering import clinicians_among
from scheduling.booking.selectors.holds import hold_of_browser
from scheduling.booking.services import holds
from scheduling.exceptions import HoldExpired
from scheduling.models import Hold
from scheduling.triage.tokens import has_answered


def _own_hold(request: Request, hold_id: uuid.UUID) -> Hold:
    """This browser's hold. Raises HoldExpired for anybody else's."""
    return hold_of_browser(hold_id, holder=holds.holder_hash(browser_secret(request)))


class Holds(APIView):
    """Hold a time."""

    throttle_classes = [*APIView.throttle_classes, HoldRate]

    @extend_schema(
        request=requests.HoldRequest,
        responses={201: answers.HoldAnswer, 409: answers.Problem, 422: answers.Problem},
    )
    def post(self, request: Request) -> Response:
        sent = requests.HoldRequest(data=request.data)
        sent.is_valid(raise_exception=True)
        wanted, now = sent.validated_data, clock.now()
        preferences = requests.preferences_of(wanted | {"site": [wanted["site"]]})
        hold = holds.hold_slot(
            visit_type=wanted["visit_type"],
            site=wanted["site"],
            starts_at=wanted["starts_at"],
            clinician_id=preferences.clinician_id,
            among=clinicians_among(wanted["visit_type"], preferences, now=now),
            mode=preferences.mode,
            standing=preferences.standing,
            holder=holds.holder_hash(browser_secret(request)),
            asked=has_answered(request, wanted["visit_type"], token=wanted["questions"], now=now),
            now=now,
        )
        return Response(shapes.hold_shape(hold), status=201)


class OneHold(APIView):
    """Look at a hold, or give the time back."""

    @extend_schema(responses={200: answers.HoldAnswer, 410: answers.Problem})
    def get(self, request: Request, hold_id: uuid.UUID) -> Response:
        hold = _own_hold(request, hold_id)
        if hold.released_at is not None:
            raise HoldExpired
        return Response(shapes.hold_shape(hold))

    @extend_schema(responses={204: None, 410: answers.Problem})
    def delete(self, request: Request, hold_id: uuid.UUID) -> Response:
        holds.release_hold(hold=_own_hold(request, hold_id), now=clock.now())
        return Response(status=204)


class ExtendHold(APIView):
    """Five more minutes."""

    @extend_schema(request=None, responses={200: answers.HoldAnswer, 410: answers.Problem})
    def post(self, request: Request, hold_id: uuid.UUID) -> Response:
        hold = holds.extend_hold(hold=_own_hold(request, hold_id), now=clock.now())
        return Response(shapes.hold_shape(hold))

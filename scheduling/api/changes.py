"""Moving and canceling a visit, undoing either for a minute, and asking for a call when late."""

import uuid

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

import clock
from scheduling.api import answers, requests
from scheduling.api.appointments import account_of, own_appointment, shaped
from scheduling.appointments.services.call_requests import request_call
from scheduling.availability.selectors.offering import clinicians_among
from scheduling.booking.services import lifecycle
from scheduling.booking.services.moving import refuse_unless_upcoming
from scheduling.booking.services.rescheduling import reschedule_appointment
from scheduling.booking.services.undo import undo_change

ONCE = OpenApiParameter(
    "Idempotency-Key",
    location=OpenApiParameter.HEADER,
    description="Yours to choose, at most 64 characters. A request that is sent again with its key"
    " changes nothing, whatever has happened since.",
)
CHANGED = {
    200: answers.AppointmentAnswer,
    404: answers.Problem,
    409: answers.Problem,
    422: answers.Problem,
}


def key_of(request: Request) -> str:
    """The idempotency key of a change; empty when it has none."""
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > 64:
        raise serializers.ValidationError(
            {"Idempotency-Key": [_("Send this header, 1 to 64 characters.")]}
        )
    return key


class MoveAppointment(APIView):
    """Another time for a visit. Asking for the time it has changes nothing."""

    @extend_schema(request=requests.SlotRequest, parameters=[ONCE], responses=CHANGED)
    def post(self, request: Request, appointment_id: uuid.UUID) -> Response:
        appointment = own_appointment(request, appointment_id)
        sent = requests.SlotRequest(data=request.data)
        sent.is_valid(raise_exception=True)
        wanted, now = sent.validated_data, clock.now()
        preferences = requests.preferences_of(
            {"mode": appointment.mode}
            | wanted
            | {"visit_type": appointment.visit_type, "site": [wanted["site"]]}
        )
        moved = reschedule_appointment(
            appointment=appointment,
            site=wanted["site"],
            starts_at=wanted["starts_at"],
            clinician_id=preferences.clinician_id,
            among=clinicians_among(appointment.visit_type, preferences, now=now),
            mode=preferences.mode,
            user=account_of(request),
            key=key_of(request),
            now=now,
        )
        return Response(shaped(request, moved))


class CancelAppointment(APIView):
    """Cancel a visit. Canceling twice is success.

    ``reason`` is one of ``feel_better``, ``cannot_come``, ``other_care``, ``cost`` and ``other``,
    or words of your own.
    """

    @extend_schema(request=requests.CancelRequest, parameters=[ONCE], responses=CHANGED)
    def post(self, request: Request, appointment_id: uuid.UUID) -> Response:
        appointment = own_appointment(request, appointment_id)
        sent = requests.CancelRequest(data=request.data)
        sent.is_valid(raise_exception=True)
        canceled = lifecycle.cancel_appointment(
            appointment=appointment,
            user=account_of(request),
            reason=sent.validated_data.get("reason", ""),
            key=key_of(request),
            now=clock.now(),
        )
        return Response(shaped(request, canceled))


class UndoChange(APIView):
    """Take back the move or the cancellation that you made within the last minute.

    The visit keeps its id; its ``version`` is raised. With the time gone to somebody else:
    ``slot_taken`` with alternatives, and nothing is changed.
    """

    @extend_schema(request=None, parameters=[ONCE], responses=CHANGED)
    def post(self, request: Request, appointment_id: uuid.UUID) -> Response:
        appointment = own_appointment(request, appointment_id)
        restored = undo_change(
            appointment=appointment, user=account_of(request), key=key_of(request), now=clock.now()
        )
        return Response(shaped(request, restored))


class CallAboutVisit(APIView):
    """When it is too late to move or cancel here: ask the clinic to call. Once is enough."""

    @extend_schema(
        request=requests.LateCallRequest,
        responses={204: None, 404: answers.Problem, 409: answers.Problem},
    )
    def post(self, request: Request, appointment_id: uuid.UUID) -> Response:
        appointment = own_appointment(request, appointment_id)
        asked = requests.LateCallRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        refuse_unless_upcoming(appointment)
        want = asked.validated_data["want"]
        request_call(appointment=appointment, want=want, user=account_of(request), now=clock.now())
        return Response(status=204)

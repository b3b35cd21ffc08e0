"""A patient's visits: book, see, move, confirm, cancel."""

import uuid
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

import clock
from people.browsers import browser_secret
from people.models import Person, User
from people.selectors import only_one_acted_for, people_acted_for
from people.services import audit
from people.services.records import add_person
from scheduling.api import answers, fields, requests, shapes
from scheduling.appointments.selectors.appointments import appointments_acted_for, with_names
from scheduling.appointments.selectors.appointments import own_appointment as visit_of
from scheduling.appointments.selectors.called_off import with_called_off
from scheduling.appointments.selectors.video import video_visit
from scheduling.availability.selectors.offering import usual_mode
from scheduling.booking.selectors.holds import hold_of_browser
from scheduling.booking.selectors.wanted import WantedVisit
from scheduling.booking.services import holds, lifecycle
from scheduling.booking.services.booking import book_appointment
from scheduling.booking.services.visit_mode import switch_mode
from scheduling.exceptions import QuestionsFirst
from scheduling.models import Appointment
from scheduling.triage.tokens import has_answered

LONGEST_LIST = 200
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    location=OpenApiParameter.HEADER,
    required=True,
    description="Yours to choose, at most 64 characters. Repeating a request repeats the answer.",
)


def account_of(request: Request) -> User:
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def language_of(request: Request) -> str:
    return str(getattr(request, "LANGUAGE_CODE", "en"))


def own_appointment(request: Request, appointment_id: uuid.UUID) -> Appointment:
    """A visit of somebody this account acts for; to others it does not exist. Audited."""
    user, now = account_of(request), clock.now()
    appointment = visit_of(appointment_id, user=user, now=now)
    if appointment is None:
        raise Http404
    audit.note(
        actor=user,
        person_ids=[appointment.person_id],
        action="appointment.read",
        subject=f"appointment:{appointment.pk}",
        now=now,
    )
    return appointment


def shaped(request: Request, appointment: Appointment) -> dict[str, object]:
    """A visit as a service gave it back."""
    return shapes.appointment_shape(with_names(appointment), language_of(request))


class People(APIView):
    """Everyone you may act for."""

    @extend_schema(responses=answers.PersonAnswer(many=True))
    def get(self, request: Request) -> Response:
        user, now = account_of(request), clock.now()
        people = list(people_acted_for(user, now=now).order_by("pk")[:LONGEST_LIST])
        audit.note(
            actor=user,
            person_ids=[person.pk for person in people],
            action="person.read",
            subject="",
            now=now,
        )
        return Response([{"id": each.public_id, "name": each.full_name} for each in people])

    @extend_schema(
        request=requests.PersonRequest,
        responses={201: answers.PersonAnswer, 400: answers.Problem},
    )
    def post(self, request: Request) -> Response:
        """Somebody new whom you act for, such as a child. The same person again is found again."""
        said = requests.PersonRequest(data=request.data)
        said.is_valid(raise_exception=True)
        person = add_person(user=account_of(request), now=clock.now(), **said.validated_data)
        return Response({"id": person.public_id, "name": person.full_name}, status=201)


class Appointments(APIView):
    """Your visits, newest first, and a new one."""

    @extend_schema(responses=answers.AppointmentAnswer(many=True))
    def get(self, request: Request) -> Response:
        user, now = account_of(request), clock.now()
        own = appointments_acted_for(user, now=now).order_by("-starts_at")
        visits = with_called_off(own[:LONGEST_LIST])
        audit.note(
            actor=user,
            person_ids=sorted({visit.person_id for visit in visits}),
            action="appointment.list",
            subject="",
            now=now,
        )
        language = language_of(request)
        return Response([shapes.appointment_shape(visit, language) for visit in visits])

    @extend_schema(
        request=requests.BookingRequest,
        parameters=[IDEMPOTENCY_KEY],
        responses={
            201: answers.AppointmentAnswer,
            409: answers.Problem,
            410: answers.Problem,
            422: answers.Problem,
        },
    )
    def post(self, request: Request) -> Response:
        key = request.headers.get("Idempotency-Key", "")
        if not 1 <= len(key) <= 64:
            raise serializers.ValidationError(
                {"Idempotency-Key": [_("Send this header, 1 to 64 characters.")]}
            )
        booking = requests.BookingRequest(data=request.data)
        booking.is_valid(raise_exception=True)
        holder = holds.holder_hash(browser_secret(request))
        now = clock.now()
        appointment = book_appointment(
            wanted=_wanted_visit(request, booking.validated_data, holder),
            person=_person(request, booking.validated_data.get("person")),
            user=account_of(request),
            idempotency_key=key,
            holder=holder,
            now=now,
        )
        # Whom the request named was looked up already.
        if named := fields.named(booking).get(appointment.clinician_id):
            appointment.clinician = named
        return Response(shapes.appointment_shape(appointment, language_of(request)), status=201)


def _wanted_visit(request: Request, wanted: dict[str, Any], holder: str) -> WantedVisit:
    """What was held, or a time of its own. Raises HoldExpired, QuestionsFirst."""
    hold_id = wanted.get("hold")
    if isinstance(hold_id, uuid.UUID):
        return WantedVisit.from_hold(hold_of_browser(hold_id, holder=holder))
    visit_type, token = wanted["visit_type"], wanted["questions"]
    if not has_answered(request, visit_type, token=token, now=clock.now()):
        raise QuestionsFirst
    clinician = wanted.get("clinician")
    return WantedVisit(
        visit_type=wanted["visit_type"],
        site=wanted["site"],
        starts_at=wanted["starts_at"],
        clinician_id=getattr(clinician, "pk", None),
        mode=usual_mode(wanted["visit_type"], str(wanted.get("mode", ""))),
    )


def _person(request: Request, person_id: uuid.UUID | None) -> Person:
    """The person to book for: the one named, or the only one there is."""
    user, now = account_of(request), clock.now()
    if person_id is None and (only := only_one_acted_for(user, now=now)):
        return only
    people = people_acted_for(user, now=now)
    if person_id is not None:
        people = people.filter(public_id=person_id)
    found = list(people[:2])
    if not found:
        raise Http404
    if len(found) > 1:
        raise serializers.ValidationError({"person": [_("Say for whom.")]})
    return found[0]


class OneAppointment(APIView):
    """One visit."""

    @extend_schema(responses={200: answers.AppointmentAnswer, 404: answers.Problem})
    def get(self, request: Request, appointment_id: uuid.UUID) -> Response:
        appointment = own_appointment(request, appointment_id)
        with_called_off([appointment])
        return Response(shapes.appointment_shape(appointment, language_of(request)))


class SwitchMode(APIView):
    """Meet by video instead of in person, or the other way, at the time it has."""

    @extend_schema(
        request=requests.ModeRequest,
        responses={
            200: answers.AppointmentAnswer,
            404: answers.Problem,
            409: answers.Problem,
            422: answers.Problem,
        },
    )
    def post(self, request: Request, appointment_id: uuid.UUID) -> Response:
        appointment = own_appointment(request, appointment_id)
        wanted = requests.ModeRequest(data=request.data)
        wanted.is_valid(raise_exception=True)
        switched = switch_mode(
            appointment=appointment,
            mode=wanted.validated_data["mode"],
            user=account_of(request),
            now=clock.now(),
        )
        return Response(shaped(request, switched))


class JoinAppointment(APIView):
    """When and where a video visit can be joined."""

    @extend_schema(responses={200: answers.JoinAnswer, 404: answers.Problem})
    def get(self, request: Request, appointment_id: uuid.UUID) -> Response:
        appointment = own_appointment(request, appointment_id)
        video = video_visit(appointment, now=clock.now())
        if video is None:
            raise Http404
        return Response(shapes.join_shape(appointment, video))


class ConfirmAppointment(APIView):
    """Say that you will come."""

    @extend_schema(request=None, responses={200: answers.AppointmentAnswer, 409: answers.Problem})
    def post(self, request: Request, appointment_id: uuid.UUID) -> Response:
        appointment = own_appointment(request, appointment_id)
        user, now = account_of(request), clock.now()
        confirmed = lifecycle.confirm(appointment=appointment, actor=user, now=now)
        return Response(shaped(request, confirmed))

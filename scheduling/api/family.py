"""Several people's visits at once: the times at which all can be seen, and booking all of them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

import clock
from scheduling.api import answers, fields, shapes
from scheduling.api.appointments import IDEMPOTENCY_KEY, account_of, language_of
from scheduling.api.call_requests import person_meant
from scheduling.api.changes import key_of
from scheduling.availability.selectors.offering import usual_mode
from scheduling.availability.selectors.search import LONGEST_WINDOW_DAYS
from scheduling.exceptions import QuestionsFirst
from scheduling.models import Mode
from scheduling.series.rules.family import MOST_PEOPLE
from scheduling.series.selectors.family import Guest, times_together
from scheduling.series.services.family import Seat, book_together
from scheduling.triage.tokens import has_answered

PROBLEMS = {400: answers.Problem, 404: answers.Problem, 409: answers.Problem}


class GuestRequest(serializers.Serializer[Any]):
    """One of the people, and what they come for."""

    person = serializers.UUIDField()
    visit_type = fields.visit_type()
    mode = serializers.ChoiceField(choices=Mode.choices, required=False)
    questions = serializers.CharField(required=False, default="", allow_blank=True)


class SeatRequest(GuestRequest):
    starts_at = serializers.DateTimeField()
    clinician = fields.clinician()


class TogetherSearch(serializers.Serializer[Any]):
    """Between two dates in the site's own zone, at most 62 days."""

    site = fields.site()
    guests = GuestRequest(many=True)
    first_day = serializers.DateField()
    last_day = serializers.DateField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["last_day"] < attrs["first_day"]:
            raise serializers.ValidationError({"last_day": _("The last day is before the first.")})
        if attrs["last_day"] - attrs["first_day"] >= timedelta(days=LONGEST_WINDOW_DAYS):
            raise serializers.ValidationError({"last_day": _("That is too many at once.")})
        return attrs


class TogetherRequest(serializers.Serializer[Any]):
    site = fields.site()
    guests = SeatRequest(many=True)


class TogetherAnswer(serializers.Serializer[Any]):
    """Each time has a slot for each of the guests, in their order."""

    times = serializers.ListField(child=answers.SlotAnswer(many=True))


def _guests(request: Request, said: Sequence[dict[str, Any]]) -> list[Guest]:
    """Raises Http404 for a person of others, QuestionsFirst."""
    now = clock.now()
    guests = []
    for each in said:
        visit_type = each["visit_type"]
        if not has_answered(request, visit_type, token=each["questions"], now=now):
            raise QuestionsFirst
        mode = usual_mode(visit_type, str(each.get("mode", "")))
        guests.append(Guest(person_meant(request, each["person"]), visit_type, mode))
    if not 2 <= len({guest.person.pk for guest in guests}) == len(guests) <= MOST_PEOPLE:
        raise serializers.ValidationError({"guests": [_("Name two to four people, each once.")]})
    return guests


class PlanTogether(APIView):
    """When two to four people can be seen one after the other, or side by side.

    Changes nothing.
    """

    @extend_schema(request=TogetherSearch, responses={200: TogetherAnswer, **PROBLEMS})
    def post(self, request: Request) -> Response:
        asked = TogetherSearch(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        rows = times_together(
            _guests(request, said["guests"]),
            said["site"],
            first_day=said["first_day"],
            last_day=said["last_day"],
            now=clock.now(),
        )
        return Response({"times": [[shapes.slot_shape(slot) for slot in row] for row in rows]})


class BookTogether(APIView):
    """A visit for each of the guests: all of them, or none."""

    @extend_schema(
        request=TogetherRequest,
        parameters=[IDEMPOTENCY_KEY],
        responses={
            201: answers.AppointmentAnswer(many=True),
            **PROBLEMS,
            422: answers.Problem,
        },
    )
    def post(self, request: Request) -> Response:
        key = key_of(request)
        if not 1 <= len(key) <= 56:
            raise serializers.ValidationError(
                {"Idempotency-Key": [_("Send this header, 1 to 56 characters.")]}
            )
        asked = TogetherRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        guests = _guests(request, said["guests"])
        visits = book_together(
            seats=[
                Seat(guest, each["starts_at"], each["clinician"].pk)
                for guest, each in zip(guests, said["guests"], strict=True)
            ],
            site=said["site"],
            user=account_of(request),
            key=key,
            now=clock.now(),
        )
        language = language_of(request)
        return Response([shapes.appointment_shape(each, language) for each in visits], status=201)

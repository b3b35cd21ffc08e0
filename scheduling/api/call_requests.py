"""Asking for a call, when a visit cannot be booked here."""

import uuid
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

import clock
from people.models import Person, User
from people.selectors import people_acted_for
from scheduling.api import answers
from scheduling.appointments.services.call_requests import request_booking_call
from scheduling.models import Site, VisitType


class CallRequest(serializers.Serializer[Any]):
    """``person`` is needed when you act for several."""

    visit_type = serializers.SlugRelatedField(
        slug_field="slug", queryset=VisitType.objects.filter(active=True)
    )
    site = serializers.PrimaryKeyRelatedField(
        queryset=Site.objects.filter(active=True), required=False
    )
    person = serializers.UUIDField(required=False)


def signed_in(request: Request) -> User:
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def person_meant(request: Request, person_id: uuid.UUID | None) -> Person:
    """The person that is named, or the only one there is. Raises Http404, ValidationError."""
    people = people_acted_for(signed_in(request), now=clock.now())
    found = list((people.filter(public_id=person_id) if person_id else people)[:2])
    if not found:
        raise Http404
    if len(found) > 1:
        raise serializers.ValidationError({"person": [_("Say for whom.")]})
    return found[0]


class CallMe(APIView):
    """Ask us to call and book with you. Asking twice on one day is one call."""

    @extend_schema(request=CallRequest, responses={204: None, 404: answers.Problem})
    def post(self, request: Request) -> Response:
        asked = CallRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        request_booking_call(
            person=person_meant(request, said.get("person")),
            visit_type=said["visit_type"],
            site=said.get("site"),
            user=signed_in(request),
            now=clock.now(),
        )
        return Response(status=204)

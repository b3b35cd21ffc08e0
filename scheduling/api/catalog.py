"""What can be booked, where and when. Open to visitors."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

import clock
from people.models import User
from scheduling.api import answers, requests, shapes
from scheduling.appointments.selectors.appointments import appointments_acted_for
from scheduling.availability.selectors.finding import OwnTime, find_times
from scheduling.availability.selectors.offering import sites_offering
from scheduling.clinic.selectors.places import place_typed
from scheduling.models import VisitType


class VisitTypes(APIView):
    """The kinds of visit that can be booked."""

    @extend_schema(responses=answers.VisitTypeAnswer(many=True))
    def get(self, request: Request) -> Response:
        language = getattr(request, "LANGUAGE_CODE", "en")
        listed = VisitType.objects.filter(active=True)
        return Response([shapes.visit_type_shape(each, language) for each in listed])


class Sites(APIView):
    """The sites that offer a kind of visit, nearest first when a place is named."""

    @extend_schema(
        parameters=[requests.SiteSearch],
        responses={200: answers.SiteAnswer(many=True), 400: answers.Problem},
    )
    def get(self, request: Request) -> Response:
        search = requests.SiteSearch(data=request.query_params)
        search.is_valid(raise_exception=True)
        wanted: dict[str, Any] = search.validated_data
        near = place_typed(wanted.get("near", ""))
        found = sites_offering(wanted["visit_type"], now=clock.now(), near=near)
        return Response([shapes.site_shape(each) for each in found])


class Slots(APIView):
    """Free times, soonest first, each with why it fits; a page at a time, or all of them."""

    @extend_schema(
        parameters=[requests.SlotSearch],
        responses={200: answers.SlotsAnswer, 400: answers.Problem, 404: answers.Problem},
    )
    def get(self, request: Request) -> Response:
        search = requests.SlotSearch(data=request.query_params)
        search.is_valid(raise_exception=True)
        now = clock.now()
        own = _own_time(request, search.validated_data.get("moving"), now)
        return Response(shapes.found_shape(find_times(search.time_search(now=now, moving=own))))


def _own_time(request: Request, visit_id: UUID | None, now: datetime) -> OwnTime | None:
    """The time of a visit of somebody this account acts for; to others it does not exist."""
    if visit_id is None:
        return None
    if not isinstance(request.user, User):
        raise Http404
    visits = appointments_acted_for(request.user, now=now)
    return OwnTime.of(get_object_or_404(visits, public_id=visit_id))

"""Series: visits that belong together, planned, booked, moved and canceled in one request."""

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
from people.services import audit
from scheduling.api import answers
from scheduling.api.appointments import IDEMPOTENCY_KEY, account_of, language_of
from scheduling.api.call_requests import person_meant
from scheduling.api.changes import ONCE, key_of
from scheduling.api.series_shapes import (
    RestCancelRequest,
    RestMoveRequest,
    RestShiftRequest,
    SeriesAnswer,
    SeriesPlanAnswer,
    SeriesPlanRequest,
    SeriesRequest,
    done_shape,
    plan_shape,
)
from scheduling.availability.selectors.offering import usual_mode
from scheduling.exceptions import QuestionsFirst
from scheduling.models import Appointment, Series
from scheduling.series.rules.series import SeriesPattern, Shift
from scheduling.series.selectors.series import (
    SeriesDetails,
    plan_of,
    plan_of_move,
    rest_of,
    series_acted_for,
    visits_of_series,
)
from scheduling.series.services.series import (
    ChosenTime,
    SeriesResult,
    book_series,
    cancel_rest,
    move_rest,
    undo_rest,
)
from scheduling.triage.tokens import has_answered

PROBLEMS = {400: answers.Problem, 404: answers.Problem, 409: answers.Problem}


def _answer(request: Request, done: SeriesResult) -> dict[str, Any]:
    return done_shape(done, language_of(request))


def _where(request: Request, said: dict[str, Any]) -> SeriesDetails:
    """Raises Http404 for a person of others, QuestionsFirst."""
    visit_type = said["visit_type"]
    if not has_answered(request, visit_type, token=said["questions"], now=clock.now()):
        raise QuestionsFirst
    person = person_meant(request, said.get("person"))
    mode = usual_mode(visit_type, str(said.get("mode", "")))
    return SeriesDetails(visit_type, said["site"], person, mode)


def _own(request: Request, series_id: uuid.UUID) -> Series:
    """A series of somebody this account acts for, audited; to others it does not exist."""
    user, now = account_of(request), clock.now()
    series = series_acted_for(user, now=now).filter(public_id=series_id).first()
    if series is None:
        raise Http404
    audit.note(
        actor=user,
        person_ids=[series.person_id],
        action="series.read",
        subject=f"series:{series.pk}",
        now=now,
    )
    return series


def _joined(request: Request, series_id: uuid.UUID, where: SeriesDetails) -> Series:
    """The series that more visits join. Raises Http404, ValidationError."""
    series = _own(request, series_id)
    if not where.is_of(series):
        raise serializers.ValidationError(
            {"series": [_("This series is for another person or another kind of visit.")]}
        )
    return series


def _visit(series: Series, visit_id: uuid.UUID) -> Appointment:
    visit = visits_of_series(series).filter(public_id=visit_id).first()
    if visit is None:
        raise Http404
    return visit


class PlanSeries(APIView):
    """A proposal for each visit that is asked for. Changes nothing."""

    @extend_schema(request=SeriesPlanRequest, responses={200: SeriesPlanAnswer, **PROBLEMS})
    def post(self, request: Request) -> Response:
        asked = SeriesPlanRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        hours = {
            name: said[name] for name in ("earliest", "latest", "days_between") if name in said
        }
        pattern = SeriesPattern(
            said["count"], frozenset(said["weekdays"]), said["first_day"], **hours
        )
        where = _where(request, said)
        return Response(
            {"visits": plan_shape(plan_of(where, pattern, now=clock.now()), where.site)}
        )


class ManySeries(APIView):
    """Book the times of a plan. What somebody else has by now is told; the rest is booked."""

    @extend_schema(
        request=SeriesRequest,
        parameters=[IDEMPOTENCY_KEY],
        responses={201: SeriesAnswer, **PROBLEMS, 422: answers.Problem},
    )
    def post(self, request: Request) -> Response:
        key = key_of(request)
        if not 1 <= len(key) <= 56:
            raise serializers.ValidationError(
                {"Idempotency-Key": [_("Send this header, 1 to 56 characters.")]}
            )
        asked = SeriesRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        times = [ChosenTime(each["starts_at"], each["clinician"].pk) for each in said["times"]]
        if len(times) > (said["visit_type"].series_most or 1):
            raise serializers.ValidationError({"times": [_("That is too many at once.")]})
        where = _where(request, said)
        done = book_series(
            where=where,
            chosen=times,
            user=account_of(request),
            key=key,
            now=clock.now(),
            series=_joined(request, said["series"], where) if "series" in said else None,
        )
        return Response(_answer(request, done), status=201)


class OneSeries(APIView):
    """All its visits, canceled ones too."""

    @extend_schema(responses={200: SeriesAnswer, 404: answers.Problem})
    def get(self, request: Request, series_id: uuid.UUID) -> Response:
        return Response(_answer(request, SeriesResult(_own(request, series_id), [])))


class CancelRest(APIView):
    """Cancel one visit of a series and all that follow it. For a minute it can be undone."""

    @extend_schema(
        request=RestCancelRequest,
        parameters=[ONCE],
        responses={200: SeriesAnswer, **PROBLEMS, 422: answers.Problem},
    )
    def post(self, request: Request, series_id: uuid.UUID) -> Response:
        series = _own(request, series_id)
        asked = RestCancelRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        done = cancel_rest(
            series=series,
            first=_visit(series, asked.validated_data["first"]),
            user=account_of(request),
            reason=asked.validated_data["reason"],
            key=key_of(request),
            now=clock.now(),
        )
        return Response(_answer(request, done))


class PlanMoveRest(APIView):
    """The same shift for one visit of a series and all that follow it. Changes nothing."""

    @extend_schema(request=RestShiftRequest, responses={200: SeriesPlanAnswer, **PROBLEMS})
    def post(self, request: Request, series_id: uuid.UUID) -> Response:
        series, now = _own(request, series_id), clock.now()
        asked = RestShiftRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        first = _visit(series, said["first"])
        rest = list(rest_of(series, since=first.starts_at, now=now))
        if not rest:
            return Response({"visits": []})
        plan = plan_shape(
            plan_of_move(rest, Shift(said["days"], said["minutes"]), now=now), first.site
        )
        visits = [
            {"visit": visit.public_id, **each} for visit, each in zip(rest, plan, strict=True)
        ]
        return Response({"visits": visits})


class MoveRest(APIView):
    """Move visits of a series to the times of a plan. For a minute it can be undone."""

    @extend_schema(
        request=RestMoveRequest,
        parameters=[ONCE],
        responses={200: SeriesAnswer, **PROBLEMS, 422: answers.Problem},
    )
    def post(self, request: Request, series_id: uuid.UUID) -> Response:
        series = _own(request, series_id)
        asked = RestMoveRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        ids = dict(visits_of_series(series).values_list("public_id", "pk"))
        done = move_rest(
            series=series,
            first=_visit(series, said["first"]),
            chosen={
                ids[each["visit"]]: ChosenTime(each["starts_at"], each["clinician"].pk)
                for each in said["times"]
                if each["visit"] in ids
            },
            user=account_of(request),
            key=key_of(request),
            now=clock.now(),
        )
        return Response(_answer(request, done))


class UndoRest(APIView):
    """Take back what you did to the visits of a series within the last minute."""

    @extend_schema(request=None, responses={200: SeriesAnswer, 404: answers.Problem})
    def post(self, request: Request, series_id: uuid.UUID) -> Response:
        series = _own(request, series_id)
        done = undo_rest(series=series, user=account_of(request), now=clock.now())
        return Response(_answer(request, done))

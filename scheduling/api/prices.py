"""What a visit costs, how somebody pays, and the written estimate."""

import uuid
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

import clock
from people.models import Coverage, Person
from people.selectors import current_coverage, people_acted_for
from people.services import audit
from people.services.coverage import Paying, say_coverage
from scheduling.api import answers
from scheduling.api.call_requests import signed_in
from scheduling.appointments.selectors.appointments import appointments_acted_for
from scheduling.models import Appointment, Estimate, VisitType
from scheduling.prices.rules.prices import Range
from scheduling.prices.selectors.estimates import estimate_of
from scheduling.prices.selectors.prices import Cost, cost_of_type, plans_taken
from scheduling.prices.services import request_estimate
from scheduling.prices.words import estimate_words


class PlanAnswer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()


class CoverageShape(serializers.Serializer[Any]):
    """``kind`` is empty as long as nothing is known; ``plan`` is empty for one not taken here."""

    kind = serializers.ChoiceField(choices=["", *Coverage.Kind.values], allow_blank=True)
    plan = serializers.SlugField(required=False, allow_blank=True, default="")
    plan_name = serializers.CharField(required=False, allow_blank=True, max_length=100)
    subscriber_id = serializers.CharField(required=False, allow_blank=True, max_length=40)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        insured = attrs["kind"] == Coverage.Kind.INSURANCE
        if attrs["plan"] and attrs["plan"] not in {plan.slug for plan in plans_taken()}:
            raise serializers.ValidationError({"plan": [_("This plan is not taken here.")]})
        card = [attrs["plan"], attrs.get("plan_name"), attrs.get("subscriber_id")]
        if not insured and any(card):
            raise serializers.ValidationError({"plan": [_("Only insurance has a plan.")]})
        return attrs


class CoverageAnswer(CoverageShape):
    since = serializers.DateField(allow_null=True)


class PriceSearch(serializers.Serializer[Any]):
    """``person`` is somebody you act for: their coverage counts."""

    visit_type = serializers.SlugRelatedField(
        slug_field="slug", queryset=VisitType.objects.filter(active=True)
    )
    person = serializers.UUIDField(required=False)


class RangeAnswer(serializers.Serializer[Any]):
    low = serializers.IntegerField(help_text="Cents.")
    high = serializers.IntegerField(help_text="Cents.")


class PriceAnswer(serializers.Serializer[Any]):
    """``expected`` is what the patient usually pays, and null where the plan is not known."""

    full = RangeAnswer()
    expected = RangeAnswer(allow_null=True)
    coverage = serializers.CharField(help_text="insurance, self_pay, or empty.")
    plan = serializers.CharField(help_text="Empty unless it is taken here.")


class EstimateLineAnswer(serializers.Serializer[Any]):
    name = serializers.CharField()
    low = serializers.IntegerField(help_text="Cents.")
    high = serializers.IntegerField(help_text="Cents.")


class EstimateAnswer(serializers.Serializer[Any]):
    """``items`` is empty until it is given."""

    due_on = serializers.DateField(allow_null=True)
    requested_at = serializers.DateTimeField(allow_null=True)
    given_at = serializers.DateTimeField(allow_null=True)
    items = EstimateLineAnswer(many=True)
    total = serializers.CharField(help_text="In words, or empty.")


class Plans(APIView):
    """The insurance plans that are taken."""

    @extend_schema(responses=PlanAnswer(many=True))
    def get(self, request: Request) -> Response:
        return Response([{"slug": plan.slug, "name": plan.name} for plan in plans_taken()])


class OwnCoverage(APIView):
    """How somebody you act for pays."""

    @extend_schema(responses={200: CoverageAnswer, 404: answers.Problem})
    def get(self, request: Request, person_id: uuid.UUID) -> Response:
        person = _own_person(request, person_id)
        return Response(_coverage_shape(current_coverage(person)))

    @extend_schema(
        request=CoverageShape,
        responses={200: CoverageAnswer, 400: answers.Problem, 404: answers.Problem},
    )
    def put(self, request: Request, person_id: uuid.UUID) -> Response:
        person = _own_person(request, person_id)
        said = CoverageShape(data=request.data)
        said.is_valid(raise_exception=True)
        now_known = say_coverage(
            person=person,
            paying=Paying(**said.validated_data),
            user=signed_in(request),
            now=clock.now(),
        )
        return Response(_coverage_shape(now_known))


def _own_person(request: Request, person_id: uuid.UUID) -> Person:
    """A person this account acts for, audited; to others they do not exist."""
    user, now = signed_in(request), clock.now()
    person = get_object_or_404(people_acted_for(user, now=now), public_id=person_id)
    audit.note(actor=user, person_ids=[person.pk], action="coverage.read", subject="", now=now)
    return person


def _coverage_shape(coverage: Coverage | None) -> dict[str, Any]:
    names = ("kind", "plan", "plan_name", "subscriber_id")
    if coverage is None:
        return {**dict.fromkeys(names, ""), "since": None}
    return {name: getattr(coverage, name) for name in (*names, "since")}


class Price(APIView):
    """What a kind of visit costs, before it is booked."""

    @extend_schema(
        parameters=[PriceSearch],
        responses={200: PriceAnswer, 400: answers.Problem, 404: answers.Problem},
    )
    def get(self, request: Request) -> Response:
        search = PriceSearch(data=request.query_params)
        search.is_valid(raise_exception=True)
        person_id = search.validated_data.get("person")
        coverage = current_coverage(_own_person(request, person_id)) if person_id else None
        return Response(_price_shape(cost_of_type(search.validated_data["visit_type"], coverage)))


def _price_shape(cost: Cost) -> dict[str, Any]:
    known = cost.plan is not None or cost.kind == Coverage.Kind.SELF_PAY or cost.takes_plans
    return {
        "full": _range_shape(cost.full),
        "expected": _range_shape(cost.expected) if cost.kind and known else None,
        "coverage": cost.kind,
        "plan": cost.plan.slug if cost.plan else "",
    }


def _range_shape(price: Range) -> dict[str, int]:
    return {"low": price.low, "high": price.high}


class OwnEstimate(APIView):
    """The written estimate for a visit of yours, and asking for one."""

    @extend_schema(responses={200: EstimateAnswer, 404: answers.Problem})
    def get(self, request: Request, appointment_id: uuid.UUID) -> Response:
        return Response(_estimate_shape(estimate_of(_own_visit(request, appointment_id))))

    @extend_schema(
        request=None,
        responses={200: EstimateAnswer, 404: answers.Problem, 409: answers.Problem},
    )
    def post(self, request: Request, appointment_id: uuid.UUID) -> Response:
        visit = _own_visit(request, appointment_id)
        asked = request_estimate(appointment=visit, user=signed_in(request), now=clock.now())
        return Response(_estimate_shape(asked))


def _own_visit(request: Request, appointment_id: uuid.UUID) -> Appointment:
    user, now = signed_in(request), clock.now()
    visit = appointments_acted_for(user, now=now).filter(public_id=appointment_id).first()
    if visit is None:
        raise Http404
    audit.note(
        actor=user,
        person_ids=[visit.person_id],
        action="estimate.read",
        subject=f"appointment:{visit.pk}",
        now=now,
    )
    return visit


def _estimate_shape(estimate: Estimate | None) -> dict[str, Any]:
    if estimate is None:
        return {**dict.fromkeys(("due_on", "requested_at", "given_at")), "items": [], "total": ""}
    given = estimate.content
    paper = estimate_words(given) if given else None
    prices = zip(paper.lines, given["items"], strict=True) if paper else ()
    return {
        "due_on": estimate.due_on,
        "requested_at": estimate.requested_at,
        "given_at": estimate.given_at,
        "items": [
            {"name": line.name, "low": item["low"], "high": item["high"]} for line, item in prices
        ],
        "total": paper.total if paper else "",
    }

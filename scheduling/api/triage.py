"""The short questions before a time: what they are, and where their answers lead."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

import clock
from people.rules.names import in_language
from scheduling.api import answers
from scheduling.models import VisitType
from scheduling.triage.rules import Question, TriageOutcome, Unanswered, outcome_of, questions_of
from scheduling.triage.tokens import answered_token
from scheduling.triage.words import ADVICE


class ChoiceAnswer(serializers.Serializer[Any]):
    name = serializers.CharField()
    says = serializers.CharField()


class QuestionAnswer(serializers.Serializer[Any]):
    name = serializers.CharField()
    asks = serializers.CharField()
    answers = ChoiceAnswer(many=True)


class AnswersRequest(serializers.Serializer[Any]):
    """``answers`` maps each question's name to an answer's name. They are not kept."""

    answers = serializers.DictField(child=serializers.CharField(max_length=50))


class OutcomeAnswer(serializers.Serializer[Any]):
    """With ``go_on`` there is a token for holding or booking a time, from this session alone."""

    outcome = serializers.ChoiceField(choices=["go_on", "other_visit_type", "urgent"])
    token = serializers.CharField(help_text="Good for two hours. Empty unless you may go on.")
    visit_type = serializers.CharField(help_text="The one that fits better, or empty.")
    urgent = serializers.CharField(help_text="emergency, today, call, or empty.")
    title = serializers.CharField(help_text="Urgent advice to show, or empty.")
    text = serializers.CharField()


class Questions(APIView):
    """The questions of a kind of visit, and answering them."""

    @extend_schema(responses={200: QuestionAnswer(many=True), 404: answers.Problem})
    def get(self, request: Request, visit_type: str) -> Response:
        wanted = get_object_or_404(VisitType, slug=visit_type, active=True)
        language = str(getattr(request, "LANGUAGE_CODE", "en"))
        asked = questions_of(wanted.questions)
        return Response([_question_shape(each, language) for each in asked])

    @extend_schema(
        request=AnswersRequest,
        responses={200: OutcomeAnswer, 400: answers.Problem, 404: answers.Problem},
    )
    def post(self, request: Request, visit_type: str) -> Response:
        wanted = get_object_or_404(VisitType, slug=visit_type, active=True)
        said = AnswersRequest(data=request.data)
        said.is_valid(raise_exception=True)
        try:
            outcome = outcome_of(questions_of(wanted.questions), said.validated_data["answers"])
        except Unanswered as fact:
            missing = {name: [_("Choose an answer.")] for name in fact.questions}
            raise serializers.ValidationError({"answers": missing}) from fact
        return Response(_outcome_shape(request, wanted, outcome))


def _question_shape(question: Question, language: str) -> dict[str, Any]:
    return {
        "name": question.name,
        "asks": in_language(question.asks, language),
        "answers": [
            {"name": each.name, "says": in_language(each.says, language)}
            for each in question.answers
        ],
    }


def _outcome_shape(request: Request, wanted: VisitType, outcome: TriageOutcome) -> dict[str, Any]:
    title, text = ADVICE[outcome.urgent] if outcome.urgent else ("", "")
    kinds = {outcome.goes_on: "go_on", bool(outcome.visit_type): "other_visit_type"}
    return {
        "outcome": kinds.get(True, "urgent"),
        "token": answered_token(request, wanted, now=clock.now()) if outcome.goes_on else "",
        "visit_type": outcome.visit_type,
        "urgent": outcome.urgent,
        "title": str(title),
        "text": str(text),
    }

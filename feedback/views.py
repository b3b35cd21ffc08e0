"""Doors of feedback: the survey on a phone, and the manager's dashboard."""

from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

import clock
from feedback.charts import answers_chart, as_csv
from feedback.forms import SurveyForm
from feedback.models import SurveyInvitation
from feedback.rules import score
from feedback.selectors import invitation_by_token, invited_since, responses_since
from feedback.services.surveys import SurveyClosed, record_response
from people.models import User

PERIOD = timedelta(days=90)
COMMENTS_SHOWN = 30


def survey(request: HttpRequest, token: str) -> HttpResponse:
    """Three questions. Opening the link changes nothing."""
    invitation = _invitation(token)
    form = SurveyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            record_response(invitation=invitation, now=clock.now(), **form.cleaned_data)
        except SurveyClosed:
            return render(request, "feedback/closed.html", status=410)
        return redirect("feedback:thanks", token=token)
    if clock.now() > invitation.closes_at:
        return render(request, "feedback/closed.html", status=410)
    return render(
        request, "feedback/survey.html", {"form": form, "site": invitation.appointment.site}
    )


@require_safe
def thanks(request: HttpRequest, token: str) -> HttpResponse:
    """Thank you, and what we do with it."""
    invitation = _invitation(token)
    response = getattr(invitation, "response", None)
    return render(request, "feedback/thanks.html", {"response": response})


def _invitation(token: str) -> SurveyInvitation:
    invitation = invitation_by_token(token)
    if invitation is None:
        raise Http404
    return invitation


@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """How it was, lately, at the sites this manager sees."""
    user, since = _manager(request), clock.now() - PERIOD
    responses = responses_since(user, since=since)
    counted = score(responses.values_list("overall", flat=True))
    invited = invited_since(user, since=since)
    return render(
        request,
        "feedback/dashboard.html",
        {
            "score": counted,
            "invited": invited,
            "response_rate": round(100 * counted.total / invited) if invited else 0,
            "chart": answers_chart(counted),
            "comments": responses.exclude(comment="")[:COMMENTS_SHOWN],
            "days": PERIOD.days,
        },
    )


@require_safe
def answers_file(request: HttpRequest) -> HttpResponse:
    """The numbers behind the dashboard's chart, for a spreadsheet. They name nobody."""
    user, now = _manager(request), clock.now()
    responses = responses_since(user, since=now - PERIOD)
    chart = answers_chart(score(responses.values_list("overall", flat=True)))
    response = HttpResponse(as_csv(chart), content_type="text/csv; charset=utf-8")
    name = f"patient-feedback-{now:%Y-%m-%d}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _manager(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise Http404
    return request.user

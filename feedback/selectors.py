"""Reads about feedback."""

from datetime import datetime

from django.db.models import QuerySet

from feedback.models import SurveyInvitation, SurveyResponse
from people.models import User
from scheduling.appointments.selectors.appointments import sites_of_staff


def invitation_by_token(token: str) -> SurveyInvitation | None:
    return (
        SurveyInvitation.objects.filter(token=token)
        .select_related("appointment__site", "appointment__person")
        .first()
    )


def responses_since(user: User, *, since: datetime) -> QuerySet[SurveyResponse]:
    """Answers about visits at the sites this member of staff may see, newest first."""
    return (
        SurveyResponse.objects.filter(
            answered_at__gte=since,
            invitation__appointment__site__in=sites_of_staff(user),
        )
        .select_related("invitation__appointment__site")
        .order_by("-answered_at")
    )


def invited_since(user: User, *, since: datetime) -> int:
    """How many were asked, at the same sites."""
    return SurveyInvitation.objects.filter(
        planned_at__gte=since, appointment__site__in=sites_of_staff(user)
    ).count()

"""Asking how it was, and the answers."""

import secrets

from django.db import models
from django.db.models import Q

from messaging.models import Message
from scheduling.models import Appointment


def new_token() -> str:
    """An unguessable name for a survey link: 128 bits."""
    return secrets.token_urlsafe(16)


class SurveyInvitation(models.Model):
    """One visit's survey. The token opens it and shows nothing private."""

    appointment = models.OneToOneField(
        Appointment, on_delete=models.PROTECT, related_name="survey_invitation"
    )
    token = models.CharField(max_length=32, unique=True, default=new_token)
    message = models.OneToOneField(
        Message, null=True, on_delete=models.PROTECT, related_name="survey_invitation"
    )
    planned_at = models.DateTimeField()
    closes_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"survey for appointment {self.appointment_id}"


class SurveyResponse(models.Model):
    """One person's answers. ``overall`` is 1 (very good) to 5 (very poor), 6 is "don't know":
    the NHS Friends and Family Test's codes.
    """

    invitation = models.OneToOneField(
        SurveyInvitation, on_delete=models.PROTECT, related_name="response"
    )
    overall = models.PositiveSmallIntegerField()
    waiting = models.PositiveSmallIntegerField(null=True, blank=True)
    comment = models.TextField(blank=True)
    answered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(overall__gte=1, overall__lte=6), name="response_overall_scale"
            ),
            models.CheckConstraint(
                condition=Q(waiting__isnull=True) | Q(waiting__gte=1, waiting__lte=5),
                name="response_waiting_scale",
            ),
        ]
        indexes = [
            # The dashboard: answers of a period.
            models.Index(fields=["answered_at"], name="response_answered"),
        ]

    def __str__(self) -> str:
        return f"response to survey {self.invitation_id}"

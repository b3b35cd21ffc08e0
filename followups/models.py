"""What was said in a visit, what to do next, and when to come again."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from messaging.models import Message
from scheduling.models import Appointment, VisitType


class VisitSummary(models.Model):
    """The clinician's words to the patient, seen once released.

    ``next_in_weeks`` with ``next_visit_type`` proposes the next visit.
    """

    appointment = models.OneToOneField(
        Appointment, on_delete=models.PROTECT, related_name="summary"
    )
    said = models.TextField()
    next_steps = models.TextField()
    next_visit_type = models.ForeignKey(
        VisitType, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    next_in_weeks = models.PositiveSmallIntegerField(null=True, blank=True)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(next_visit_type__isnull=True, next_in_weeks__isnull=True)
                # NULL >= 1 is unknown, and what is unknown passes a check.
                | Q(
                    next_visit_type__isnull=False,
                    next_in_weeks__isnull=False,
                    next_in_weeks__gte=1,
                ),
                name="summary_next_visit_whole",
            )
        ]
        indexes = [
            # The planner: what was released lately.
            models.Index(
                fields=["released_at"],
                name="summary_released",
                condition=Q(released_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"summary of appointment {self.appointment_id}"


class FollowUp(models.Model):
    """The message that told the patient their summary is there; once for each visit."""

    summary = models.OneToOneField(VisitSummary, on_delete=models.PROTECT, related_name="follow_up")
    message = models.OneToOneField(
        Message, null=True, on_delete=models.PROTECT, related_name="follow_up"
    )
    planned_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"follow-up for summary {self.summary_id}"

"""The worklist: what a person on the staff has to say or do. A human is a channel too."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from messaging.models.messages import Message
from people.models import Person


class Task(models.Model):
    """One thing for a member of staff to do, once (``key``).

    ``kind`` says what; staff read it in their language (``contactcenter.words``). ``detail`` is
    what a patient wrote.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        DONE = "done", _("Done")
        DROPPED = "dropped", _("Not needed any more")

    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=40)
    detail = models.TextField(blank=True)
    role = models.CharField(max_length=20, default="agent", help_text="Whose work it is.")
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="tasks"
    )
    message = models.ForeignKey(
        Message, null=True, blank=True, on_delete=models.PROTECT, related_name="tasks"
    )
    about = models.CharField(max_length=30, blank=True)
    about_id = models.BigIntegerField(null=True, blank=True)
    status = models.CharField(max_length=8, default=Status.OPEN, choices=Status.choices)
    due_at = models.DateTimeField()
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["open", "done", "dropped"]), name="task_status_known"
            )
        ]
        indexes = [
            # The worklist of a role, most urgent first.
            models.Index(fields=["role", "due_at"], name="task_open", condition=Q(status="open")),
        ]

    def __str__(self) -> str:
        return f"task {self.pk}"


class TaskAttempt(models.Model):
    """One try by a member of staff: reached, left word, no answer."""

    class Outcome(models.TextChoices):
        REACHED = "reached", _("Reached")
        NO_ANSWER = "no_answer", _("No answer")
        LEFT_WORD = "left_word", _("Left a message")

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="attempts")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="task_attempts"
    )
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    note = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=["reached", "no_answer", "left_word"]),
                name="task_attempt_outcome_known",
            )
        ]

    def __str__(self) -> str:
        return f"{self.outcome} for task {self.task_id}"

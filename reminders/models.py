"""When to remind, and which reminders were planned."""

from django.db import models
from django.db.models import Q

from messaging.models import Message
from scheduling.models import Appointment, VisitType


class ReminderRule(models.Model):
    """Remind so many minutes before a visit. No visit type means every kind of visit."""

    name = models.SlugField(unique=True)
    minutes_before = models.PositiveIntegerField()
    asks_to_confirm = models.BooleanField(default=False)
    visit_type = models.ForeignKey(
        VisitType, null=True, blank=True, on_delete=models.CASCADE, related_name="reminder_rules"
    )
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(minutes_before__gt=0), name="reminder_is_before")
        ]

    def __str__(self) -> str:
        return self.name


class Reminder(models.Model):
    """One planned reminder of one version of a visit."""

    appointment = models.ForeignKey(Appointment, on_delete=models.CASCADE, related_name="reminders")
    version = models.PositiveIntegerField()
    rule = models.ForeignKey(ReminderRule, on_delete=models.PROTECT, related_name="reminders")
    message = models.OneToOneField(
        Message, null=True, on_delete=models.PROTECT, related_name="reminder"
    )
    planned_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["appointment", "version", "rule"], name="reminder_once_per_version"
            )
        ]

    def __str__(self) -> str:
        return f"reminder {self.rule_id} of appointment {self.appointment_id} v{self.version}"

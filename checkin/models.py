"""A patient's arrival: who checked them in and what was verified."""

from django.conf import settings
from django.db import models

from scheduling.models import Appointment


class Arrival(models.Model):
    """One patient at the desk for one visit."""

    appointment = models.OneToOneField(
        Appointment, on_delete=models.PROTECT, related_name="arrival"
    )
    arrived_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True, blank=True)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    identity_verified = models.BooleanField(default=False)
    contact_verified = models.BooleanField(default=False)
    called_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(verified_at__isnull=True)
                | models.Q(identity_verified=True, contact_verified=True),
                name="arrival_verified_means_both",
            )
        ]

    def __str__(self) -> str:
        return f"arrival for appointment {self.appointment_id}"

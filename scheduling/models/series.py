"""Visits that belong together: ten of physiotherapy, one after another."""

import uuid

from django.conf import settings
from django.db import models

from people.models import Person
from scheduling.models.visit_types import VisitType


class Series(models.Model):
    """Visits of one kind that a person booked in one go. Each of them is an ordinary visit."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="series")
    visit_type = models.ForeignKey(VisitType, on_delete=models.PROTECT, related_name="series")
    booked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "series"

    def __str__(self) -> str:
        return f"series {self.pk}"

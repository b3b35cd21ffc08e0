"""Private addresses that a calendar may ask for visits."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class CalendarFeed(models.Model):
    """An address with a secret in it, until ``revoked_at``.

    Only a keyed hash of the secret is kept; the owner sees it once. ``language`` is the one that
    was spoken when it was made: a calendar asks in none.
    """

    class Of(models.TextChoices):
        PATIENT = "patient", _("The visits of the people they act for")
        CLINICIAN = "clinician", _("A clinician's own visits")

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_feeds"
    )
    of = models.CharField(max_length=12, choices=Of.choices)
    token_hash = models.CharField(max_length=64, unique=True)
    language = models.CharField(max_length=10)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(of__in=["patient", "clinician"]), name="feed_known"),
            # A new address replaces the old one.
            models.UniqueConstraint(
                fields=["owner", "of"],
                condition=Q(revoked_at__isnull=True),
                name="one_feed_of_each_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"calendar feed {self.pk}"

"""The words of messages, and the addresses that asked for none."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from messaging.models.messages import Channel


class MessageTemplate(models.Model):
    """One published wording. The highest version wins; the files shipped are version 0."""

    kind = models.CharField(max_length=40)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    language = models.CharField(max_length=10)
    version = models.PositiveIntegerField()
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField()
    published_at = models.DateTimeField(null=True, blank=True)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "channel", "language", "version"], name="template_version_once"
            ),
            models.CheckConstraint(condition=Q(version__gte=1), name="template_version_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}/{self.language}.{self.channel} v{self.version}"


class OptOut(models.Model):
    """An address that asked us to stop on one channel, until it asks us to start again."""

    channel = models.CharField(max_length=8, choices=Channel.choices)
    address = models.CharField(max_length=254)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "address"],
                condition=Q(until__isnull=True),
                name="opt_out_open_once",
            )
        ]

    def __str__(self) -> str:
        return f"opt-out {self.pk}"

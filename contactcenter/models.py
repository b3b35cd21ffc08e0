"""What patients say to us: every text that came in, and what became of it."""

from django.db import models


class InboundMessage(models.Model):
    """One text from a phone. ``interpreted_by`` names the interpreter that understood it."""

    provider_sid = models.CharField(max_length=64, unique=True)
    from_number = models.CharField(max_length=20)
    to_number = models.CharField(max_length=20)
    body = models.TextField(blank=True)
    received_at = models.DateTimeField()
    interpreted_by = models.CharField(max_length=80, blank=True)
    interpreted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["from_number", "-received_at"], name="inbound_from_number")]

    def __str__(self) -> str:
        return f"inbound message {self.pk}"

"""The outbox: each message, each try to send it, and each receipt for it."""

import uuid

from django.db import models
from django.db.models import Q

from messaging.transitions import State
from people.models import Person


class Channel(models.TextChoices):
    SMS = "sms"
    EMAIL = "email"
    VOICE = "voice"


class Message(models.Model):
    """Something to be said to one address, once.

    ``key`` is what makes it once: planning the same thing again meets the unique constraint.
    ``about`` and ``about_id`` name the row of a stage above ("appointment", 17) and
    ``about_version`` the version of it that the words are true for. ``facts`` are what the
    template needs beyond that row. ``lease_until`` is by the database's clock.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=40)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    address = models.CharField(max_length=254)
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="messages"
    )
    language = models.CharField(max_length=10, default="en")
    about = models.CharField(max_length=30, blank=True)
    about_id = models.BigIntegerField(null=True, blank=True)
    about_version = models.PositiveIntegerField(null=True, blank=True)
    facts = models.JSONField(default=dict, blank=True)

    state = models.CharField(max_length=12, default=State.SCHEDULED, choices=State.choices)
    reason = models.CharField(max_length=60, blank=True, help_text="Why it was not sent.")
    priority = models.PositiveSmallIntegerField(default=5, help_text="0 is first.")
    due_at = models.DateTimeField()
    useful_until = models.DateTimeField(null=True, blank=True)
    claimed_by = models.CharField(max_length=60, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    provider_sid = models.CharField(max_length=64, blank=True)
    error_code = models.CharField(max_length=20, blank=True)
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField(blank=True, help_text="The words as sent.")
    created_at = models.DateTimeField()
    state_since = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="message_state_known"),
            models.CheckConstraint(
                condition=Q(channel__in=Channel.values), name="message_channel_known"
            ),
            models.CheckConstraint(
                condition=~Q(state="suppressed") | ~Q(reason=""), name="message_suppressed_why"
            ),
            models.UniqueConstraint(
                fields=["provider_sid"],
                condition=~Q(provider_sid=""),
                name="message_provider_sid_once",
            ),
        ]
        indexes = [
            # The tick: what has come due.
            models.Index(
                fields=["due_at"], name="message_scheduled", condition=Q(state="scheduled")
            ),
            # The claim: what waits, in order.
            models.Index(
                fields=["priority", "due_at"],
                name="message_pending",
                condition=Q(state="pending"),
            ),
            # The sweeper and the reconciler: what may be stuck.
            models.Index(
                fields=["lease_until"],
                name="message_leased",
                condition=Q(state__in=["claimed", "sending", "unknown"]),
            ),
            # The thread a person is answering: what we last said to an address.
            models.Index(fields=["address", "-state_since"], name="message_to_address"),
            # The history of a visit.
            models.Index(fields=["about", "about_id"], name="message_about"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.channel} {self.pk}"


class Attempt(models.Model):
    """One try to hand a message to the provider, committed before the provider is asked."""

    class Outcome(models.TextChoices):
        OPEN = "open"  # asked, and no answer known yet
        ACCEPTED = "accepted"
        NOT_PROCESSED = "not_processed"  # provably not taken; safe to try again
        REFUSED = "refused"  # permanently
        UNKNOWN = "unknown"

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=14, default=Outcome.OPEN, choices=Outcome.choices)
    provider_sid = models.CharField(max_length=64, blank=True)
    error_code = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "number"], name="attempt_number_once"),
            models.CheckConstraint(
                condition=Q(
                    outcome__in=["open", "accepted", "not_processed", "refused", "unknown"]
                ),
                name="attempt_outcome_known",
            ),
        ]

    def __str__(self) -> str:
        return f"attempt {self.number} of message {self.message_id}"


class Receipt(models.Model):
    """One status the provider reported. Repeats and disorder are normal."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="receipts")
    provider_sid = models.CharField(max_length=64)
    status = models.CharField(max_length=20)
    error_code = models.CharField(max_length=20, blank=True)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider_sid", "status"], name="receipt_once")
        ]

    def __str__(self) -> str:
        return f"{self.status} for message {self.message_id}"

"""The people who are cared for, how to reach them, and what they allow."""

import uuid
from datetime import time

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.utils.translation import gettext_lazy as _

from people.models.searching import PlainNames
from people.rules.names import display_name


class Person(models.Model):
    """A patient. Accounts act for persons; a person need not have an account."""

    class Channel(models.TextChoices):
        SMS = "sms", _("Text message")
        EMAIL = "email", _("E-mail")
        VOICE = "voice", _("Phone call")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    given_name = models.CharField(max_length=100)
    family_name = models.CharField(max_length=100)
    chosen_name = models.CharField(max_length=100, blank=True)
    born_on = models.DateField()
    language = models.CharField(max_length=10, default="en", choices=settings.LANGUAGES)
    time_zone = models.CharField(max_length=64, default="America/New_York")
    preferred_channel = models.CharField(
        max_length=10, choices=Channel.choices, default=Channel.SMS
    )
    quiet_from = models.TimeField(default=time(21, 0))
    quiet_until = models.TimeField(default=time(8, 0))
    do_not_contact = models.BooleanField(default=False)
    deceased_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(preferred_channel__in=["sms", "email", "voice"]),
                name="person_preferred_channel_known",
            )
        ]
        indexes = [
            # The desk's search by name and date of birth.
            models.Index(fields=["family_name", "born_on"], name="person_by_name"),
            models.Index(fields=["born_on"], name="person_by_birth"),
            # Any part of a name, from its beginning, however it is accented.
            GinIndex(
                OpClass(PlainNames("given_name", "chosen_name", "family_name"), "gin_trgm_ops"),
                name="person_by_names",
            ),
        ]

    def __str__(self) -> str:
        return f"person {self.pk}"

    @property
    def called(self) -> str:
        """The name to greet the person by: the chosen one, when there is one."""
        return self.chosen_name or self.given_name

    @property
    def full_name(self) -> str:
        """How the person is shown: with the chosen name, when there is one."""
        return display_name(self.given_name, self.family_name, self.chosen_name)

    @property
    def legal_name(self) -> str:
        """As on a card or a passport, to tell who somebody is."""
        return display_name(self.given_name, self.family_name)


class ContactPoint(models.Model):
    """An address of one kind: a number in E.164, or an e-mail in lower case."""

    class Kind(models.TextChoices):
        PHONE = "phone", _("Phone")
        EMAIL = "email", _("E-mail")

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="contact_points")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    value = models.CharField(max_length=254)
    verified_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "kind", "value"], name="contact_point_once_per_person"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["phone", "email"]), name="contact_point_kind_known"
            ),
        ]
        indexes = [
            # Inbound messages: who writes from this number?
            models.Index(fields=["value"], name="contact_point_by_value"),
            # The desk's search by some digits of a number.
            GinIndex(
                OpClass("value", "gin_trgm_ops"),
                name="contact_point_by_part",
                condition=models.Q(kind="phone"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of person {self.person_id}"


class Consent(models.Model):
    """What a person said about one purpose. The newest row is the answer."""

    class Purpose(models.TextChoices):
        CARE = "care", _("About my visits")
        FEEDBACK = "feedback", _("Questions about how it was")

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    granted = models.BooleanField()
    said_at = models.DateTimeField()
    how = models.CharField(max_length=100, help_text=_("Where it was said, such as 'booking'."))

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(purpose__in=["care", "feedback"]), name="consent_purpose_known"
            )
        ]
        indexes = [
            # The check before each message: the newest word on a purpose.
            models.Index(fields=["person", "purpose", "-said_at"], name="consent_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} of person {self.person_id}: {self.granted}"

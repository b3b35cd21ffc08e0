"""Who may act for whom, the codes that prove an address, and the trail that is left."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from people.models.persons import Person
from people.models.users import User


class ActsFor(models.Model):
    """An account may act for a person (FHIR: RelatedPerson). A patient acts for themself."""

    class Relationship(models.TextChoices):
        SELF = "self", _("Me")
        CHILD = "child", _("My child")
        RELATIVE = "relative", _("Someone in my family")
        CLIENT = "client", _("Someone I care for")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="acts_for")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="acted_for_by")
    relationship = models.CharField(max_length=20, choices=Relationship.choices)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "person"], name="acts_for_once"),
            models.CheckConstraint(
                condition=models.Q(relationship__in=["self", "child", "relative", "client"]),
                name="acts_for_relationship_known",
            ),
        ]

    def __str__(self) -> str:
        return f"user {self.user_id} acts for person {self.person_id}"


class OneTimeCode(models.Model):
    """A six-digit code on its way to an address, good for one browser and a short while.

    Only keyed hashes are kept: of the code, and of the secret that binds it to the browser that
    asked for it.
    """

    address = models.CharField(max_length=254)
    code_hash = models.CharField(max_length=64)
    browser_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    wrong_tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            # Rate limit and check: the newest codes for an address.
            models.Index(fields=["address", "-created_at"], name="code_newest_for_address"),
            models.Index(fields=["browser_hash", "-created_at"], name="code_newest_for_browser"),
        ]

    def __str__(self) -> str:
        return f"one-time code {self.pk}"


class AuditEntry(models.Model):
    """One read or write of a patient's record. Appended, never changed."""

    at = models.DateTimeField()
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=80, blank=True)
    request_id = models.CharField(max_length=36, blank=True)

    class Meta:
        indexes = [models.Index(fields=["person", "-at"], name="audit_of_person")]

    def __str__(self) -> str:
        return f"{self.action} at {self.at:%Y-%m-%d %H:%M}"

"""How a person pays for their care."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from people.models.persons import Person


class Coverage(models.Model):
    """What a person said about paying, from ``since`` until the day ``until`` (FHIR: Coverage).

    Without a current row we do not know. ``plan`` is the short name of a plan that the clinic
    takes (``scheduling.Plan``), empty for another plan, whose name is ``plan_name``.
    ``subscriber_id`` is what stands on the card.
    """

    class Kind(models.TextChoices):
        INSURANCE = "insurance", _("Insurance")
        SELF_PAY = "self_pay", _("I pay myself")

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="coverages")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    plan = models.SlugField(blank=True)
    plan_name = models.CharField(max_length=100, blank=True)
    subscriber_id = models.CharField(max_length=40, blank=True)
    since = models.DateField()
    until = models.DateField(null=True, blank=True)
    said_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["insurance", "self_pay"]), name="coverage_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
                name="coverage_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(kind="insurance") | Q(plan="", plan_name="", subscriber_id=""),
                name="coverage_of_oneself_has_no_plan",
            ),
            models.UniqueConstraint(
                fields=["person"], condition=Q(until__isnull=True), name="coverage_current_once"
            ),
        ]
        indexes = [
            # Price estimates: whose visits need one.
            models.Index(
                fields=["person"],
                name="coverage_self_pay",
                condition=Q(kind="self_pay", until__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} of person {self.person_id}"

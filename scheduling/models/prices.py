"""What plans change about a price, and the estimates given to those who pay themselves."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from scheduling.models.appointments import Appointment


class Plan(models.Model):
    """An insurance plan that the clinic takes, and what its members usually pay.

    Either ``copay`` in cents or ``share``, percent of the price; nothing for visits of the types
    ``in_full`` (short names). ``people.Coverage`` names a plan by its ``slug``.
    """

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=100)
    copay = models.PositiveIntegerField(null=True, blank=True)
    share = models.PositiveSmallIntegerField(null=True, blank=True)
    in_full = models.JSONField(default=list, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "slug"]
        constraints = [
            models.CheckConstraint(
                condition=Q(copay__isnull=False, share__isnull=True)
                | Q(copay__isnull=True, share__isnull=False),
                name="plan_copay_or_share",
            ),
            models.CheckConstraint(
                condition=Q(share__isnull=True) | Q(share__lte=100), name="plan_share_of_a_whole"
            ),
        ]

    def __str__(self) -> str:
        return self.slug


class Estimate(models.Model):
    """A good faith estimate for one version of a visit: when it is due, and what was given.

    Without ``due_on`` none is due: the visit was booked too shortly before. ``content`` is what
    the estimate said when it was given (``scheduling.prices.selectors.estimates``).
    """

    appointment = models.ForeignKey(Appointment, on_delete=models.CASCADE, related_name="estimates")
    version = models.PositiveIntegerField()
    due_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField()
    requested_at = models.DateTimeField(null=True, blank=True)
    given_at = models.DateTimeField(null=True, blank=True)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    content = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["appointment", "version"], name="estimate_once_per_version"
            ),
            models.CheckConstraint(
                condition=Q(given_at__isnull=True, given_by__isnull=True, content={})
                | (Q(given_at__isnull=False, given_by__isnull=False) & ~Q(content={})),
                name="estimate_given_whole",
            ),
            models.CheckConstraint(
                condition=Q(requested_at__isnull=True) | Q(due_on__isnull=False),
                name="estimate_requested_is_due",
            ),
        ]
        indexes = [
            # The desk: which are due, soonest first.
            models.Index(
                fields=["due_on"],
                name="estimate_to_give",
                condition=Q(given_at__isnull=True, due_on__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"estimate for appointment {self.appointment_id} v{self.version}"

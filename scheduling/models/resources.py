"""What a visit takes: clinicians, rooms, devices; and the rows that say when they are taken."""

import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from scheduling.models.places import Department, Site
from scheduling.models.visit_types import VisitType


class Resource(models.Model):
    """Anything that can be taken. ``capacity`` is how many may take it at once.

    Rooms and devices stand at a ``site`` and belong to a ``category`` that visit types need. A
    group session is held by ``leader``, whose own time its hours take.
    """

    class Kind(models.TextChoices):
        CLINICIAN = "clinician", _("Clinician")
        ROOM = "room", _("Room")
        DEVICE = "device", _("Device")
        SESSION = "session", _("Group session")

    slug = models.SlugField(unique=True)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    capacity = models.PositiveSmallIntegerField(default=1)
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.PROTECT, related_name="resources"
    )
    category = models.SlugField(blank=True)
    names = models.JSONField(default=dict, blank=True)
    leader = models.ForeignKey(
        "scheduling.Clinician",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="sessions",
    )
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["clinician", "room", "device", "session"]),
                name="resource_kind_known",
            ),
            models.CheckConstraint(condition=Q(capacity__gte=1), name="resource_capacity"),
            models.CheckConstraint(
                condition=~Q(kind="session") | Q(leader__isnull=False), name="session_has_leader"
            ),
        ]
        indexes = [
            # Which rooms and devices of a category a site has.
            models.Index(
                fields=["site", "category"],
                name="resource_of_category",
                condition=Q(active=True, kind__in=["room", "device"]),
            ),
        ]

    def __str__(self) -> str:
        return self.slug


class Clinician(models.Model):
    """A person who sees patients. ``resource`` is their time."""

    class Gender(models.TextChoices):
        FEMALE = "female", _("Female")
        MALE = "male", _("Male")
        NONBINARY = "nonbinary", _("Nonbinary")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    resource = models.OneToOneField(Resource, on_delete=models.PROTECT, related_name="clinician")
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="clinician",
    )
    name = models.CharField(max_length=200)
    titles = models.JSONField(default=dict, blank=True)
    languages = models.JSONField(default=list, blank=True)
    gender = models.CharField(max_length=12, blank=True, choices=Gender.choices)
    departments = models.ManyToManyField(Department, related_name="clinicians", blank=True)
    visit_types = models.ManyToManyField(VisitType, related_name="clinicians", blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(gender__in=["", "female", "male", "nonbinary"]),
                name="clinician_gender_known",
            )
        ]

    def __str__(self) -> str:
        return self.name


class AllocationQuerySet(QuerySet["Allocation"]):
    def expired(self, *, now: Any) -> "AllocationQuerySet":
        """Holds whose time is over but whose rows still stand in the way."""
        return self.filter(active=True, expires_at__lte=now)


class Allocation(models.Model):
    """One resource taken for a while, buffers included. ``site`` is where that takes place.

    The exclusion constraint is what makes a double booking impossible: no two active rows of
    one resource and unit overlap, unless somebody with the permission chose to overbook.
    """

    class Kind(models.TextChoices):
        HOLD = "hold", _("Hold")
        BOOKING = "booking", _("Booking")
        BLOCK = "block", _("Block")

    resource = models.ForeignKey(
        Resource, on_delete=models.PROTECT, related_name="allocations", db_index=False
    )
    during = DateTimeRangeField()
    unit = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    active = models.BooleanField(default=True)
    overbook = models.BooleanField(default=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    hold = models.ForeignKey(
        "scheduling.Hold",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="allocations",
    )
    appointment = models.ForeignKey(
        "scheduling.Appointment",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="allocations",
    )
    # No index of their own: they are read along with a resource's rows.
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    visit_type = models.ForeignKey(
        VisitType, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    reason = models.CharField(max_length=200, blank=True)
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )

    objects = AllocationQuerySet.as_manager()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="allocation_never_overlaps",
                index_type="GIST",
                expressions=[
                    ("resource", RangeOperators.EQUAL),
                    ("unit", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
                condition=Q(active=True, overbook=False),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["hold", "booking", "block"]), name="allocation_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(kind="hold", hold__isnull=False, expires_at__isnull=False)
                | Q(kind="booking", appointment__isnull=False, expires_at__isnull=True)
                | Q(kind="block"),
                name="allocation_belongs",
            ),
            # The search for free times looks back no further (``availability.selectors.busy``).
            models.CheckConstraint(
                condition=Q(during__endswith__lte=F("during__startswith") + timedelta(hours=24)),
                name="allocation_within_a_day",
            ),
        ]
        indexes = [
            # Free times: the busy intervals of some resources within a window.
            models.Index(
                "resource",
                Func("during", function="lower"),
                name="allocation_busy",
                condition=Q(active=True),
            ),
            # The sweeper of expired holds.
            models.Index(
                fields=["expires_at"],
                name="allocation_expiring",
                condition=Q(active=True, kind="hold"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

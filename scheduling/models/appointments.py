"""Appointments, their history, holds, and answers kept for repeated requests."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from people.models import Person
from scheduling.models.places import Site
from scheduling.models.resources import Clinician
from scheduling.models.series import Series
from scheduling.models.visit_types import Mode, VisitType
from scheduling.transitions import Status


class Standing(models.TextChoices):
    """Whether a patient has been here. Some times are kept for those who have, or have not."""

    NEW = "new", _("New patient")
    RETURNING = "returning", _("Has been here before")


class Hold(models.Model):
    """A time kept for one browser or agent for a few minutes, while they decide.

    ``standing`` is what they said of themselves; booking looks whether it is true.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    holder = models.CharField(max_length=64, help_text="Keyed hash of the browser's secret.")
    visit_type = models.ForeignKey(VisitType, on_delete=models.CASCADE, related_name="holds")
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="holds")
    clinician = models.ForeignKey(Clinician, on_delete=models.CASCADE, related_name="holds")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    mode = models.CharField(max_length=12, default=Mode.IN_PERSON, choices=Mode.choices)
    standing = models.CharField(max_length=12, blank=True, choices=Standing.choices)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(mode__in=Mode.values), name="hold_mode_known"),
            models.CheckConstraint(
                condition=Q(standing__in=["", *Standing.values]), name="hold_standing_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["holder"], name="hold_of_browser", condition=Q(released_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"hold {self.pk}"


class Appointment(models.Model):
    """A visit that was booked.

    The wall time (``local_date``, ``local_time``) and ``time_zone`` are what was promised;
    ``starts_at`` is the instant derived from them. ``version`` is raised when the time, place
    or clinician changes, and is part of every key that later stages use. ``status`` is changed
    only by ``scheduling.booking.services.lifecycle``.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # Found by the indexes below, which begin with them: one each, for every write pays for each.
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="appointments", db_index=False
    )
    visit_type = models.ForeignKey(VisitType, on_delete=models.PROTECT, related_name="appointments")
    site = models.ForeignKey(
        Site, on_delete=models.PROTECT, related_name="appointments", db_index=False
    )
    clinician = models.ForeignKey(
        Clinician, on_delete=models.PROTECT, related_name="appointments", db_index=False
    )
    status = models.CharField(max_length=12, default=Status.BOOKED, choices=Status.choices)
    local_date = models.DateField()
    local_time = models.TimeField()
    time_zone = models.CharField(max_length=64)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    mode = models.CharField(max_length=12, default=Mode.IN_PERSON, choices=Mode.choices)
    version = models.PositiveIntegerField(default=1)
    price_low = models.PositiveIntegerField()
    price_high = models.PositiveIntegerField()
    booked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField()
    status_since = models.DateTimeField()
    series = models.ForeignKey(
        Series,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="appointments",
        db_index=False,
    )

    # Whether it cannot take place, as ``with_called_off`` has found out.
    called_off = False

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=Status.values), name="appointment_status_known"
            ),
            models.CheckConstraint(
                condition=Q(mode__in=Mode.values), name="appointment_mode_known"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="appointment_takes_time"
            ),
        ]
        indexes = [
            # The arrivals board and the day at a site.
            models.Index(fields=["site", "local_date"], name="appointment_site_day"),
            # A clinician's day.
            models.Index(fields=["clinician", "local_date"], name="appointment_clinician_day"),
            # The portal: a person's visits, newest first.
            models.Index(fields=["person", "-starts_at"], name="appointment_of_person"),
            # The page of a series, and "3 of 10". Few visits belong to one.
            models.Index(
                fields=["series", "starts_at"],
                name="appointment_of_series",
                condition=Q(series__isnull=False),
            ),
            # The reminder planner: what is coming up.
            models.Index(
                fields=["starts_at"],
                name="appointment_upcoming",
                condition=Q(status__in=["booked", "confirmed"]),
            ),
            # The follow-up and survey planners: what was completed lately.
            models.Index(
                fields=["status_since"],
                name="appointment_completed",
                condition=Q(status="completed"),
            ),
        ]

    def __str__(self) -> str:
        return f"appointment {self.pk}"


class AppointmentEvent(models.Model):
    """What happened to an appointment: who, from what, to what, when and why. Appended only.

    ``from_starts_at``, ``from_site``, ``from_clinician`` and ``from_mode`` are where a visit that
    was moved was before. ``late`` is a cancellation after patients can do it by themselves.
    """

    class Kind(models.TextChoices):
        BOOKED = "booked"
        MOVED = "moved"
        STATUS = "status"
        UNDONE = "undone"

    appointment = models.ForeignKey(
        Appointment, on_delete=models.CASCADE, related_name="events", db_index=False
    )
    kind = models.CharField(max_length=8, choices=Kind.choices)
    from_status = models.CharField(max_length=12, blank=True)
    to_status = models.CharField(max_length=12, choices=Status.choices)
    version = models.PositiveIntegerField()
    starts_at = models.DateTimeField(help_text="The visit's start after this event.")
    at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(max_length=200, blank=True)
    from_starts_at = models.DateTimeField(null=True, blank=True)
    from_site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    from_clinician = models.ForeignKey(
        Clinician, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    from_mode = models.CharField(max_length=12, blank=True, choices=Mode.choices)
    late = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["booked", "moved", "status", "undone"]),
                name="event_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(from_mode__in=["", *Mode.values]), name="event_from_mode_valid"
            ),
            models.CheckConstraint(
                condition=Q(to_status__in=Status.values), name="event_status_known"
            ),
        ]
        indexes = [
            models.Index(fields=["appointment", "at"], name="event_of_appointment"),
            # The waitlist: which times became free lately.
            models.Index(
                fields=["at"],
                name="event_frees_a_time",
                condition=Q(kind="moved") | Q(to_status="canceled"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of appointment {self.appointment_id}"


class IdempotencyRecord(models.Model):
    """What a request with this key led to, so that a repeat gets the same answer.

    ``scope`` is who asked (an account); ``fingerprint`` is a hash of what was asked, so that a
    key reused for something else is refused.
    """

    scope = models.CharField(max_length=64)
    key = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64)
    appointment = models.ForeignKey(
        Appointment, on_delete=models.CASCADE, related_name="idempotency_records"
    )
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scope", "key"], name="idempotency_key_once")
        ]

    def __str__(self) -> str:
        return f"idempotency record {self.pk}"

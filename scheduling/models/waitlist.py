"""Who waits for a time, or for a sooner one, and the times they are offered."""

import secrets
import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from people.models import Person
from scheduling.models.appointments import Appointment, Hold, Standing
from scheduling.models.places import Site
from scheduling.models.resources import Clinician, Resource
from scheduling.models.visit_types import Mode, VisitType, in_person_only


def new_token() -> str:
    """An unguessable name for an offer's link: 128 bits."""
    return secrets.token_urlsafe(16)


class WaitlistEntry(models.Model):
    """Somebody waits for one kind of visit. ``until`` is when that ended, and ``closed`` why.

    ``weekdays`` (0 for Monday) and ``parts`` of the day, on the site's clock, empty mean any.
    ``notice_hours`` is how long ahead they must know. ``priority`` is clinical, 0 to 2, and set
    by staff. ``replaces`` is the visit that they would give up for a sooner one.
    """

    class Closed(models.TextChoices):
        ACCEPTED = "accepted", _("Has a time")
        LEFT = "left", _("Does not want to wait any more")
        OVER = "over", _("The days are over")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="waitlist_entries")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    visit_type = models.ForeignKey(
        VisitType, on_delete=models.PROTECT, related_name="waitlist_entries"
    )
    sites = models.ManyToManyField(Site, related_name="waitlist_entries")
    clinician = models.ForeignKey(
        Clinician, null=True, blank=True, on_delete=models.PROTECT, related_name="waitlist_entries"
    )
    modes = ArrayField(models.CharField(max_length=12), default=in_person_only)
    earliest = models.DateField()
    latest = models.DateField()
    weekdays = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    parts = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    notice_hours = models.PositiveSmallIntegerField(default=24)
    priority = models.PositiveSmallIntegerField(default=0)
    replaces = models.ForeignKey(
        Appointment,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="waitlist_entries",
    )
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    closed = models.CharField(max_length=12, blank=True, choices=Closed.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "visit_type"],
                condition=Q(until__isnull=True),
                name="waits_once_for_a_kind_of_visit",
            ),
            models.CheckConstraint(
                condition=Q(latest__gte=F("earliest")), name="waits_for_some_days"
            ),
            models.CheckConstraint(condition=Q(priority__lte=2), name="waitlist_priority"),
            models.CheckConstraint(
                condition=Q(closed__in=["", "accepted", "left", "over"]),
                name="waitlist_closed_known",
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True, closed="") | Q(until__isnull=False) & ~Q(closed=""),
                name="waitlist_closed_whole",
            ),
        ]
        indexes = [
            # Who is asked about a free time, and whose days are over.
            models.Index(
                fields=["visit_type", "latest"],
                name="waitlist_open",
                condition=Q(until__isnull=True),
            ),
            # The portal: what a person waits for.
            models.Index(fields=["person", "-since"], name="waitlist_of_person"),
        ]

    def __str__(self) -> str:
        return f"waitlist entry {self.pk}"


class WaitlistOffer(models.Model):
    """A time kept for one person who waits, until ``expires_at``. The hold is what keeps it.

    ``token`` names the offer in the link that is sent, and shows nothing private. ``appointment``
    is the visit that an accepted offer became.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Waiting for an answer")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")
        EXPIRED = "expired", _("No answer in time")
        LOST = "lost", _("Somebody else has it")

    entry = models.ForeignKey(WaitlistEntry, on_delete=models.PROTECT, related_name="offers")
    token = models.CharField(max_length=32, unique=True, default=new_token, editable=False)
    hold = models.OneToOneField(Hold, on_delete=models.PROTECT, related_name="offer")
    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    clinician = models.ForeignKey(Clinician, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    mode = models.CharField(max_length=12, choices=Mode.choices)
    standing = models.CharField(max_length=12, choices=Standing.choices)
    offered_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=12, default=State.OPEN, choices=State.choices)
    answered_at = models.DateTimeField(null=True, blank=True)
    appointment = models.ForeignKey(
        Appointment, null=True, blank=True, on_delete=models.PROTECT, related_name="offers"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["resource", "starts_at"],
                condition=Q(state="open"),
                name="one_open_offer_for_a_time",
            ),
            models.UniqueConstraint(
                fields=["entry"], condition=Q(state="open"), name="one_open_offer_for_an_entry"
            ),
            # Nobody is asked twice about one time.
            models.UniqueConstraint(
                fields=["entry", "resource", "starts_at"], name="offered_a_time_once"
            ),
            models.CheckConstraint(condition=Q(mode__in=Mode.values), name="offer_mode_known"),
            models.CheckConstraint(
                condition=Q(standing__in=Standing.values), name="offer_standing_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "accepted", "declined", "expired", "lost"]),
                name="offer_state_known",
            ),
            models.CheckConstraint(
                condition=Q(state="open", answered_at__isnull=True)
                | ~Q(state="open") & Q(answered_at__isnull=False),
                name="offer_answered_whole",
            ),
            models.CheckConstraint(
                condition=Q(state="accepted", appointment__isnull=False)
                | ~Q(state="accepted") & Q(appointment__isnull=True),
                name="offer_became_a_visit",
            ),
        ]
        indexes = [
            # The sweeper of offers that nobody answered.
            models.Index(fields=["expires_at"], name="offer_expiring", condition=Q(state="open")),
        ]

    @property
    def time_zone(self) -> str:
        """The zone in which its time is told, as a visit has one."""
        return self.site.time_zone

    def __str__(self) -> str:
        return f"waitlist offer {self.pk}"

"""The kinds of visit patients can book."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Mode(models.TextChoices):
    """How patient and clinician meet."""

    IN_PERSON = "in_person", _("In person")
    VIDEO = "video", _("Video")


def in_person_only() -> list[str]:
    return [Mode.IN_PERSON]


class VisitType(models.Model):
    """A kind of visit: how long it takes, what it costs, how to prepare.

    ``names``, ``descriptions`` and ``preparations`` map language codes to plain words. Lengths
    are minutes; prices are in the currency's smallest unit (cents), before any coverage.
    ``modes`` are the ways it can be had, the usual one first. ``needs`` are categories of rooms
    and devices, each of which a visit in person takes one of. A ``group`` visit is a place in a
    session (see ``Resource``), not a clinician's time. ``daily_cap`` is how many of these
    visits one clinician takes in a day. After ``no_shows_allowed`` missed visits within a year a
    patient books by phone. Up to ``series_most`` of them can be booked in one go; None is one.
    ``questions`` are asked before a time is chosen; their shape is in ``scheduling.triage.rules``.
    """

    slug = models.SlugField(unique=True)
    names = models.JSONField()
    descriptions = models.JSONField(default=dict, blank=True)
    preparations = models.JSONField(default=dict, blank=True)
    minutes = models.PositiveSmallIntegerField()
    buffer_before = models.PositiveSmallIntegerField(default=0)
    buffer_after = models.PositiveSmallIntegerField(default=0)
    slot_step = models.PositiveSmallIntegerField(default=15)
    price_low = models.PositiveIntegerField()
    price_high = models.PositiveIntegerField()
    minimum_notice = models.PositiveIntegerField(default=60)
    horizon_days = models.PositiveSmallIntegerField(default=180)
    latest_change = models.PositiveIntegerField(default=120)
    group = models.BooleanField(default=False)
    modes = models.JSONField(default=in_person_only)
    needs = models.JSONField(default=list, blank=True)
    daily_cap = models.PositiveSmallIntegerField(null=True, blank=True)
    no_shows_allowed = models.PositiveSmallIntegerField(null=True, blank=True)
    series_most = models.PositiveSmallIntegerField(null=True, blank=True)
    questions = models.JSONField(default=list, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "slug"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(minutes__gt=0) & models.Q(slot_step__gt=0),
                name="visit_type_takes_time",
            ),
            models.CheckConstraint(
                condition=models.Q(price_high__gte=models.F("price_low")),
                name="visit_type_price_range",
            ),
        ]

    def __str__(self) -> str:
        return self.slug

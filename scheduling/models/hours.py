"""When clinicians work: weekly rules and the days that differ. All wall-clock time."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from scheduling.models.places import Site
from scheduling.models.resources import Resource
from scheduling.models.visit_types import Mode, VisitType


class AvailabilityRule(models.Model):
    """A weekly stretch of work: Mondays 8:00 to 12:00 at one site.

    ``weekday`` is 0 for Monday. Times are in the site's zone. ``visit_types`` empty means all
    that the clinician offers; ``mode`` empty means any way of meeting. ``works`` false is a
    weekly break, such as lunch. ``every_weeks`` 2 is every other week, counted from the week of
    ``valid_from``.

    Time may be kept for some: for new or returning patients, or (``same_day``) for nobody, until
    it is released to everyone ``release_days`` days before, at ``release_time`` on the site's
    clock. Never, when those are empty.
    """

    class KeptFor(models.TextChoices):
        NEW = "new", _("New patients")
        RETURNING = "returning", _("Returning patients")
        SAME_DAY = "same_day", _("The same day")

    resource = models.ForeignKey(
        Resource, on_delete=models.CASCADE, related_name="availability_rules"
    )
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="availability_rules")
    weekday = models.PositiveSmallIntegerField()
    starts = models.TimeField()
    ends = models.TimeField()
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    visit_types = models.ManyToManyField(VisitType, related_name="availability_rules", blank=True)
    mode = models.CharField(max_length=12, blank=True, choices=Mode.choices)
    works = models.BooleanField(default=True)
    every_weeks = models.PositiveSmallIntegerField(default=1)
    kept_for = models.CharField(max_length=12, blank=True, choices=KeptFor.choices)
    release_days = models.PositiveSmallIntegerField(null=True, blank=True)
    release_time = models.TimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(weekday__lte=6), name="rule_weekday"),
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="rule_ends_after_start"),
            models.CheckConstraint(condition=Q(every_weeks__gte=1), name="rule_every_weeks"),
            models.CheckConstraint(
                condition=Q(mode__in=["", *Mode.values]), name="rule_mode_known"
            ),
            models.CheckConstraint(
                condition=Q(kept_for__in=["", "new", "returning", "same_day"]),
                name="rule_kept_for_known",
            ),
            models.CheckConstraint(
                condition=Q(release_days__isnull=True, release_time__isnull=True)
                | Q(release_days__isnull=False, release_time__isnull=False),
                name="rule_release_whole",
            ),
            models.CheckConstraint(
                condition=~Q(kept_for="same_day") | Q(release_days__isnull=False),
                name="rule_same_day_is_released",
            ),
        ]
        indexes = [models.Index(fields=["resource", "weekday"], name="rule_of_resource")]

    def __str__(self) -> str:
        return f"resource {self.resource_id}, weekday {self.weekday}"


class AvailabilityException(models.Model):
    """A day, or part of one, that differs: a closure of a site, or one resource's own change.

    ``starts`` and ``ends`` empty means the whole day. Exactly one of ``site`` alone (everyone
    there) or ``resource`` says whom it is about; extra hours need both.
    """

    class Effect(models.TextChoices):
        CLOSED = "closed", _("Not working")
        EXTRA = "extra", _("Extra hours")

    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.CASCADE, related_name="exceptions"
    )
    resource = models.ForeignKey(
        Resource, null=True, blank=True, on_delete=models.CASCADE, related_name="exceptions"
    )
    on_date = models.DateField()
    starts = models.TimeField(null=True, blank=True)
    ends = models.TimeField(null=True, blank=True)
    effect = models.CharField(max_length=8, choices=Effect.choices)
    reason = models.CharField(max_length=200, blank=True)
    from_file = models.BooleanField(
        default=False,
        help_text="Came with the clinic file, which replaces it when it is loaded again.",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(effect="closed", site__isnull=False)
                | Q(effect="closed", resource__isnull=False)
                | Q(
                    effect="extra",
                    site__isnull=False,
                    resource__isnull=False,
                    starts__isnull=False,
                    ends__isnull=False,
                ),
                name="exception_is_about_someone",
            ),
            models.CheckConstraint(
                condition=Q(starts__isnull=True, ends__isnull=True)
                # With one of them NULL the comparison is unknown, which passes a check.
                | Q(starts__isnull=False, ends__isnull=False, ends__gt=F("starts")),
                name="exception_ends_after_start",
            ),
        ]
        indexes = [
            models.Index(fields=["on_date", "site"], name="exception_of_site"),
            models.Index(fields=["on_date", "resource"], name="exception_of_resource"),
        ]

    def __str__(self) -> str:
        return f"{self.effect} on {self.on_date}"

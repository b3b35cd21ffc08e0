"""The clinic group, its sites and departments, and the places patients come from."""

from django.conf import settings
from django.db import models


class ClinicGroup(models.Model):
    """The one organization this installation serves."""

    only = models.BooleanField(default=True, unique=True, editable=False)
    name = models.CharField(max_length=200)
    phone = models.CharField(max_length=20)
    currency = models.CharField(max_length=3, default="USD")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(only=True), name="one_clinic_group")
        ]

    def __str__(self) -> str:
        return self.name


class Site(models.Model):
    """A building patients come to. Its working hours are wall-clock time in ``time_zone``."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    street = models.CharField(max_length=200)
    city = models.CharField(max_length=100)
    region = models.CharField(max_length=100, blank=True)
    postcode = models.CharField(max_length=20, blank=True)
    phone = models.CharField(max_length=20)
    time_zone = models.CharField(max_length=64)
    latitude = models.FloatField()
    longitude = models.FloatField()
    step_free = models.BooleanField(default=True)
    directions = models.JSONField(default=dict, blank=True)
    active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name

    @property
    def address(self) -> str:
        """One line: street, city, region and postcode."""
        tail = " ".join(part for part in (self.region, self.postcode) if part)
        return ", ".join(part for part in (self.street, self.city, tail) if part)


class Department(models.Model):
    """A part of a site with a door of its own."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="departments")
    slug = models.SlugField()
    names = models.JSONField()
    doors = models.JSONField(default=dict, blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "slug"], name="department_once_per_site")
        ]

    def __str__(self) -> str:
        return f"{self.slug} at {self.site_id}"


class Place(models.Model):
    """A postcode or town a patient may type, and where it lies."""

    name = models.CharField(max_length=100, unique=True)
    latitude = models.FloatField()
    longitude = models.FloatField()

    def __str__(self) -> str:
        return self.name


class SiteAssignment(models.Model):
    """A site where a member of staff may see patients' records."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="site_assignments"
    )
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="staff_assignments")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "site"], name="site_assignment_once")
        ]

    def __str__(self) -> str:
        return f"user {self.user_id} at site {self.site_id}"

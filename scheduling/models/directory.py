"""Which directory is the current one, so that processes may keep what they have read of it."""

from django.db import models


class DirectoryVersion(models.Model):
    """One row. ``token`` is new whenever a site, visit type, clinician, resource or weekly rule is.

    Triggers of the database see to that (migration 0006), so that nobody can forget to. A token
    never comes back with other rows: it is random, and an edit that is rolled back takes its own
    along.
    """

    only = models.BooleanField(primary_key=True, default=True)
    token = models.UUIDField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(only=True), name="one_directory_version")
        ]

    def __str__(self) -> str:
        return str(self.token)

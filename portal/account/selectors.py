"""Reads for a patient's account."""

from django.conf import settings
from django.db.models import Count

from scheduling.models import Site


def usual_zone() -> str:
    """The clock of most of our clinics, for somebody of whom we know no clinic yet."""
    zones = Site.objects.filter(active=True).values("time_zone").annotate(sites=Count("pk"))
    usual = zones.order_by("-sites", "time_zone").first()
    return str(usual["time_zone"]) if usual else settings.TIME_ZONE

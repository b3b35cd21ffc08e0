"""Who and what a calendar of a site is about: those who work there, and its rooms."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from django.db.models import Exists, OuterRef, QuerySet

from people.models import User
from scheduling.appointments.selectors.appointments import sites_of_staff
from scheduling.models import (
    Appointment,
    AvailabilityException,
    AvailabilityRule,
    Clinician,
    Resource,
    Site,
)


def clinicians_at(site: Site, first_day: date, last_day: date) -> QuerySet[Resource]:
    """The time of the clinicians who work at a site in these days, or have visits there."""
    rules = AvailabilityRule.objects.filter(
        resource=OuterRef("pk"), site=site, valid_from__lte=last_day
    ).exclude(valid_until__lt=first_day)
    extra = AvailabilityException.objects.filter(
        resource=OuterRef("pk"), site=site, on_date__range=(first_day, last_day), effect="extra"
    )
    visits = Appointment.objects.filter(
        clinician__resource=OuterRef("pk"), site=site, local_date__range=(first_day, last_day)
    )
    leads = AvailabilityRule.objects.filter(
        resource__leader__resource=OuterRef("pk"), site=site, valid_from__lte=last_day
    ).exclude(valid_until__lt=first_day)
    return (
        Resource.objects.filter(
            Exists(rules) | Exists(extra) | Exists(visits) | Exists(leads),
            kind=Resource.Kind.CLINICIAN,
            clinician__active=True,
        )
        .select_related("clinician")
        .order_by("clinician__name", "pk")
    )


def rooms_of(site: Site) -> QuerySet[Resource]:
    """The rooms and devices of a site."""
    kinds = [Resource.Kind.ROOM, Resource.Kind.DEVICE]
    return Resource.objects.filter(site=site, active=True, kind__in=kinds).order_by("kind", "slug")


def clinicians_of_staff(user: User, first_day: date, last_day: date) -> QuerySet[Clinician]:
    """The clinicians who work at this member of staff's sites in these days, by name."""
    resources: set[int] = set()
    for site in sites_of_staff(user):
        resources |= set(clinicians_at(site, first_day, last_day).values_list("pk", flat=True))
    return Clinician.objects.filter(resource__in=resources).order_by("name", "pk")


def sessions_led_by(resources: Sequence[Resource]) -> dict[int, list[Resource]]:
    """By a clinician's resource, the group sessions they lead."""
    found: dict[int, list[Resource]] = defaultdict(list)
    led = Resource.objects.filter(
        kind=Resource.Kind.SESSION,
        active=True,
        leader__resource__in=[resource.pk for resource in resources],
    ).select_related("leader")
    for session in led.order_by("pk"):
        if session.leader is not None:
            found[session.leader.resource_id].append(session)
    return found


def working_at(site: Site) -> list[int]:
    """The resources that have hours at a site, clinicians and group sessions alike."""
    rules = AvailabilityRule.objects.filter(site=site, resource__active=True)
    return list(rules.order_by("resource_id").values_list("resource_id", flat=True).distinct())

"""Reads about appointments."""

from datetime import date, datetime

from django.db.models import QuerySet

from people.models import User
from people.selectors import people_acted_for, roles_of
from scheduling.models import Appointment, Site, SiteAssignment
from scheduling.transitions import UPCOMING

WITH_NAMES = ("person", "visit_type", "site", "clinician")


def appointment_for_letter(appointment_id: int) -> Appointment:
    """One appointment with all that words about it need, in one query."""
    return Appointment.objects.select_related(*WITH_NAMES).get(pk=appointment_id)


def appointments_acted_for(user: User, *, now: datetime) -> QuerySet[Appointment]:
    """The visits of everyone this account may act for. The only way patients reach a visit."""
    return Appointment.objects.filter(person__in=people_acted_for(user, now=now)).select_related(
        *WITH_NAMES
    )


def upcoming(visits: QuerySet[Appointment], *, now: datetime) -> QuerySet[Appointment]:
    """Those still to come, soonest first."""
    return visits.filter(status__in=UPCOMING, ends_at__gt=now).order_by("starts_at", "pk")


def past(visits: QuerySet[Appointment], *, now: datetime) -> QuerySet[Appointment]:
    """Those that are over or canceled, newest first."""
    return visits.exclude(status__in=UPCOMING, ends_at__gt=now).order_by("-starts_at", "-pk")


def sites_of_staff(user: User) -> QuerySet[Site]:
    """Where a member of staff may see patients; administrators everywhere."""
    sites = Site.objects.filter(active=True).order_by("name")
    if "administrator" in roles_of(user):
        return sites
    return sites.filter(pk__in=SiteAssignment.objects.filter(user=user).values("site_id"))


def appointments_for_staff(user: User) -> QuerySet[Appointment]:
    """The visits at the sites where this member of staff works."""
    return Appointment.objects.filter(site__in=sites_of_staff(user)).select_related(*WITH_NAMES)


def appointments_on(
    visits: QuerySet[Appointment], *, site: Site, day: date
) -> QuerySet[Appointment]:
    """One site's day, in order."""
    return visits.filter(site=site, local_date=day).order_by("local_time", "pk")

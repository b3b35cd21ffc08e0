"""Whose patients somebody is: which people a member of staff may see."""

from django.db.models import Exists, F, OuterRef, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat

from people.models import Person, User
from people.selectors import taken_on_at
from scheduling.appointments.selectors.appointments import sites_of_staff
from scheduling.models import Appointment, Site, WaitlistEntry


def place_of(site: Site) -> str:
    """What the trail calls a site."""
    return f"site:{site.pk}"


def patients_of_staff(people: QuerySet[Person], user: User) -> QuerySet[Person]:
    """Those of the people who have, or had, a visit where this member of staff works, wait for
    one, or were taken on there (``people.services.records``).
    """
    sites = sites_of_staff(user)
    visits = Appointment.objects.filter(person=OuterRef("pk"), site__in=sites)
    places = sites.order_by().values_list(
        Concat(Value("site:"), Cast(F("pk"), TextField()), output_field=TextField()), flat=True
    )
    waits = WaitlistEntry.sites.through.objects.filter(
        waitlistentry__person=OuterRef("pk"), waitlistentry__until=None, site__in=sites
    )
    return people.filter(Exists(visits) | Exists(waits) | taken_on_at(places))

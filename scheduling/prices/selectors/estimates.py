"""Reads about good faith estimates: which are due, and what one says."""

from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from people.models import Coverage, User
from scheduling.appointments.selectors.appointments import WITH_NAMES, sites_of_staff
from scheduling.clinic.selectors.places import clinic_name
from scheduling.models import Appointment, Estimate
from scheduling.transitions import UPCOMING


def estimate_of(visit: Appointment) -> Estimate | None:
    """The estimate for the visit as it stands now, due or given."""
    return Estimate.objects.filter(appointment=visit, version=visit.version).first()


def estimates_to_give(user: User, *, now: datetime) -> QuerySet[Estimate]:
    """Those due for visits to come at this member of staff's sites, due soonest first.

    For who asked, and for who pays themselves; whoever is insured by now needs none.
    """
    pays = Coverage.objects.filter(
        person=OuterRef("appointment__person"), kind=Coverage.Kind.SELF_PAY, until=None
    )
    return (
        Estimate.objects.filter(
            Q(requested_at__isnull=False) | Exists(pays),
            given_at=None,
            due_on__isnull=False,
            version=F("appointment__version"),
            appointment__status__in=UPCOMING,
            appointment__starts_at__gt=now,
            appointment__site__in=sites_of_staff(user),
        )
        .select_related(*(f"appointment__{name}" for name in WITH_NAMES))
        .order_by("due_on", "appointment__starts_at", "pk")
    )


def content_of(visit: Appointment, *, now: datetime) -> dict[str, Any]:
    """What an estimate for this visit says (45 CFR 149.610(c)), as plain values.

    Prices are cents; names in several languages stay so, for whoever reads them.
    """
    return {
        "clinic": clinic_name(),
        "patient": visit.person.legal_name,
        "born_on": visit.person.born_on.isoformat(),
        "visit": str(visit.public_id),
        "starts_at": visit.starts_at.isoformat(),
        "time_zone": visit.time_zone,
        "clinician": visit.clinician.name,
        "titles": visit.clinician.titles,
        "site": visit.site.name,
        "address": visit.site.address,
        "phone": visit.site.phone,
        "made_at": now.isoformat(),
        "items": [
            {
                "names": visit.visit_type.names,
                "low": visit.price_low,
                "high": visit.price_high,
            }
        ],
    }

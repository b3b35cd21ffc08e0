"""What resources have in a stretch of time that is to be taken away."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q, QuerySet

from scheduling.availability.selectors.busy import LONGEST_ALLOCATION
from scheduling.booking.selectors.proposals import Conflict
from scheduling.clinic.rules.working_hours import instant_of, moment_of
from scheduling.models import Allocation, Hold, Resource


def with_sessions(resource: Resource) -> list[int]:
    """A resource, and of a clinician the group sessions that nobody leads without them."""
    led = Q(leader__resource=resource.pk, active=True)
    found = Resource.objects.filter(Q(pk=resource.pk) | led).order_by("pk")
    return list(found.values_list("pk", flat=True))


def visits_within(
    resource_ids: Collection[int], *, starts_at: datetime, ends_at: datetime
) -> list[Conflict]:
    """The visits these resources have then, as conflicts with taking them away."""
    taken = _taken(resource_ids, starts_at, ends_at).filter(appointment__isnull=False)
    visits = [
        row.appointment
        for row in taken.select_related("appointment__person").order_by("during", "pk")
    ]
    return [
        Conflict("visit", visit.person.full_name, "", visit.starts_at, visit.ends_at, 0, visit.pk)
        for visit in visits
        if visit is not None and visit.starts_at < ends_at
    ]


def holds_within(
    resource_ids: Collection[int], *, starts_at: datetime, ends_at: datetime
) -> list[Hold]:
    """What somebody holds of these resources then, with its site and the offer it is for."""
    taken = _taken(resource_ids, starts_at, ends_at).filter(kind=Allocation.Kind.HOLD)
    found = Hold.objects.filter(pk__in=taken.values("hold_id"))
    return list(found.select_related("site", "offer").order_by("pk"))


def _taken(
    resource_ids: Collection[int], starts_at: datetime, ends_at: datetime
) -> QuerySet[Allocation]:
    return Allocation.objects.filter(
        active=True,
        resource_id__in=resource_ids,
        during__startswith__gte=moment_of(instant_of(starts_at) - LONGEST_ALLOCATION),
        during__startswith__lt=ends_at,
        during__endswith__gt=starts_at,
    )

"""Taking the time of a clinician, a room or a group session away for a while."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import QuerySet

from infrastructure.retries import retried_once
from people.models import User
from people.services import audit
from scheduling.booking.selectors.proposals import Conflict
from scheduling.booking.services import allocations
from scheduling.booking.services.claims import InConflict
from scheduling.booking.services.overrides import MayNotOverride, ReasonMissing, may_override
from scheduling.clinic.selectors.rosters import bounds
from scheduling.closures.selectors.occupancy import holds_within, visits_within, with_sessions
from scheduling.closures.services.ending_holds import end_holds
from scheduling.models import Allocation, Appointment, Resource, Site

LONGEST_BLOCK = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Block:
    """Time that was taken away, and the visits that were in it already: somebody moves those."""

    allocation: Allocation
    conflicts: list[Conflict]


@retried_once
@transaction.atomic
def block_time(
    *,
    resource: Resource,
    site: Site,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    user: User,
    now: datetime,
    accepted: Collection[str] = (),
) -> Block:
    """Take a resource away from ``starts_at`` until ``ends_at``, at most a day.

    A clinician is taken away from the group sessions they lead too. Visits that are there already
    stay: each must be ``accepted`` by its conflict's key, or InConflict tells all of them. What
    people hold of it, or were offered, ends. Raises ReasonMissing, MayNotOverride, ValueError for
    a stretch that is none or too long.
    """
    if not starts_at < ends_at <= starts_at + LONGEST_BLOCK:
        raise ValueError("a block takes some time, and at most a day")
    if not may_override(user, site):
        raise MayNotOverride
    if not reason.strip():
        raise ReasonMissing
    taken_away = with_sessions(resource)
    allocations.close_resources(taken_away)
    end_holds(holds_within(taken_away, starts_at=starts_at, ends_at=ends_at), now=now)
    conflicts = visits_within(taken_away, starts_at=starts_at, ends_at=ends_at)
    if any(each.key not in accepted for each in conflicts):
        raise InConflict(conflicts)
    wanted = _rows(resource, starts_at, ends_at, reason)
    if not wanted.exists():  # pressing twice is success
        _take_every_place(resource, site, starts_at, ends_at, reason, user)
    if wanted.count() != resource.capacity:  # a visit was booked this very moment
        raise InConflict(visits_within(taken_away, starts_at=starts_at, ends_at=ends_at))
    _note(conflicts, resource, user, now)
    return Block(wanted[0], conflicts)


def _take_every_place(
    resource: Resource, site: Site, starts_at: datetime, ends_at: datetime, reason: str, user: User
) -> None:
    places = [
        Allocation(
            resource=resource,
            unit=unit,
            during=DateTimeTZRange(starts_at, ends_at),
            kind=Allocation.Kind.BLOCK,
            overbook=_is_taken(resource, unit, starts_at, ends_at),
            site=site,
            reason=reason,
            placed_by=user,
        )
        for unit in range(resource.capacity)
    ]
    Allocation.objects.bulk_create(places, ignore_conflicts=True)


@transaction.atomic
def unblock_time(*, block: Allocation, user: User) -> None:
    """Give the time back. Doing it twice is success. Raises MayNotOverride."""
    if block.site is None or not may_override(user, block.site):
        raise MayNotOverride
    starts_at, ends_at = bounds(block)
    _rows(block.resource, starts_at, ends_at, block.reason).update(active=False)


def _rows(
    resource: Resource, starts_at: datetime, ends_at: datetime, reason: str
) -> QuerySet[Allocation]:
    """A block as it stands: a row for each place of what it takes away."""
    return Allocation.objects.filter(
        resource=resource,
        kind=Allocation.Kind.BLOCK,
        during=DateTimeTZRange(starts_at, ends_at),
        reason=reason,
        active=True,
    ).order_by("unit")


def _is_taken(resource: Resource, unit: int, starts_at: datetime, ends_at: datetime) -> bool:
    """Whether a place has a visit or another block then: this one stands beside it."""
    return Allocation.objects.filter(
        resource=resource,
        unit=unit,
        active=True,
        overbook=False,
        during__overlap=DateTimeTZRange(starts_at, ends_at),
    ).exists()


def _note(conflicts: list[Conflict], resource: Resource, user: User, now: datetime) -> None:
    """Whose visits lie in it was read; who blocked what stands in the row itself."""
    visits = Appointment.objects.filter(pk__in=[each.about for each in conflicts])
    people = sorted(set(visits.values_list("person_id", flat=True)))
    audit.note(
        actor=user,
        person_ids=people,
        action="block.read",
        subject=f"resource:{resource.pk}",
        now=now,
    )

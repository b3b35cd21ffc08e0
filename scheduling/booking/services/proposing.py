"""."""

from collections.abc import Collection
from datetime import datetime

from people.models import Person
from scheduling.appointments.selectors.appointments import standing_of
from scheduling.availability.selectors.busy import Ignored
from scheduling.availability.selectors.search import Schedule, Slot, search_at
from scheduling.booking.selectors.conflicts import conflicts_of, resource_of
from scheduling.booking.selectors.proposals import Conflict, Proposal
from scheduling.booking.services import allocations
from scheduling.booking.services.booking import Wish
from scheduling.clinic.rules.working_hours import instant_of
from scheduling.models import (
    Allocation,
    Appointment,
    Clinician,
)


def proposal_for(
    wish: Wish, *, person: Person, now: datetime, moving: Appointment | None = None
) -> Proposal:
    """A wish of staff, with a named clinician, as something that conflicts can be told of."""
    search = search_at(
        visit_type=wish.visit_type,
        site=wish.site,
        starts_at=wish.starts_at,
        clinician_id=wish.clinician_id,
        mode=wish.mode,
        standing=standing_of(person, now=now),
        ignored=Ignored(
            appointment_id=moving.pk if moving else None,
            hold_id=wish.hold.pk if wish.hold else None,
        ),
        now=now,
    )
    clinician = Clinician.objects.select_related("resource").get(pk=wish.clinician_id or 0)
    return Proposal(search, wish.site, clinician, wish.starts_at, person.pk)


def lock_for(proposal: Proposal, moving: Appointment | None = None) -> list[list[int]]:
    """Lock all that may be taken or freed, in id order; the pools to take one each of."""
    resource = resource_of(proposal)
    if resource is None:
        raise InConflict(conflicts_of(proposal))
    pools = allocations.pools_for([slot_of(proposal)], search=proposal.search)
    freed = Allocation.objects.filter(appointment=moving, active=True) if moving else []
    everything = {resource_id for pool in pools for resource_id in pool}
    allocations.close_resources(sorted(everything | {row.resource_id for row in freed}))
    return pools


def slot_of(proposal: Proposal) -> Slot:
    resource = resource_of(proposal) or proposal.clinician.resource
    schedule = Schedule(
        resource_id=resource.pk,
        clinician_id=proposal.clinician.pk,
        site_id=proposal.site.pk,
        time_zone=proposal.site.time_zone,
        length=proposal.search.visit_type.minutes * 60,
        capacity=resource.capacity,
    )
    return Slot(instant_of(proposal.starts_at), schedule)


class InConflict(Exception):
    """The time has conflicts that were not accepted. ``conflicts`` are all there are."""

    def __init__(self, conflicts: Collection[Conflict]) -> None:
        super().__init__(", ".join(each.kind for each in conflicts))
        self.conflicts = list(conflicts)

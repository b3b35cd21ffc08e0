"""Claiming a time: lock what it takes, see that it may be had, then take it.

Patients have what is offered. Staff, and whoever undoes a change, have what they decide to have
after every conflict was looked at.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from scheduling.availability.selectors.alternatives import alternatives_to
from scheduling.availability.selectors.search import Search, Slot
from scheduling.booking.selectors.conflicts import conflicts_of
from scheduling.booking.selectors.proposals import Conflict, Proposal, resource_of, slot_of
from scheduling.booking.services import allocations
from scheduling.booking.services.allocations import Taking
from scheduling.booking.services.assignment import candidates_for
from scheduling.booking.services.overbooking import take_anyway
from scheduling.exceptions import SlotTaken

# Takes what was claimed.
Take = Callable[[Taking], Slot]
NOTHING: frozenset[int] = frozenset()


class LostRace(Exception):
    """The time is somebody else's. Other times are looked for when the transaction is over."""

    def __init__(self, search: Search, starts_at: datetime) -> None:
        super().__init__("lost")
        self.search = search
        self.starts_at = starts_at

    def as_taken(self) -> SlotTaken:
        """The same with the nearest times that can be had."""
        return SlotTaken(alternatives_to(self.search, starts_at=self.starts_at))


class InConflict(Exception):
    """The time has conflicts that were not accepted. ``conflicts`` are all there are."""

    def __init__(self, conflicts: Collection[Conflict]) -> None:
        super().__init__(", ".join(each.kind for each in conflicts))
        self.conflicts = list(conflicts)


def claim_offered(search: Search, starts_at: datetime, *, leaves: frozenset[int] = NOTHING) -> Take:
    """A time that is offered to patients, with whoever of those looked for is free then.

    ``leaves`` are the resources that a visit leaves to have it (see ``moving.left_for``). Raises
    LostRace, SlotNotOffered with the nearest times, and Outdated (see ``candidates_for``).
    """
    try:
        candidates = candidates_for(search, starts_at=starts_at, also_lock=leaves)
    except SlotTaken as fact:
        raise LostRace(search, starts_at) from fact
    return lambda taking: _first_of(candidates, search, starts_at, taking)


def claim_decided(proposal: Proposal, *, leaves: frozenset[int] = NOTHING) -> Take:
    """A time that staff decide to have, whoever has it.

    Conflicts that are looked at after this stay as they are. Raises InConflict where there is
    nothing to take; taking it raises SlotTaken when somebody who needed no lock was faster.
    """
    pools = _lock_for(proposal, leaves)
    slot = slot_of(proposal)

    def take(taking: Taking) -> Slot:
        take_anyway(slot, pools, search=proposal.search, taking=taking)
        return slot

    return take


def claim_back(proposal: Proposal, *, in_the_way: Collection[str], leaves: frozenset[int]) -> Take:
    """A time that a visit had, unless there is a conflict of the kinds ``in_the_way``.

    Raises LostRace.
    """
    search, starts_at = proposal.search, proposal.starts_at
    try:
        _lock_for(proposal, leaves)
    except InConflict as gone:
        raise LostRace(search, starts_at) from gone
    if any(each.kind in in_the_way for each in conflicts_of(proposal)):
        raise LostRace(search, starts_at)
    return lambda taking: _first_of([slot_of(proposal)], search, starts_at, taking)


def _first_of(slots: list[Slot], search: Search, starts_at: datetime, taking: Taking) -> Slot:
    try:
        return allocations.take_first(slots, search=search, taking=taking)
    except SlotTaken as fact:
        raise LostRace(search, starts_at) from fact


def _lock_for(proposal: Proposal, also: Iterable[int]) -> list[list[int]]:
    """Lock what a proposal takes and ``also`` these, in id order; the pools to take one each of.

    Raises InConflict where there is nothing to take: nobody leads a session then.
    """
    if resource_of(proposal) is None:
        raise InConflict(conflicts_of(proposal))
    pools = allocations.pools_for([slot_of(proposal)], search=proposal.search)
    allocations.close_resources(sorted({*also, *(each for pool in pools for each in pool)}))
    return pools

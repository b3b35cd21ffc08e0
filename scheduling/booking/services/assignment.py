"""Which clinician, when a patient says "anyone"; and why a time is not to be had."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Count

from scheduling.availability.selectors.alternatives import alternatives_to
from scheduling.availability.selectors.search import Search, Slot
from scheduling.availability.selectors.slots import free_and_offered_at, slots_at
from scheduling.booking.exceptions import Outdated
from scheduling.booking.services import allocations
from scheduling.clinic.selectors.directory import current_directory
from scheduling.exceptions import SlotNotOffered, SlotTaken
from scheduling.models import Appointment, AvailabilityException, Site
from scheduling.transitions import Status


def candidates_for(
    search: Search, *, starts_at: datetime, also_lock: frozenset[int] = frozenset()
) -> list[Slot]:
    """The slots that serve a wish, the least busy clinician first. Runs inside the transaction.

    Where one row of the database cannot decide, what is chosen among is locked, in one ordered
    statement, and asked for again: two patients who both said "anyone" are given two clinicians.
    ``also_lock`` are resources the caller will free. Raises SlotTaken when all who offer the time
    are taken, SlotNotOffered when nobody offers it, and Outdated where the hours were changed
    before the lock was had.
    """
    slots, offered = free_and_offered_at(search, starts_at=starts_at)
    chooses = bool(slots) and _takes_choosing(slots, search)
    if slots and (also_lock or chooses):
        chosen_among = {id_ for pool in allocations.pools_for(slots, search=search) for id_ in pool}
        allocations.lock_resources(sorted(chosen_among | also_lock))
    if chooses:
        if search.directory and current_directory().token != search.directory.token:
            raise Outdated  # by whoever had the lock before
        slots = _least_busy_first(slots_at(search, starts_at=starts_at), starts_at)
    if slots:
        return slots
    raise SlotTaken if offered else _why_not(search, starts_at)


def _takes_choosing(slots: list[Slot], search: Search) -> bool:
    """Whether more is at stake than one row: a choice, a pool, a cap, or the way between sites."""
    return (
        len(slots) > 1
        or bool(search.needs)
        or search.visit_type.daily_cap is not None
        or slots[0].schedule.capacity > 1
        or slots[0].schedule.roams
    )


def _least_busy_first(slots: list[Slot], starts_at: datetime) -> list[Slot]:
    if len(slots) < 2:
        return slots
    day = starts_at.astimezone(ZoneInfo(slots[0].time_zone)).date()
    booked = dict(
        Appointment.objects.filter(
            clinician_id__in=[slot.clinician_id for slot in slots], local_date=day
        )
        .exclude(status=Status.CANCELED)
        .values_list("clinician_id")
        .annotate(Count("pk"))
    )
    return sorted(slots, key=lambda slot: (booked.get(slot.clinician_id, 0), slot.clinician_id))


def _why_not(search: Search, starts_at: datetime) -> SlotNotOffered:
    """The most telling of the reasons why a time is not offered."""
    earliest, latest = search.bookable
    if starts_at <= search.now:
        reason = "past"
    elif starts_at < earliest:
        reason = "too_soon"
    elif starts_at > latest:
        reason = "too_far"
    elif _closed(search.site_ids[0], starts_at):
        reason = "closed"
    elif _kept_for_others(search, starts_at):
        reason = "kept_for_others"
    else:
        reason = "not_offered"
    return SlotNotOffered(reason, alternatives_to(search, starts_at=starts_at))


def _closed(site_id: int, starts_at: datetime) -> bool:
    """Whether the whole site is closed on that day."""
    site = Site.objects.get(pk=site_id)
    day = starts_at.astimezone(ZoneInfo(site.time_zone)).date()
    return AvailabilityException.objects.filter(
        site=site, resource=None, on_date=day, starts=None
    ).exists()


def _kept_for_others(search: Search, starts_at: datetime) -> bool:
    """Whether a patient of another standing could have it."""
    return any(
        slots_at(replace(search, standing=standing), starts_at=starts_at)
        for standing in ("new", "returning")
        if standing != search.standing
    )

"""Which clinician, when a patient says "anyone"; and why a time is not to be had."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Count

from scheduling.exceptions import SlotNotOffered, SlotTaken
from scheduling.models import Appointment, AvailabilityException, Site, VisitType
from scheduling.selectors.slots import (
    NOTHING_IGNORED,
    Ignored,
    Slot,
    alternatives_to,
    bookable_span,
    slots_at,
    would_be_offered,
)
from scheduling.services import allocations
from scheduling.transitions import Status


def candidates_for(
    *,
    visit_type: VisitType,
    site: Site,
    starts_at: datetime,
    clinician_id: int | None,
    now: datetime,
    ignored: Ignored = NOTHING_IGNORED,
    also_lock: frozenset[int] = frozenset(),
) -> list[Slot]:
    """The slots that serve a wish, the least busy clinician first. Runs inside the transaction.

    With several to choose from their resources are locked, so that two patients who both said
    "anyone" are given two clinicians; ``also_lock`` are resources the caller will free, locked
    in the same ordered statement. Raises SlotTaken when all who offer the time are taken, and
    SlotNotOffered when nobody offers it.
    """

    def listed() -> list[Slot]:
        return slots_at(
            visit_type=visit_type,
            site=site,
            starts_at=starts_at,
            clinician_id=clinician_id,
            now=now,
            ignored=ignored,
        )

    slots = listed()
    if slots and (len(slots) > 1 or also_lock):
        allocations.lock_resources([*(slot.resource_id for slot in slots), *also_lock])
        slots = _least_busy_first(listed(), starts_at)
    if not slots:
        _say_why_not(visit_type, site, starts_at, clinician_id, now, ignored)
    return slots


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


def _say_why_not(
    visit_type: VisitType,
    site: Site,
    starts_at: datetime,
    clinician_id: int | None,
    now: datetime,
    ignored: Ignored,
) -> None:
    """Raise the most telling of the reasons."""
    if would_be_offered(
        visit_type=visit_type, site=site, starts_at=starts_at, clinician_id=clinician_id, now=now
    ):
        raise SlotTaken
    earliest, latest = bookable_span(visit_type, now=now)
    if starts_at <= now:
        reason = "past"
    elif starts_at < earliest:
        reason = "too_soon"
    elif starts_at > latest:
        reason = "too_far"
    elif _closed(site, starts_at):
        reason = "closed"
    else:
        reason = "not_offered"
    raise SlotNotOffered(
        reason,
        alternatives_to(
            visit_type=visit_type, site=site, starts_at=starts_at, now=now, ignored=ignored
        ),
    )


def _closed(site: Site, starts_at: datetime) -> bool:
    """Whether the whole site is closed on that day."""
    day = starts_at.astimezone(ZoneInfo(site.time_zone)).date()
    return AvailabilityException.objects.filter(
        site=site, resource=None, on_date=day, starts=None
    ).exists()

"""Taking and freeing resources. The exclusion constraint decides every race."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection
from psycopg2.extras import DateTimeTZRange

from scheduling.availability import Interval
from scheduling.exceptions import SlotTaken
from scheduling.models import Allocation, Resource
from scheduling.selectors.slots import Slot

# Not an IntegrityError: whoever loses waits for the winner's commit and gets no row back, so no
# transaction is aborted and nobody deadlocks.
TAKE = """
    INSERT INTO scheduling_allocation
        (resource_id, during, unit, kind, active, overbook, expires_at, hold_id, appointment_id)
    VALUES (%s, tstzrange(%s, %s), 0, %s, TRUE, FALSE, %s, %s, %s)
    ON CONFLICT DO NOTHING
    RETURNING id
"""


def take(
    *,
    resource_id: int,
    during: Interval,
    kind: str,
    hold_id: int | None = None,
    appointment_id: int | None = None,
    expires_at: datetime | None = None,
) -> bool:
    """Take one resource for a while; False when somebody else has any part of that time."""
    with connection.cursor() as cursor:
        cursor.execute(
            TAKE,
            [resource_id, *during, kind, expires_at, hold_id, appointment_id],
        )
        return cursor.fetchone() is not None


def book_first(
    candidates: Sequence[Slot], *, during: Interval, appointment_id: int, now: datetime
) -> Slot:
    """Take the first candidate's resource that nobody else takes. Raises SlotTaken."""
    for slot in candidates:
        drop_expired_holds(resource_ids=[slot.resource_id], during=during, now=now)
        if take(
            resource_id=slot.resource_id,
            during=during,
            kind=Allocation.Kind.BOOKING,
            appointment_id=appointment_id,
        ):
            return slot
    raise SlotTaken


def lock_resources(resource_ids: Sequence[int]) -> None:
    """Serialize those who choose among the same resources, always in id order."""
    list(
        Resource.objects.select_for_update(no_key=True)
        .filter(pk__in=resource_ids)
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def drop_expired_holds(*, resource_ids: Sequence[int], during: Interval, now: datetime) -> None:
    """Clear holds that are over but whose rows still stand in the way, in id order."""
    over = list(
        Allocation.objects.expired(now=now)
        .filter(resource_id__in=resource_ids, during__overlap=DateTimeTZRange(*during))
        .order_by("pk")
        .select_for_update()
        .values_list("pk", flat=True)
    )
    if over:
        Allocation.objects.filter(pk__in=over, active=True).update(active=False)


def free(**which: int) -> int:
    """Free the allocations of a hold or an appointment (``hold_id=…``); how many there were."""
    return Allocation.objects.filter(active=True, **which).update(active=False)

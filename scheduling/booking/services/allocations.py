"""Taking and freeing resources. The exclusion constraint decides every race."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from infrastructure.rows import Write, write
from scheduling.availability.selectors.busy import pools_of
from scheduling.availability.selectors.search import Search, Slot, shape_of
from scheduling.booking.exceptions import Outdated
from scheduling.clinic.rules.working_hours import Instant, moment_of
from scheduling.clinic.selectors.directory import TOKEN
from scheduling.exceptions import SlotTaken
from scheduling.models import Resource


@dataclass(frozen=True, slots=True)
class Taking:
    """For whom something is taken: a hold that expires, or an appointment."""

    kind: str
    now: datetime
    hold_id: int | None = None
    appointment_id: int | None = None
    expires_at: datetime | None = None


# What stands beside something, a block or an overbooked visit, is outside the constraint: that is
# looked for. No allocation is longer than a day, by which the index of busy times finds it.
BESIDE = """
    SELECT FROM scheduling_allocation AS other
    WHERE other.active AND other.resource_id = {resource} AND other.unit = {unit}
      AND lower(other.during) > %(start)s - INTERVAL '24 hours'
      AND lower(other.during) < %(end)s AND upper(other.during) > %(start)s
      AND (other.expires_at IS NULL OR other.expires_at > %(now)s)
"""
# Not an IntegrityError: whoever loses waits for the winner's commit and gets no row back, so no
# transaction is aborted and nobody deadlocks.
TAKE = """
    INSERT INTO scheduling_allocation
        (resource_id, unit, during, kind, active, overbook, reason, site_id, visit_type_id,
         hold_id, appointment_id, expires_at)
    SELECT place.resource_id, place.unit, tstzrange(%(start)s, %(end)s), %(kind)s, TRUE, FALSE, '',
           %(site)s, %(visit_type)s, %(hold)s::bigint, %(appointment)s::bigint,
           %(expires_at)s::timestamptz
    FROM {place}
    ON CONFLICT DO NOTHING
    RETURNING id
"""
# Whoever takes away somebody's time (``close_resources``) waits for those who are just taking it,
# and they for whoever takes it away. That is why this is a statement of its own: the next one sees
# what was done meanwhile.
KEEP_OPEN = "SELECT FROM scheduling_resource WHERE id = %(resource)s FOR KEY SHARE"
TAKE_ONLY = TAKE.format(
    place=f"""(VALUES (%(resource)s, 0)) AS place (resource_id, unit)
    WHERE (%(as_of)s::uuid IS NULL OR {TOKEN} = %(as_of)s::uuid)
      AND NOT EXISTS ({BESIDE.format(resource="%(resource)s", unit=0)} AND other.overbook)"""
)
# Of a pool (rooms of a kind, places in a group) the first that is free; whoever chooses in one has
# locked it. OFFSET 0 has each place looked up by itself: otherwise all that is taken anywhere at
# that time is read and joined, which takes ten times as long among a million rows.
TAKE_ONE_OF = TAKE.format(
    place=f"""(
        SELECT resource.id AS resource_id, unit
        FROM scheduling_resource AS resource,
             LATERAL generate_series(0, resource.capacity - 1) AS unit
        WHERE resource.id = ANY(%(pool)s) AND NOT EXISTS (
            {BESIDE.format(resource="resource.id", unit="unit.unit::smallint")} OFFSET 0)
        ORDER BY resource.id, unit
        LIMIT 1) AS place"""  # noqa: S608  # words of ours
)

LOCK = "SELECT FROM scheduling_resource WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
CLOSE = "SELECT FROM scheduling_resource WHERE id = ANY(%s) ORDER BY id FOR UPDATE"
# A part of a query: what a visit takes, each as ``Taken``.
TAKEN_BY = """ARRAY(
    SELECT ARRAY[id, resource_id, date_part('epoch', lower(during))::bigint,
                 date_part('epoch', upper(during))::bigint]
    FROM scheduling_allocation WHERE active AND appointment_id = %(appointment)s)"""
FREE = "UPDATE scheduling_allocation SET active = FALSE WHERE active AND "
FREE_ROWS = f"{FREE} id = ANY(%s)"
# A hold that was booked is the visit's: its rows keep saying which hold they were.
FREE_HOLD = f"{FREE} kind = 'hold' AND hold_id = %s"
FREE_VISIT = f"{FREE} appointment_id = %s"
# Holds that are over but whose rows still stand in the way: whole, always in id order.
DROP_EXPIRED = f"""
    WITH dropped AS (
        UPDATE scheduling_allocation SET active = FALSE
        WHERE active AND id IN (
            SELECT id FROM scheduling_allocation
            WHERE active AND expires_at <= %(now)s AND hold_id IN (
                SELECT hold_id FROM scheduling_allocation
                WHERE active AND NOT overbook AND resource_id = ANY(%(resources)s)
                  AND during && tstzrange(%(start)s, %(end)s) AND expires_at <= %(now)s)
            ORDER BY id FOR UPDATE)
        RETURNING id)
    SELECT count(*), {TOKEN} FROM dropped
"""  # noqa: S608  # words of ours


def take_first(candidates: Sequence[Slot], *, search: Search, taking: Taking) -> Slot:
    """Take the first candidate that nobody else takes, with all that it needs, or nothing.

    The caller holds the locks that ``choosing.candidates_for`` took. Raises SlotTaken, and
    Outdated where the hours have changed since ``search.directory`` was read.
    """
    for slot in candidates:
        pools = pools_for([slot], search=search)
        if _take_all(slot, pools, search, taking):
            return slot
        dropped, token = drop_expired(slot, pools, search=search, now=taking.now)
        if search.directory is not None and token != search.directory.token:
            raise Outdated
        if dropped and _take_all(slot, pools, search, taking):
            return slot
    raise SlotTaken


def pools_for(slots: Sequence[Slot], *, search: Search) -> list[list[int]]:
    """What each of the slots takes one of: its calendar, and rooms and devices of its site."""
    own = [sorted({slot.resource_id for slot in slots})]
    if not search.needs:
        return own
    by_site = pools_of({slot.site_id for slot in slots}, search.needs)
    return own + [[resource_id for resource_id, _ in pool] for pool in by_site.values()]


def _take_all(slot: Slot, pools: list[list[int]], search: Search, taking: Taking) -> bool:
    if len(pools) == 1:
        return _take(slot, pools[0], search, taking)
    savepoint = transaction.savepoint()
    if all(_take(slot, pool, search, taking) for pool in pools):
        transaction.savepoint_commit(savepoint)
        return True
    transaction.savepoint_rollback(savepoint)
    return False


def _take(slot: Slot, pool: list[int], search: Search, taking: Taking) -> bool:
    only = pool == [slot.resource_id] and slot.schedule.capacity == 1
    words = f"{KEEP_OPEN}; {TAKE_ONLY}" if only else TAKE_ONE_OF
    start, end = shape_of(search.visit_type).occupied(slot.start)
    with connection.cursor() as cursor:
        cursor.execute(
            words,
            {
                "resource": slot.resource_id,
                "pool": pool,
                "start": moment_of(start),
                "end": moment_of(end),
                "kind": taking.kind,
                "site": slot.site_id,
                "visit_type": search.visit_type.pk,
                "hold": taking.hold_id,
                "appointment": taking.appointment_id,
                "expires_at": taking.expires_at,
                "now": taking.now,
                "as_of": search.directory.token if search.directory else None,
            },
        )
        return cursor.fetchone() is not None


def drop_expired(
    slot: Slot, pools: list[list[int]], *, search: Search, now: datetime
) -> tuple[int, UUID | None]:
    """Clear the way of holds that are over but whose rows still stand in it; how many rows, and
    the token of the directory as it is now.
    """
    start, end = shape_of(search.visit_type).occupied(slot.start)
    about: dict[str, Any] = {
        "resources": [resource_id for pool in pools for resource_id in pool],
        "start": moment_of(start),
        "end": moment_of(end),
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(DROP_EXPIRED, about)
        dropped, token = cursor.fetchone()
        return dropped, token


def lock_resources(resource_ids: Sequence[int]) -> None:
    """Serialize those who choose among the same resources, always in id order."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [list(resource_ids)])


def close_resources(resource_ids: Sequence[int]) -> None:
    """Let nobody take any of them until the transaction ends, and wait for who is just doing so.

    For whoever takes time away, or puts something beside a visit: after this they see all visits.
    """
    with connection.cursor() as cursor:
        cursor.execute(CLOSE, [list(resource_ids)])


def lock_for_visits(
    *,
    clinician_ids: Collection[int],
    site_id: int,
    needs: Collection[str],
    freed: Iterable[int] = (),
) -> None:
    """Lock all that several visits may take one of or free, so that two who book many take turns.

    The clinicians' own time, the sessions they lead, and the rooms and devices of the site.
    """
    own = Resource.objects.filter(
        Q(clinician__in=clinician_ids) | Q(leader__in=clinician_ids)
    ).values_list("pk", flat=True)
    pools = pools_of({site_id}, needs).values()
    rooms = {resource_id for pool in pools for resource_id, _ in pool}
    lock_resources(sorted({*rooms, *own, *freed}))


class Taken(NamedTuple):
    """One allocation of a visit."""

    allocation_id: int
    resource_id: int
    start: Instant
    end: Instant


def free(*, hold_id: int | None = None, appointment_id: int | None = None) -> int:
    """Free the allocations of a hold or of an appointment; how many there were."""
    if appointment_id is None:
        return write(Write(FREE_HOLD, [hold_id]))
    return write(freed(appointment_id))


def freed(appointment_id: int) -> Write:
    """All that a visit takes becomes free."""
    return Write(FREE_VISIT, [appointment_id])


def rows_freed(taken: Sequence[Taken]) -> Write:
    """Some allocations become free."""
    return Write(FREE_ROWS, [[each.allocation_id for each in taken]])

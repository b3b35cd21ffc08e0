"""What is taken, and which rooms and devices there are."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from django.db import connection

from scheduling.clinic.rules.working_hours import DAY, Instant, Interval, merge

# No single allocation is longer; it bounds how far back the busy query looks, and a constraint
# of the table holds it.
LONGEST_ALLOCATION = DAY


class Busy(NamedTuple):
    """One active allocation; ``unit`` is which of the resource's places, ``block`` that no patient
    has it.
    """

    start: Instant
    end: Instant
    unit: int
    site_id: int | None
    visit_type_id: int | None
    block: bool


@dataclass(frozen=True, slots=True)
class Ignored:
    """Rows that do not count as busy: a visit's that is being moved, a hold's, or all of them. What
    was booked of a hold is a visit's.

    ``appointment_ids`` are several visits that will be moved.
    """

    appointment_id: int | None = None
    appointment_ids: frozenset[int] = frozenset()
    hold_id: int | None = None
    everything: bool = False


NOTHING_IGNORED = Ignored()

# A range of the (resource, lower(during)) index for each resource, in the order of the index.
# Seconds instead of timestamps: they are read several times faster, and these are all of a
# search's many rows.
SPAN = """
    date_part('epoch', lower(during))::bigint, date_part('epoch', upper(during))::bigint
"""
BUSY = """
    SELECT resource_id, {columns}
    FROM scheduling_allocation
    WHERE active AND resource_id = ANY(%(resources)s)
      AND lower(during) >= to_timestamp(%(reach_back)s) AND lower(during) < to_timestamp(%(until)s)
      AND (expires_at IS NULL OR expires_at > to_timestamp(%(now)s))
      AND (appointment_id = ANY(%(appointments)s)) IS NOT TRUE
      AND (hold_id IS DISTINCT FROM %(hold)s OR kind <> 'hold')
    ORDER BY resource_id, lower(during)
"""
BUSY_INTERVALS = BUSY.format(columns=SPAN)
BUSY_ROWS = BUSY.format(columns=f"{SPAN}, unit, site_id, visit_type_id, kind = 'block'")


@dataclass(frozen=True, slots=True)
class Window:
    """From when until when to look, as of ``now``."""

    since: Instant
    until: Instant
    now: Instant
    ignored: Ignored = NOTHING_IGNORED


def busy_intervals(resource_ids: Collection[int], window: Window) -> dict[int, list[Interval]]:
    """What is taken of each resource, in order of start. One query.

    All that most searches need; ``busy_rows`` tells more, for twice the time.
    """
    return _by_resource(BUSY_INTERVALS, resource_ids, window)


def busy_rows(resource_ids: Collection[int], window: Window) -> dict[int, list[Busy]]:
    """What is taken of each resource, and which place of it, where and for what. One query."""
    rows = _by_resource(BUSY_ROWS, resource_ids, window)
    return {resource_id: [Busy(*row) for row in own] for resource_id, own in rows.items()}


def _by_resource(query: str, resource_ids: Collection[int], window: Window) -> dict[int, list[Any]]:
    if window.ignored.everything or not resource_ids:
        return {}
    asked: dict[str, Any] = {
        "resources": list(resource_ids),
        "reach_back": window.since - LONGEST_ALLOCATION,
        "until": window.until,
        "now": window.now,
        # -1 is no row's id, and rows without one are let through.
        "appointments": [window.ignored.appointment_id or -1, *window.ignored.appointment_ids],
        "hold": window.ignored.hold_id or -1,
    }
    with connection.cursor() as cursor:
        cursor.execute(query, asked)
        grouped = groupby(cursor.fetchall(), key=itemgetter(0))
        return {resource_id: [row[1:] for row in rows] for resource_id, rows in grouped}


POOLS = """
    SELECT site_id, category, id, capacity FROM scheduling_resource
    WHERE active AND kind IN ('room', 'device')
      AND site_id = ANY(%(sites)s) AND category = ANY(%(categories)s)
    ORDER BY id
"""
Pool = list[tuple[int, int]]


def pools_of(site_ids: Collection[int], categories: Collection[str]) -> dict[tuple[int, str], Pool]:
    """By site and category, the (resource, capacity) pairs of its rooms or devices. One query."""
    pools: dict[tuple[int, str], Pool] = defaultdict(list)
    if not categories:
        return pools
    with connection.cursor() as cursor:
        cursor.execute(POOLS, {"sites": list(site_ids), "categories": list(categories)})
        for site_id, category, resource_id, capacity in cursor.fetchall():
            pools[site_id, category].append((resource_id, capacity))
    return pools


def places_of(pool: Pool, busy: dict[int, list[Busy]]) -> list[list[Interval]]:
    """Each place of a pool as its busy intervals, in order and apart."""
    return [
        merge((row.start, row.end) for row in busy.get(resource_id, ()) if row.unit == unit)
        for resource_id, capacity in pool
        for unit in range(capacity)
    ]

"""Taking what somebody else has: only for staff who may, and say why (``staff_booking``)."""

from django.db import connection

from scheduling.availability.selectors.search import Search, Slot, shape_of
from scheduling.booking.services import allocations
from scheduling.booking.services.allocations import Taking
from scheduling.clinic.rules.working_hours import moment_of
from scheduling.exceptions import SlotTaken

# A free place of the pool, or else the first one. A row stands outside the exclusion constraint
# (overbook) only where something is really in its way: what merely lies outside the hours is as
# safe from a double booking as any other visit.
TAKE_ANYWAY = """
    INSERT INTO scheduling_allocation
        (resource_id, unit, during, kind, active, overbook, reason, site_id, visit_type_id,
         hold_id, appointment_id, expires_at)
    SELECT resource.id, place, tstzrange(%(start)s, %(end)s), %(kind)s, TRUE, taken, '',
           %(site)s, %(visit_type)s, NULL, %(appointment)s, NULL
    FROM scheduling_resource AS resource, generate_series(0, resource.capacity - 1) AS place,
         LATERAL (SELECT EXISTS (
             SELECT FROM scheduling_allocation AS other
             WHERE other.active AND other.resource_id = resource.id AND other.unit = place
               AND other.during && tstzrange(%(start)s, %(end)s)) AS taken) AS state
    WHERE resource.id = ANY(%(pool)s)
    ORDER BY taken, resource.id, place
    LIMIT 1
    ON CONFLICT DO NOTHING
    RETURNING overbook
"""


def take_anyway(slot: Slot, pools: list[list[int]], *, search: Search, taking: Taking) -> bool:
    """Take one of each pool, whoever has it; True when something is overbooked by that.

    The caller holds the locks of all of them. Raises SlotTaken when somebody who needed no lock
    took the place this very moment: that conflict nobody has seen yet.
    """
    allocations.drop_expired(slot, pools, search=search, now=taking.now)
    start, end = shape_of(search.visit_type).occupied(slot.start)
    overbooked = False
    with connection.cursor() as cursor:
        for pool in filter(None, pools):
            cursor.execute(
                TAKE_ANYWAY,
                {
                    "pool": pool,
                    "start": moment_of(start),
                    "end": moment_of(end),
                    "kind": taking.kind,
                    "site": slot.site_id,
                    "visit_type": search.visit_type.pk,
                    "appointment": taking.appointment_id,
                },
            )
            row = cursor.fetchone()
            if row is None:
                raise SlotTaken
            overbooked = overbooked or row[0]
    return overbooked

"""Places for many visits at once, each in a constant number of queries: what they take is taken,
and what they had is given back, or they keep it.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.db import connection, transaction

from scheduling.clinic.rules.working_hours import Instant, moment_of
from scheduling.imports.rules.csv_lines import LineProblem
from scheduling.imports.selectors.incoming import Place, PlannedVisit
from scheduling.models import Allocation, Appointment


class Failed(NamedTuple):
    """A visit for which there is no place, and why."""

    plan: PlannedVisit
    problem: LineProblem


def place_together(
    plans: Sequence[PlannedVisit], *, line_of: Mapping[int, int]
) -> tuple[list[PlannedVisit], list[Failed]]:
    """Take for each visit what it needs; those placed, and those for which there is no place.

    All that move give up what they have first, so that two may change places. Whoever finds none
    keeps what they have, and the others are tried again without them. ``line_of`` tells the lines
    of visits that were placed before, by id.
    """
    left, failed = list(plans), list[Failed]()
    _number(left)
    while left:
        with transaction.atomic():
            _give_up(left)
            without = _Places(left, line_of).failed() or _lost_just_now(left, _allocate(left))
            if not without:
                return left, failed
            transaction.set_rollback(True)
        failed += without
        out = {id(each.plan) for each in without}
        left = [plan for plan in left if id(plan) not in out]
    return [], failed


def _give_up(plans: Sequence[PlannedVisit]) -> None:
    moving = [plan.appointment_id for plan in plans if plan.moves]
    if moving:
        Allocation.objects.filter(appointment__in=moving, active=True).update(active=False)


class _Places:
    """Who takes what of the places of some visits, and what is in the way."""

    def __init__(self, plans: Sequence[PlannedVisit], line_of: Mapping[int, int]) -> None:
        self.plans, self.line_of = plans, line_of
        self.in_the_way = _in_the_way(plans)
        self.here: dict[Place, list[tuple[Instant, Instant, int]]] = {}

    def failed(self) -> list[Failed]:
        """Choose for each visit what it takes; those for which something is missing."""
        return [
            Failed(plan, problem)
            for number, plan in enumerate(self.plans)
            if (problem := self._choose(number, plan)) is not None
        ]

    def _choose(self, number: int, plan: PlannedVisit) -> LineProblem | None:
        start, end = plan.span
        plan.taken = []
        for places in plan.choices:
            free = (place for place in places if self._is_free(number, place, start, end))
            place = next(free, None)
            if place is None:
                return self._taken(plan, number, places[0])
            plan.taken.append(place)
        for place in plan.taken:
            self.here.setdefault(place, []).append((start, end, plan.line.number))
        return None

    def _is_free(self, number: int, place: Place, start: Instant, end: Instant) -> bool:
        return (number, *place) not in self.in_the_way and not any(
            a < end and start < b for a, b, _ in self.here.get(place, ())
        )

    def _taken(self, plan: PlannedVisit, number: int, place: Place) -> LineProblem:
        """By which line, or by a visit that is here already, or that there is no room left."""
        start, end = plan.span
        line = next((n for a, b, n in self.here.get(place, ()) if a < end and start < b), None)
        line = line or self.line_of.get(self.in_the_way.get((number, *place), 0))
        if len(plan.choices[0]) > 1 or place[0] != plan.clinician.resource_id:
            return LineProblem(plan.line.number, "no_place", plan.line.visit_type)
        if line:
            return LineProblem(plan.line.number, "overlaps_line", str(line))
        return LineProblem(plan.line.number, "overlaps", plan.line.clinician)


# Blocks and overbooked visits that stand beside something are in the way too, outside the
# constraint. No allocation is longer than a day, by which the index of busy times finds it.
IN_THE_WAY = """
    SELECT asked.number, taken.resource_id, taken.unit, coalesce(taken.appointment_id, 0)
    FROM unnest(%s::int[], %s::bigint[], %s::timestamptz[], %s::timestamptz[])
         AS asked (number, resource_id, starts, ends)
    JOIN scheduling_allocation AS taken
      ON taken.resource_id = asked.resource_id AND taken.active
     AND lower(taken.during) > asked.starts - INTERVAL '24 hours'
     AND lower(taken.during) < asked.ends AND upper(taken.during) > asked.starts
"""


def _in_the_way(plans: Sequence[PlannedVisit]) -> dict[tuple[int, int, int], int]:
    """What is taken already of what each visit could take: (which of them, resource, unit)."""
    asked = [
        (number, resource_id, moment_of(plan.span[0]), moment_of(plan.span[1]))
        for number, plan in enumerate(plans)
        for resource_id in {place[0] for places in plan.choices for place in places}
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            IN_THE_WAY, [list(column) for column in zip(*asked, strict=True)] or [[]] * 4
        )
        return {(number, *place): visit for number, *place, visit in cursor.fetchall()}


def _number(plans: Sequence[PlannedVisit]) -> None:
    """Give new visits their ids, so that what they take can be taken before they are written."""
    new = [plan for plan in plans if not plan.appointment_id]
    sequence = "pg_get_serial_sequence('scheduling_appointment', 'id')"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT nextval({sequence}) FROM generate_series(1, %s)",  # noqa: S608
            [len(new)],
        )
        for plan, (appointment_id,) in zip(new, cursor.fetchall(), strict=True):
            plan.appointment_id = appointment_id


ALLOCATE = """
    INSERT INTO scheduling_allocation
        (resource_id, unit, during, kind, active, overbook, reason, site_id, visit_type_id,
         appointment_id)
    SELECT resource, unit, tstzrange(starts, ends), 'booking', TRUE, FALSE, '', site, visit_type,
           appointment
    FROM unnest(%s::bigint[], %s::int[], %s::timestamptz[], %s::timestamptz[], %s::bigint[],
                %s::bigint[], %s::bigint[])
         AS wanted (resource, unit, starts, ends, site, visit_type, appointment)
    ON CONFLICT DO NOTHING
    RETURNING appointment_id
"""


def _allocate(plans: Sequence[PlannedVisit]) -> dict[int, int]:
    """Take everything; how much each visit was given."""
    rows = [
        (*place, *map(moment_of, plan.span), plan.site.pk, plan.visit_type.pk, plan.appointment_id)
        for plan in plans
        for place in plan.taken
    ]
    given: dict[int, int] = {}
    with connection.cursor() as cursor:
        cursor.execute(ALLOCATE, [list(column) for column in zip(*rows, strict=True)])
        for (appointment_id,) in cursor.fetchall():
            given[appointment_id] = given.get(appointment_id, 0) + 1
    return given


def _lost_just_now(plans: Sequence[PlannedVisit], given: Mapping[int, int]) -> list[Failed]:
    """Those that somebody who booked meanwhile was faster than."""
    return [
        Failed(plan, LineProblem(plan.line.number, "overlaps", plan.line.clinician))
        for plan in plans
        if given.get(plan.appointment_id, 0) < len(plan.taken)
    ]


# What Django makes of so many rows takes longer to build than to run.
WRITE_PLACES = """
    UPDATE scheduling_appointment AS visit
    SET site_id = now.site, clinician_id = now.clinician, mode = now.mode,
        local_date = now.day, local_time = now.wall, time_zone = now.zone,
        starts_at = now.starts, ends_at = now.ends,
        status = now.status, status_since = now.since, version = now.version
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::date[], %s::time[],
                %s::text[], %s::timestamptz[], %s::timestamptz[], %s::text[], %s::timestamptz[],
                %s::int[])
         AS now (id, site, clinician, mode, day, wall, zone, starts, ends, status, since, version)
    WHERE visit.id = now.id
"""
PLACE = (
    "pk", "site_id", "clinician_id", "mode", "local_date", "local_time", "time_zone", "starts_at",
    "ends_at", "status", "status_since", "version",
)  # fmt: skip


def write_places(visits: Sequence[Appointment]) -> None:
    """Write down where visits are now, as which version. The caller has locked them."""
    columns = [[getattr(visit, name) for visit in visits] for name in PLACE]
    with connection.cursor() as cursor:
        cursor.execute(WRITE_PLACES, columns)

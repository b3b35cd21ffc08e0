"""Appointments that another system booked, many at once: all of them, or none.

They come by the batch, each in a constant number of queries, inside one transaction. What is
wrong is found out to the end, so that everything can be put right in one go.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

from django.db import connection, transaction

from people.models import User
from people.services import audit
from people.services.moving_in import record_described
from scheduling.availability import Instant, moment_of
from scheduling.models import (
    Appointment,
    AppointmentEvent,
    ImportedAppointment,
)
from scheduling.moving_in import Line, Problem
from scheduling.selectors.incoming import Incoming, Place, Plan
from scheduling.services.holds import release_expired_holds

BATCH = 500
ADVISORY_LOCK = 7_205_760
REASON = "moved in"
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, or with ``written`` false would have done."""

    added: int
    known: int
    people: int
    problems: tuple[Problem, ...]
    written: bool


def import_appointments(
    *,
    lines: Iterable[Line | list[Problem]],
    now: datetime,
    actor: User | None = None,
    skip_wrong: bool = False,
    dry_run: bool = False,
) -> Imported:
    """Take visits over. Nothing is written when anything is wrong, unless ``skip_wrong``.

    A line whose (source, id) was imported before is left alone. Nobody is told: the patients know
    of these visits. Reminders follow as of any visit.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ADVISORY_LOCK])
        release_expired_holds(now=now)
        run = _Run(now, actor)
        for batch in _batches(lines):
            run.take(batch)
        problems = tuple(sorted(run.incoming.problems, key=lambda each: each.line))
        written = not dry_run and (skip_wrong or not problems)
        if not written:
            transaction.set_rollback(True)
    return Imported(run.added, run.incoming.known, run.people, problems, written)


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    rest = iter(items)
    while batch := list(islice(rest, BATCH)):
        yield batch


class _Run:
    """One import, and what came of the lines so far."""

    def __init__(self, now: datetime, actor: User | None) -> None:
        self.now, self.actor = now, actor
        self.incoming = Incoming(now)
        self.added = self.people = 0
        self.line_of: dict[int, int] = {}

    def take(self, batch: Sequence[Line | list[Problem]]) -> None:
        lines: list[Line] = []
        for each in batch:
            if isinstance(each, Line):
                lines.append(each)
            else:
                self.incoming.problems += each
        self._write(self._placed(self.incoming.plans(lines)))

    def _placed(self, plans: list[Plan]) -> list[Plan]:
        """Those for which there is a place, each with what it takes."""
        in_the_way = _in_the_way(plans)
        here: dict[Place, list[tuple[Instant, Instant, int]]] = {}
        placed = []
        for number, plan in enumerate(plans):
            start, end = plan.span
            for places in plan.choices:
                free = next(
                    (
                        place
                        for place in places
                        if (number, *place) not in in_the_way
                        and not any(a < end and start < b for a, b, _ in here.get(place, ()))
                    ),
                    None,
                )
                if free is None:
                    self._say_taken(plan, number, places[0], in_the_way, here)
                    break
                plan.taken.append(free)
            else:
                for place in plan.taken:
                    here.setdefault(place, []).append((start, end, plan.line.number))
                placed.append(plan)
        return placed

    def _say_taken(
        self,
        plan: Plan,
        number: int,
        place: Place,
        in_the_way: dict[tuple[int, int, int], int],
        here: dict[Place, list[tuple[Instant, Instant, int]]],
    ) -> None:
        """By which line, or by a visit that is here already, or that there is no room left."""
        start, end = plan.span
        line = next((n for a, b, n in here.get(place, ()) if a < end and start < b), None)
        line = line or self.line_of.get(in_the_way.get((number, *place), 0))
        if len(plan.choices[0]) > 1 or place[0] != plan.clinician.resource_id:
            self.incoming.say(plan.line, "no_place", plan.line.visit_type)
        elif line:
            self.incoming.say(plan.line, "overlaps_line", str(line))
        else:
            self.incoming.say(plan.line, "overlaps", plan.line.clinician)

    def _write(self, plans: list[Plan]) -> None:
        if not plans:
            return
        _number(plans)
        taken = _allocate(plans)
        for plan in plans:
            if taken.get(plan.appointment_id, 0) < len(plan.taken):  # somebody booked just now
                self.incoming.say(plan.line, "overlaps", plan.line.clinician)
        plans = [plan for plan in plans if taken.get(plan.appointment_id, 0) == len(plan.taken)]
        people, new = record_described([plan.line.patient for plan in plans], now=self.now)
        self.people += len(new)
        visits = [
            _appointment(plan, person.pk, self.actor, self.now)
            for plan, person in zip(plans, people, strict=True)
        ]
        Appointment.objects.bulk_create(visits)
        AppointmentEvent.objects.bulk_create(_event(visit, self.actor) for visit in visits)
        ImportedAppointment.objects.bulk_create(
            ImportedAppointment(
                source=plan.line.source,
                source_id=plan.line.source_id,
                appointment_id=plan.appointment_id,
                imported_at=self.now,
            )
            for plan in plans
        )
        audit.note(
            actor=self.actor,
            person_ids=sorted({person.pk for person in people}),
            action="appointment.import",
            subject="",
            now=self.now,
        )
        self.line_of |= {plan.appointment_id: plan.line.number for plan in plans}
        self.added += len(plans)


IN_THE_WAY = """
    SELECT asked.number, taken.resource_id, taken.unit, coalesce(taken.appointment_id, 0)
    FROM unnest(%s::int[], %s::bigint[], %s::timestamptz[], %s::timestamptz[])
         AS asked (number, resource_id, starts, ends)
    JOIN scheduling_allocation AS taken
      ON taken.resource_id = asked.resource_id AND taken.active AND NOT taken.overbook
     AND taken.during && tstzrange(asked.starts, asked.ends)
"""


def _in_the_way(plans: Sequence[Plan]) -> dict[tuple[int, int, int], int]:
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


def _number(plans: Sequence[Plan]) -> None:
    """Give the visits their ids, so that what they take can be taken before they are written."""
    sequence = "pg_get_serial_sequence('scheduling_appointment', 'id')"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT nextval({sequence}) FROM generate_series(1, %s)",  # noqa: S608
            [len(plans)],
        )
        for plan, (appointment_id,) in zip(plans, cursor.fetchall(), strict=True):
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
GIVE_BACK = "DELETE FROM scheduling_allocation WHERE appointment_id = ANY(%s)"


def _allocate(plans: Sequence[Plan]) -> dict[int, int]:
    """Take everything; how much each visit was given. Who did not get all has nothing."""
    rows = [
        (*place, *map(moment_of, plan.span), plan.site.pk, plan.visit_type.pk, plan.appointment_id)
        for plan in plans
        for place in plan.taken
    ]
    taken: dict[int, int] = {}
    with connection.cursor() as cursor:
        cursor.execute(ALLOCATE, [list(column) for column in zip(*rows, strict=True)])
        for (appointment_id,) in cursor.fetchall():
            taken[appointment_id] = taken.get(appointment_id, 0) + 1
        short = [
            plan.appointment_id
            for plan in plans
            if taken.get(plan.appointment_id, 0) < len(plan.taken)
        ]
        cursor.execute(GIVE_BACK, [short])
    return taken


def _appointment(plan: Plan, person_id: int, actor: User | None, now: datetime) -> Appointment:
    line, visit_type = plan.line, plan.visit_type
    return Appointment(
        pk=plan.appointment_id,
        person_id=person_id,
        visit_type=visit_type,
        site=plan.site,
        clinician=plan.clinician,
        status=line.status,
        mode=line.mode,
        local_date=line.day,
        local_time=line.wall,
        time_zone=plan.site.time_zone,
        starts_at=plan.starts_at,
        ends_at=plan.starts_at + timedelta(minutes=visit_type.minutes),
        price_low=visit_type.price_low,
        price_high=visit_type.price_high,
        booked_by=actor,
        created_at=now,
        status_since=now,
    )


def _event(visit: Appointment, actor: User | None) -> AppointmentEvent:
    return AppointmentEvent(
        appointment=visit,
        kind=AppointmentEvent.Kind.BOOKED,
        to_status=visit.status,
        version=visit.version,
        starts_at=visit.starts_at,
        at=visit.created_at,
        actor=actor,
        reason=REASON,
    )

"""Appointments that another system booked, many at once: all of them, or none.

They come by the batch, each in a constant number of queries, inside one transaction. What is
wrong is found out to the end, so that everything can be put right in one go. A file that comes
again brings what came before up to date.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, TypeVar

from django.db import connection, transaction

from people.models import User
from people.services import audit
from people.services.external_patients import record_external_patients
from scheduling.appointments.services import notices
from scheduling.booking.services import allocations, lifecycle
from scheduling.booking.services.freed_times_nudge import FREED_TIMES
from scheduling.booking.services.holds import release_expired_holds
from scheduling.booking.services.moving import where_it_is
from scheduling.booking.services.visit_changes import new_event
from scheduling.exceptions import IllegalTransition
from scheduling.imports.rules.csv_lines import MOVED_IN, Line, LineProblem
from scheduling.imports.rules.merging import ImportChange
from scheduling.imports.selectors.imported import told_of, visit_as_filed, visits_gone
from scheduling.imports.selectors.incoming import Incoming, PlannedVisit
from scheduling.imports.services.bulk_allocation import Failed, place_together, write_places
from scheduling.models import Appointment, AppointmentEvent, ImportedAppointment
from scheduling.transitions import UPCOMING, Status

BATCH = 500
ADVISORY_LOCK = 7_205_760
Kind = AppointmentEvent.Kind
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, or with ``written`` false would have done. ``known`` lines said what is
    so already; ``changes`` are in the order of lines, those that no line names last.
    """

    added: int
    known: int
    people: int
    problems: tuple[LineProblem, ...]
    written: bool
    changes: tuple[ImportChange, ...] = ()


def import_appointments(
    *,
    lines: Iterable[Line | list[LineProblem]],
    now: datetime,
    actor: User | None = None,
    skip_wrong: bool = False,
    cancel_gone: bool = False,
    dry_run: bool = False,
) -> Imported:
    """Take visits over. Nothing is written when anything is wrong, unless ``skip_wrong``.

    A line whose (source, id) was imported before moves, confirms or cancels that visit as the
    file now says; where somebody has changed it here as well, that is a problem. What the file
    does not name any more is told, and canceled with ``cancel_gone``; with anything wrong in the
    file it is not looked for. Nobody is told of new visits: the patients know of them. Who had
    word from us of a visit has word of its change. Reminders follow as of any visit.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ADVISORY_LOCK])
        release_expired_holds(now=now)
        run = _Run(now, actor)
        for batch in _batches(lines):
            run.take(batch)
        run.finish(cancel_gone=cancel_gone)
        problems = tuple(sorted(run.incoming.problems, key=lambda each: each.line))
        written = not dry_run and (skip_wrong or not problems)
        if not written:
            transaction.set_rollback(True)
    changes = sorted(run.incoming.changes, key=lambda each: (not each.line, each.line))
    known = run.incoming.known
    return Imported(run.added, known, run.people, problems, written, tuple(changes))


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    rest = iter(items)
    while batch := list(islice(rest, BATCH)):
        yield batch


class _Run:
    """One import, and what came of the lines so far."""

    def __init__(self, now: datetime, actor: User | None) -> None:
        self.now, self.actor = now, actor
        self.incoming = Incoming(now)
        pools = (*self.incoming.rooms.values(), *self.incoming.sessions.values())
        self.pools = sorted({resource_id for places in pools for resource_id, _ in places})
        self.added = self.people = 0
        self.line_of: dict[int, int] = {}
        # What found no place: a line further down may yet give one up.
        self.waiting: list[PlannedVisit] = []

    def take(self, batch: Sequence[Line | list[LineProblem]]) -> None:
        lines: list[Line] = []
        for each in batch:
            if isinstance(each, Line):
                lines.append(each)
            else:
                self.incoming.problems += each
        found = self.incoming.sort(lines)
        for line, visit in found.canceled:
            self._set_status(line, visit, Status.CANCELED)
        for line, visit in found.confirmed:
            self._set_status(line, visit, Status.CONFIRMED)
        placed, failed = self._place(self._locked(found.plans))
        self.waiting += [each.plan for each in failed]
        self._write(placed)

    def finish(self, *, cancel_gone: bool) -> None:
        placed, failed = self._place(self.waiting)
        self._write(placed)
        self.incoming.problems += [each.problem for each in failed]
        if self.incoming.problems:
            return  # a visit on a line that cannot be read would seem to be gone
        for source_id, visit in visits_gone(self.incoming.seen, now=self.now):
            if cancel_gone:
                self._cancel(visit)
            kind = "canceled" if cancel_gone else "gone"
            self.incoming.changes.append(ImportChange(0, kind, source_id, visit_as_filed(visit)))

    def _set_status(self, line: Line, visit: Appointment, to: Status) -> None:
        before = visit_as_filed(visit)
        try:
            self._cancel(visit) if to == Status.CANCELED else self._confirm(visit)
        except IllegalTransition:
            self.incoming.say(line, "changed_here")  # just now
        else:
            self.incoming.changes.append(
                ImportChange(line.number, to.value, line.source_id, before)
            )

    def _confirm(self, visit: Appointment) -> None:
        lifecycle.change_status(
            appointment=visit,
            to=Status.CONFIRMED,
            actor=self.actor,
            reason=MOVED_IN,
            version=visit.version,
            only_from=UPCOMING,
            now=self.now,
        )

    def _cancel(self, visit: Appointment) -> None:
        canceled = lifecycle.change_status(
            appointment=visit,
            to=Status.CANCELED,
            actor=self.actor,
            reason=MOVED_IN,
            version=visit.version,
            only_from=UPCOMING,
            now=self.now,
        )
        if told_of([visit.pk]):
            notices.queue_canceled(canceled, now=self.now)

    def _place(self, plans: list[PlannedVisit]) -> tuple[list[PlannedVisit], list[Failed]]:
        """Take for them what they need, in turn with everybody who chooses in the same pools.

        All pools are locked at once, in id order: were it a few with each batch, whoever waits
        for one of the first could hold one of the next.
        """
        if any(len(places) > 1 for plan in plans for places in plan.choices):
            allocations.lock_resources(self.pools)
        return place_together(plans, line_of=self.line_of)

    def _locked(self, plans: list[PlannedVisit]) -> list[PlannedVisit]:
        """Those whose visit, if they move one, is as it was read; it is kept from others.

        Nobody is waited for here: who is changing a visit just now may wait for a pool of ours.
        """
        moving = [plan.appointment_id for plan in plans if plan.moves]
        rows = Appointment.objects.select_for_update(
            of=("self",), no_key=True, skip_locked=True
        ).filter(pk__in=moving)
        now_so = {row.pk: (row.version, row.status) for row in rows.order_by("pk")}
        good = []
        for plan in plans:
            visit = plan.moves
            if visit is None or now_so.get(visit.pk) == (visit.version, visit.status):
                good.append(plan)
            else:
                self.incoming.say(plan.line, "changed_here")
        return good

    def _write(self, plans: Sequence[PlannedVisit]) -> None:
        new = [plan for plan in plans if plan.moves is None]
        if new:
            self._add(new)
        moves = [(plan, plan.moves) for plan in plans if plan.moves]
        if moves:
            self._move(moves)
        self.line_of |= {plan.appointment_id: plan.line.number for plan in plans}

    def _add(self, plans: Sequence[PlannedVisit]) -> None:
        people, strangers = record_external_patients(
            [plan.line.patient for plan in plans], now=self.now
        )
        self.people += len(strangers)
        visits = [
            _appointment(plan, person.pk, self.actor, self.now)
            for plan, person in zip(plans, people, strict=True)
        ]
        Appointment.objects.bulk_create(visits)
        AppointmentEvent.objects.bulk_create(
            new_event(visit, Kind.BOOKED, before="", **self._why) for visit in visits
        )
        ImportedAppointment.objects.bulk_create(
            ImportedAppointment(
                source=plan.line.source,
                source_id=plan.line.source_id,
                appointment_id=plan.appointment_id,
                imported_at=self.now,
            )
            for plan in plans
        )
        self._note({person.pk for person in people})
        self.added += len(plans)
        self.incoming.changes += [
            ImportChange(plan.line.number, "new", plan.line.source_id, None, visit_as_filed(visit))
            for plan, visit in zip(plans, visits, strict=True)
        ]

    def _move(self, moves: Sequence[tuple[PlannedVisit, Appointment]]) -> None:
        events = []
        for plan, visit in moves:
            before, status, was = visit_as_filed(visit), visit.status, where_it_is(visit)
            _settle(visit, plan, self.now)
            events.append(new_event(visit, Kind.MOVED, before=status, **self._why, **was))
            change = ImportChange(
                plan.line.number, "moved", plan.line.source_id, before, visit_as_filed(visit)
            )
            self.incoming.changes.append(change)
        visits = [visit for _, visit in moves]
        write_places(visits)
        AppointmentEvent.objects.bulk_create(events)
        self._note({visit.person_id for visit in visits})
        told = told_of([visit.pk for visit in visits])
        for visit in visits:
            if visit.pk in told:
                notices.queue_moved(visit, now=self.now)
        FREED_TIMES.send()

    @property
    def _why(self) -> dict[str, Any]:
        return {"actor": self.actor, "now": self.now, "reason": MOVED_IN}

    def _note(self, person_ids: set[int]) -> None:
        audit.note(
            actor=self.actor,
            person_ids=sorted(person_ids),
            action="appointment.import",
            subject="",
            now=self.now,
        )


def _appointment(
    plan: PlannedVisit, person_id: int, actor: User | None, now: datetime
) -> Appointment:
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


def _settle(visit: Appointment, plan: PlannedVisit, now: datetime) -> None:
    """A visit where a line says it is, as its next version. The patient said yes to another day,
    unless the line says that they did to this one.
    """
    line = plan.line
    visit.site, visit.clinician, visit.mode = plan.site, plan.clinician, line.mode
    visit.local_date, visit.local_time = line.day, line.wall
    visit.time_zone, visit.starts_at = plan.site.time_zone, plan.starts_at
    visit.ends_at = plan.starts_at + timedelta(minutes=plan.visit_type.minutes)
    visit.status, visit.status_since = line.status, now
    visit.version += 1

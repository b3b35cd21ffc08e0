"""Fifty clients who want one clinician at once: they book times that overlap, move and cancel.

Twice: fifty browsers of the web server, whose processes take turns at the database as they do for
patients, and fifty processes with a connection each, all of them in the database at once.
``ATTEMPTS=1000`` is a shorter run; browsers make a fifth as many.
"""

import json
import multiprocessing
import os
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from random import Random
from statistics import median, quantiles
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid4

from django.db import connection, connections

from benchmarks import web
from benchmarks.booking import left_as_found
from benchmarks.measure import Line, count
from benchmarks.patients import Patient, patients
from benchmarks.seed import ZONE
from benchmarks.web import Browser
from people.models import Person, User
from scheduling.exceptions import (
    HasVisitThen,
    IllegalTransition,
    SlotNotOffered,
    SlotTaken,
)
from scheduling.models import (
    Appointment,
    AvailabilityRule,
    Clinician,
    Resource,
    Site,
    VisitType,
)
from scheduling.services.booking import Wish, book_appointment
from scheduling.services.lifecycle import cancel_appointment
from scheduling.services.moving import reschedule_appointment

CLIENTS, DAYS_AHEAD, STEP = 50, 20, timedelta(minutes=10)
STEPS_A_DAY = 12 * 6  # from 6:00 to 18:00 by the site's clock, or nearly
MILLISECONDS = 250
VISITS = "/api/v1/appointments/"
FACTS = (SlotTaken, SlotNotOffered, IllegalTransition, HasVisitThen)
PROBLEMS = {
    "slot_taken": SlotTaken(),
    "slot_not_offered": SlotNotOffered(""),
    "has_visit_then": HasVisitThen(UUID(int=0)),
}
OVERLAPS = """
    SELECT count(*) FROM scheduling_allocation AS one
    JOIN scheduling_allocation AS other
      ON one.resource_id = other.resource_id AND one.unit = other.unit AND one.id < other.id
     AND one.during && other.during
    WHERE one.active AND other.active AND one.resource_id = %s
"""
DEADLOCKS = """
    SELECT pg_stat_get_db_deadlocks(oid) FROM pg_database WHERE datname = current_database()
"""


Visit = TypeVar("Visit")


@dataclass
class Told:
    """What one client lived through: milliseconds of each attempt, and how each ended."""

    taken: list[float] = field(default_factory=list)
    ended: Counter[str] = field(default_factory=Counter)


def run() -> list[Line]:
    clinician = _hot_clinician()
    each = int(os.environ.get("ATTEMPTS", "100000")) // CLIENTS
    people = patients(CLIENTS)
    with left_as_found(), web.serve():
        lines = _measured("browsers", clinician, lambda: _browsing(people, clinician, each // 5))
    with left_as_found():
        return lines + _measured("processes", clinician, lambda: _at_once(people, clinician, each))


def _measured(who: str, clinician: Clinician, everybody: Callable[[], list[Told]]) -> list[Line]:
    before, began = _number(DEADLOCKS), time.perf_counter()
    told = everybody()
    seconds = time.perf_counter() - began
    deadlocks = _number(DEADLOCKS) - before
    overlaps = _number(OVERLAPS, clinician.resource_id)
    taken = sorted(each for one in told for each in one.taken)
    ended = sum((one.ended for one in told), Counter[str]())
    surprises = {name: n for name, n in ended.items() if name not in EXPECTED}
    percentiles = quantiles(taken, n=100)
    low, _, high = quantiles(taken, n=4)
    called = f"hot clinician, {CLIENTS} {who}"
    return [
        Line(
            f"{called}, p99 ms",
            percentiles[98],
            MILLISECONDS,
            (low, high),
            f"at most {MILLISECONDS}",
            percentiles[98] / MILLISECONDS,
            percentiles[98] <= MILLISECONDS,
            f"median {median(taken):.0f} ms, {len(taken) / seconds:.0f}/s, {dict(ended)}",
        ),
        count(f"{called}, overlaps", overlaps, at_most=0, note=f"{len(taken)} attempts"),
        count(f"{called}, deadlocks", deadlocks, at_most=0),
        count(f"{called}, surprises", sum(surprises.values()), at_most=0, note=str(surprises)),
    ]


EXPECTED = {"booked", "moved", "canceled", *(fact.__name__ for fact in FACTS)}


def _number(query: str, *about: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query, about)
        return int(cursor.fetchone()[0])


def _browsing(people: list[Patient], clinician: Clinician, each: int) -> list[Told]:
    """In a thread each, as the web server's clients."""
    start = threading.Barrier(CLIENTS)

    def work(patient: Patient) -> Told:
        client = Browsing(patient, clinician)
        try:
            client.attempt()  # while modules load
            start.wait(timeout=300)
            return _attempts(client, each)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(work, people))


def _at_once(people: list[Patient], clinician: Clinician, each: int) -> list[Told]:
    """In a process each, with a connection each."""
    connections.close_all()
    context = multiprocessing.get_context("fork")
    start, answers = context.Barrier(CLIENTS), context.Queue()
    workers = [
        context.Process(target=_work, args=(patient, clinician, each, start, answers))
        for patient in people
    ]
    for worker in workers:
        worker.start()
    told = [answers.get(timeout=3600) for _ in workers]
    for worker in workers:
        worker.join()
    return told


def _work(patient: Patient, clinician: Clinician, each: int, start: Any, answers: Any) -> None:
    told = Told()
    try:
        client = AtOnce(patient, clinician)
        client.attempt()  # while modules load
        start.wait(timeout=300)
        told = _attempts(client, each)
    finally:
        answers.put(told)
        connections.close_all()


def _attempts(client: "Client[Any]", count: int) -> Told:
    told = Told()
    for _ in range(count):
        began = time.perf_counter()
        ended = client.attempt()
        told.taken.append((time.perf_counter() - began) * 1000)
        told.ended[ended] += 1
    return told


class Client(Generic[Visit]):
    """Somebody who books, moves and cancels without a pause."""

    def __init__(self, patient: Patient, clinician: Clinician) -> None:
        self.clinician = clinician
        self.site = Site.objects.get(slug="hot")
        self.random = Random(patient.user_id)  # a plan, not a secret
        self.visits: list[Visit] = []

    def attempt(self) -> str:
        """One attempt, and how it ended: by a fact of the domain, or by a surprise's name."""
        does = self.random.choice([self.book, self.book, self.move, self.cancel])
        try:
            return does()
        except FACTS as fact:
            return type(fact).__name__
        except Exception as surprise:  # noqa: BLE001  # counted, and a target of its own
            return repr(surprise)[:200]

    def some_time(self) -> datetime:
        day = date.today() + timedelta(days=self.random.randrange(1, DAYS_AHEAD))  # noqa: DTZ011
        first = datetime.combine(day, clock_time(11), UTC)
        return first + self.random.randrange(STEPS_A_DAY) * STEP

    def book(self) -> str:
        self.visits.append(self.booked(self.some_time()))
        return "booked"

    def move(self) -> str:
        if not self.visits:
            return self.book()
        place = self.random.randrange(len(self.visits))
        self.visits[place] = self.moved(self.visits[place], self.some_time())
        return "moved"

    def cancel(self) -> str:
        if not self.visits:
            return self.book()
        self.canceled(self.visits.pop(self.random.randrange(len(self.visits))))
        return "canceled"

    def booked(self, starts_at: datetime) -> Visit:
        raise NotImplementedError

    def moved(self, visit: Visit, to: datetime) -> Visit:
        raise NotImplementedError

    def canceled(self, visit: Visit) -> None:
        raise NotImplementedError


class AtOnce(Client[Appointment]):
    """By the domain functions."""

    def __init__(self, patient: Patient, clinician: Clinician) -> None:
        super().__init__(patient, clinician)
        self.user = User.objects.get(pk=patient.user_id)
        self.person = Person.objects.get(pk=patient.person_id)
        self.visit_type = VisitType.objects.get(slug="hot")

    def booked(self, starts_at: datetime) -> Appointment:
        return book_appointment(
            wish=Wish(self.visit_type, self.site, starts_at, clinician_id=self.clinician.pk),
            person=self.person,
            user=self.user,
            idempotency_key=uuid4().hex,
            now=datetime.now(UTC),
        )

    def moved(self, visit: Appointment, to: datetime) -> Appointment:
        return reschedule_appointment(
            appointment=visit,
            site=self.site,
            starts_at=to,
            clinician_id=self.clinician.pk,
            user=self.user,
            now=datetime.now(UTC),
        )

    def canceled(self, visit: Appointment) -> None:
        cancel_appointment(appointment=visit, user=self.user, reason="", now=datetime.now(UTC))


class Browsing(Client[str]):
    """By the API. A visit is the address at which it is changed."""

    def __init__(self, patient: Patient, clinician: Clinician) -> None:
        super().__init__(patient, clinician)
        self.browser = Browser(patient.cookie)

    def booked(self, starts_at: datetime) -> str:
        made = self._post(VISITS, self._wish(starts_at) | {"visit_type": "hot"})
        return f"{VISITS}{made['id']}/"

    def moved(self, visit: str, to: datetime) -> str:
        self._post(f"{visit}move/", self._wish(to))
        return visit

    def canceled(self, visit: str) -> None:
        self._post(f"{visit}cancel/", {})

    def _wish(self, starts_at: datetime) -> dict[str, Any]:
        return {
            "site": self.site.pk,
            "clinician": self.clinician.pk,
            "starts_at": starts_at.isoformat(),
        }

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        status, answer = self.browser.post(path, body)
        told: dict[str, Any] = json.loads(answer)
        if status < 300:
            return told
        raise PROBLEMS.get(told["code"], RuntimeError(f"{status} {told}"))


def _hot_clinician() -> Clinician:
    """Whom everybody wants: half-hour visits that may begin every ten minutes, all day long."""
    known = Clinician.objects.filter(resource__slug="hot").first()
    if known is not None:
        return known
    site = Site.objects.create(
        slug="hot",
        name="Hot",
        street="1 Main Street",
        city="Buffalo",
        phone="+17165550100",
        time_zone=ZONE,
        latitude=42.8,
        longitude=-78.8,
    )
    visit_type = VisitType.objects.create(
        slug="hot",
        names={"en": "Hot"},
        minutes=30,
        slot_step=10,
        price_low=4500,
        price_high=4500,
        minimum_notice=0,
        latest_change=0,
    )
    calendar = Resource.objects.create(slug="hot", kind=Resource.Kind.CLINICIAN)
    clinician = Clinician.objects.create(resource=calendar, name="Dr. Hot")
    clinician.visit_types.add(visit_type)
    AvailabilityRule.objects.bulk_create(
        AvailabilityRule(
            resource=calendar,
            site=site,
            weekday=weekday,
            starts=clock_time(6),
            ends=clock_time(18),
            valid_from=date(2000, 1, 1),
        )
        for weekday in range(7)
    )
    return clinician

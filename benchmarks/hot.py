"""Fifty clients who want one clinician at once: they book times that overlap, move and cancel.

Three times: by the domain functions, which a few processes call for all of them; as browsers of
the web server; and with a connection each, all of them in the database at once, which no server
would let them. ``ATTEMPTS=1000`` is a shorter run; browsers and connections make a fifth as many.
"""

import multiprocessing
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from datetime import time as clock_time
from statistics import median, quantiles
from typing import Any

from django.db import connection, connections

from benchmarks import web
from benchmarks.booking import left_as_found
from benchmarks.clients import EXPECTED, Browsing, Calling, Client, Served
from benchmarks.measure import Line, count
from benchmarks.patients import Patient, patients
from benchmarks.seed import ZONE
from benchmarks.turns import taking_turns
from scheduling.models import AvailabilityRule, Clinician, Resource, Site, VisitType

CLIENTS = 50
MILLISECONDS = 250
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


@dataclass
class Told:
    """What one client lived through: milliseconds of each attempt, and how each ended."""

    taken: list[float] = field(default_factory=list)
    ended: Counter[str] = field(default_factory=Counter)


def run() -> list[Line]:
    clinician = _hot_clinician()
    each = int(os.environ.get("ATTEMPTS", "100000")) // CLIENTS
    people = patients(CLIENTS)
    with left_as_found(), taking_turns() as pool:
        served = [Served(patient, clinician, pool) for patient in people]
        lines = _measured("domain functions", clinician, lambda: _in_threads(served, each))
    with left_as_found(), web.serve():
        browsing = [Browsing(patient, clinician) for patient in people]
        lines += _measured("browsers", clinician, lambda: _in_threads(browsing, each // 5))
    with left_as_found():
        return lines + _measured(
            "all in the database", clinician, lambda: _at_once(people, clinician, each // 5)
        )


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
    called = f"hot clinician, {CLIENTS} clients, {who}"
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


def _number(query: str, *about: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query, about)
        return int(cursor.fetchone()[0])


def _in_threads(clients: Sequence[Client[Any]], each: int) -> list[Told]:
    start = threading.Barrier(len(clients))

    def work(client: Client[Any]) -> Told:
        client.attempt()  # while modules load
        start.wait(timeout=300)
        return _attempts(client, each)

    with ThreadPoolExecutor(len(clients)) as pool:
        return list(pool.map(work, clients))


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
        client = Calling(patient, clinician)
        client.attempt()  # while modules load
        start.wait(timeout=300)
        told = _attempts(client, each)
    finally:
        answers.put(told)
        connections.close_all()


def _attempts(client: Client[Any], count: int) -> Told:
    told = Told()
    for _ in range(count):
        began = time.perf_counter()
        ended = client.attempt()
        told.taken.append((time.perf_counter() - began) * 1000)
        told.ended[ended] += 1
    return told


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

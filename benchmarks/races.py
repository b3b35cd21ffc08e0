"""Fifty clients on one time, again and again, against bare rows and against the cheapest page."""

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import cache, partial
from statistics import median, quantiles
from time import perf_counter
from typing import TypeVar

import psycopg2

from benchmarks import web
from benchmarks.booking import Time, booker, free_times, left_as_found, wanted
from benchmarks.measure import Line, count
from benchmarks.patients import Patient, patients
from benchmarks.turns import taking_turns
from benchmarks.web import Browser
from scheduling.exceptions import SlotTaken
from scheduling.models import Clinician

CLIENTS, RACES = 50, 200
TAKE = """
    INSERT INTO scheduling_allocation (resource_id, during, unit, kind, active, overbook, reason)
    VALUES (%s, tstzrange(%s, %s), 0, 'block', TRUE, FALSE, 'bench') ON CONFLICT DO NOTHING
    RETURNING id
"""
Told = TypeVar("Told")


def run() -> list[Line]:
    """Until the last of all has an answer, by turns: the domain function against bare rows, and
    browsers against the same browsers on the cheapest page; and what they were told.
    """
    people, times = patients(CLIENTS), free_times(0)
    resources = dict(Clinician.objects.values_list("pk", "resource_id"))
    with left_as_found(), taking_turns() as turns, web.serve(), _bare(CLIENTS) as servers:
        browsers = [Browser(each.cookie) for each in people]
        ways: dict[str, Callable[[Time], list[Callable[[], int]]]] = {
            "domain function": lambda time_: [
                partial(_book, turns, each, time_) for each in people
            ],
            "browsers": lambda time_: [partial(_press, each, time_) for each in browsers],
            "cheapest page": lambda _: [partial(_look, each) for each in browsers],
            "bare rows": lambda time_: [
                partial(_take, each, resources[time_[0]], time_) for each in servers
            ],
        }
        taken: dict[str, list[float]] = {way: [] for way in ways}
        told = {way: Counter[str]() for way in ways}
        with ThreadPoolExecutor(CLIENTS) as pool:
            for _ in range(RACES + 1):
                for way, calls in ways.items():
                    passed, answers = _race(pool, calls(next(times)))
                    taken[way].append(passed)
                    told[way][_outcome(answers)] += 1
    lasted = {way: each[1:] for way, each in taken.items()}
    bare, cheapest = lasted["bare rows"], lasted["cheapest page"]
    note = f"{RACES} races"
    return [
        _line("domain function", lasted["domain function"], bare, at_most=6, note=note),
        _all_as_they_should("domain function", told),
        _line("browsers", lasted["browsers"], cheapest, at_most=2.5, note=note),
        _all_as_they_should("browsers", told),
    ]


@contextmanager
def _bare(count: int) -> Iterator[list["psycopg2.extensions.connection"]]:
    """So many connections, whose rows are gone afterwards."""
    servers = [psycopg2.connect(os.environ["DATABASE_URL"]) for _ in range(count)]
    try:
        yield servers
        with servers[0] as server, server.cursor() as cursor:
            cursor.execute("DELETE FROM scheduling_allocation WHERE reason = 'bench'")
    finally:
        for server in servers:
            server.close()


def _book(turns: ProcessPoolExecutor, patient: Patient, time_: Time) -> int:
    return turns.submit(_booked, patient, time_).result()


def _booked(patient: Patient, time_: Time) -> int:
    try:
        _booker(patient)(time_)
    except SlotTaken:
        return 409
    return 201


_booker = cache(booker)


def _look(browser: Browser) -> int:
    return browser.get("/api/v1/visit-types/")[0]


def _press(browser: Browser, time_: Time) -> int:
    return browser.post("/api/v1/appointments/", wanted(time_))[0]


def _outcome(statuses: Sequence[int]) -> str:
    found = Counter(statuses)
    return "exactly one" if found == {201: 1, 409: CLIENTS - 1} else str(dict(found))


def _all_as_they_should(way: str, told: dict[str, Counter[str]]) -> Line:
    wrong = told[way].total() - told[way]["exactly one"]
    name = f"{way}: races without exactly one winner"
    return count(name, wrong, at_most=0, note=str(dict(told[way])))


def _line(way: str, ours: list[float], floors: list[float], *, at_most: float, note: str) -> Line:
    own, floor = median(ours), median(floors)
    low, _, high = quantiles(ours, n=4)
    return Line(
        f"{CLIENTS} on one time, {way}, ms until all are answered",
        own,
        floor,
        (low, high),
        f"at most {at_most:g}",
        own / floor,
        own <= at_most * floor,
        note,
    )


def _race(
    pool: ThreadPoolExecutor, calls: Sequence[Callable[[], Told]]
) -> tuple[float, list[Told]]:
    """Make all calls at once; milliseconds until the last is answered, and the answers."""
    start = threading.Barrier(len(calls) + 1)

    def run(call: Callable[[], Told]) -> Told:
        start.wait(timeout=60)
        return call()

    running = [pool.submit(run, call) for call in calls]
    start.wait(timeout=60)
    began = perf_counter()
    answers = [each.result() for each in running]
    return (perf_counter() - began) * 1000, answers


def _take(server: "psycopg2.extensions.connection", resource_id: int, time_: Time) -> int:
    # Behind everything else, so that the bare rows meet only each other.
    start = time_[2] + timedelta(days=3 * 365)
    with server, server.cursor() as cursor:
        cursor.execute(TAKE, [resource_id, start, start + timedelta(minutes=20)])
        return 409 if cursor.fetchone() is None else 201

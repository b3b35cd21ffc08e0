"""Fifty clients on one time, again and again, against bare rows under the same constraint."""

import os
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from statistics import median, quantiles
from time import perf_counter
from typing import TypeVar

import psycopg2
from django.db import connections

from benchmarks import web
from benchmarks.booking import Time, booker, free_times, left_as_found, wanted
from benchmarks.measure import Line, count
from benchmarks.patients import patients
from benchmarks.web import Browser
from scheduling.exceptions import SlotTaken
from scheduling.models import Clinician

CLIENTS, RACES = 50, 200
LONGEST = 6  # times the bare rows
TAKE = """
    INSERT INTO scheduling_allocation (resource_id, during, unit, kind, active, overbook, reason)
    VALUES (%s, tstzrange(%s, %s), 0, 'block', TRUE, FALSE, 'bench') ON CONFLICT DO NOTHING
    RETURNING id
"""
Told = TypeVar("Told")


def run() -> list[Line]:
    """Until the last of all has an answer, by turns: the domain function, browsers, bare rows; and
    what they were told.
    """
    people = patients(CLIENTS)
    browsers, domain = [Browser(each.cookie) for each in people], [booker(each) for each in people]
    bare = [psycopg2.connect(os.environ["DATABASE_URL"]) for _ in people]
    resources = dict(Clinician.objects.values_list("pk", "resource_id"))
    ways: dict[str, Callable[[Time], list[Callable[[], int]]]] = {
        "domain function": lambda time_: [partial(_book, each, time_) for each in domain],
        "browsers": lambda time_: [partial(_press, each, time_) for each in browsers],
        "bare rows": lambda time_: [
            partial(_take, each, resources[time_[0]], time_) for each in bare
        ],
    }
    taken: dict[str, list[float]] = {way: [] for way in ways}
    told = {way: Counter[str]() for way in ways}
    times = free_times(0)
    with left_as_found(), web.serve(), ThreadPoolExecutor(CLIENTS) as pool:
        for _ in range(RACES + 1):
            for way, calls in ways.items():
                lasted, answers = _race(pool, calls(next(times)))
                taken[way].append(lasted)
                told[way][_outcome(answers)] += 1
        list(pool.map(lambda _: connections.close_all(), range(CLIENTS)))
    with psycopg2.connect(os.environ["DATABASE_URL"]) as server, server.cursor() as cursor:
        cursor.execute("DELETE FROM scheduling_allocation WHERE reason = 'bench'")
    for each in bare:
        each.close()
    floor = taken["bare rows"][1:]
    return [
        line
        for way in ("domain function", "browsers")
        for line in (_line(way, taken[way][1:], floor), _all_as_they_should(way, told[way]))
    ]


def _book(book: Callable[[Time], bool], time_: Time) -> int:
    try:
        book(time_)
    except SlotTaken:
        return 409
    return 201


def _press(browser: Browser, time_: Time) -> int:
    return browser.post("/api/v1/appointments/", wanted(time_))[0]


def _outcome(statuses: Sequence[int]) -> str:
    found = Counter(statuses)
    return "exactly one" if found == {201: 1, 409: CLIENTS - 1} else str(dict(found))


def _all_as_they_should(way: str, told: Counter[str]) -> Line:
    wrong = sum(told.values()) - told["exactly one"]
    return count(f"{way}: races without exactly one winner", wrong, at_most=0, note=str(dict(told)))


def _line(way: str, ours: list[float], floor: list[float]) -> Line:
    own, bare = median(ours), median(floor)
    low, _, high = quantiles(ours, n=4)
    return Line(
        f"{CLIENTS} on one time, {way}, ms until all are answered",
        own,
        bare,
        (low, high),
        f"at most {LONGEST}",
        own / bare,
        own <= LONGEST * bare,
        f"{len(ours)} races",
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

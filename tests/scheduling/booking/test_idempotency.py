"""What a request led to is remembered for a week, and then no longer."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scheduling.booking.services.idempotency import REMEMBERED_FOR, forget_old_requests, is_repeat
from scheduling.models import Appointment, IdempotencyRecord
from scheduling.tasks import forget_old_requests as tick
from tests.scheduling.waiting import book
from tests.scheduling.world import Clinic, make_clinic

pytestmark = pytest.mark.django_db


@pytest.fixture
def visit(now: datetime) -> Appointment:
    clinic: Clinic = make_clinic()
    visit = book(clinic, clinic.at(10), now=now)
    IdempotencyRecord.objects.all().delete()
    return visit


def ask(visit: Appointment, number: int, now: datetime) -> bool:
    assert visit.booked_by is not None
    return is_repeat(("cancel",), of=visit, user=visit.booked_by, key=f"key-{number}", now=now)


def test_a_request_is_known_for_a_week(visit: Appointment, now: datetime) -> None:
    assert not ask(visit, 1, now)
    forget_old_requests(now=now + REMEMBERED_FOR)
    assert ask(visit, 1, now + REMEMBERED_FOR)
    assert forget_old_requests(now=now + REMEMBERED_FOR + timedelta(seconds=1)) == 1
    assert not ask(visit, 1, now + REMEMBERED_FOR)
    assert Appointment.objects.filter(pk=visit.pk).exists()


def test_the_oldest_go_first_and_only_so_many_at_once(visit: Appointment, now: datetime) -> None:
    for number in range(5):
        ask(visit, number, now - timedelta(days=10 - number))
    with CaptureQueriesContext(connection) as queries:
        assert forget_old_requests(now=now, limit=2) == 2
    assert len(queries) == 1
    assert forget_old_requests(now=now, limit=2) == 1
    assert forget_old_requests(now=now, limit=2) == 0
    keys = IdempotencyRecord.objects.order_by("pk").values_list("key", flat=True)
    assert list(keys) == ["key-3", "key-4"]


def test_a_tick_does_so(visit: Appointment, clock_at_now: datetime) -> None:
    ask(visit, 1, clock_at_now - timedelta(days=8))
    assert tick() == 1

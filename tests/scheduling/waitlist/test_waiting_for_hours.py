"""Whoever waits for a lock decides by what is true when they have it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import connection, connections, transaction

from scheduling.booking.selectors.wanted import WantedVisit
from scheduling.booking.services.allocations import lock_resources
from scheduling.booking.services.booking import book_appointment
from scheduling.exceptions import SlotNotOffered
from scheduling.models import Appointment, AvailabilityException
from tests.builders import make_patient
from tests.scheduling.world import TOMORROW, Clinic, make_clinic

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
WAITS = "SELECT count(*) FROM pg_locks WHERE NOT granted"
pytestmark = pytest.mark.django_db(transaction=True)


def book_with_anyone(clinic: Clinic) -> Appointment:
    try:
        user, person = make_patient()
        wanted = WantedVisit(clinic.visit_type, clinic.site, clinic.at(10))
        return book_appointment(
            wanted=wanted, person=person, user=user, idempotency_key=uuid4().hex, now=NOW
        )
    finally:
        connections.close_all()


def until_somebody_waits() -> None:
    for _ in range(600):
        with connection.cursor() as cursor:
            cursor.execute(WAITS)
            if cursor.fetchone()[0]:
                return
        threading.Event().wait(0.02)
    pytest.fail("nobody waits for a lock")


def test_who_is_away_by_then_is_not_booked() -> None:
    clinic = make_clinic()
    colleague = clinic.add_clinician()
    calendar = clinic.clinician.resource
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            lock_resources([calendar.pk, colleague.resource_id])
            booking = pool.submit(book_with_anyone, clinic)
            until_somebody_waits()
            AvailabilityException.objects.create(
                resource=calendar, on_date=TOMORROW, effect="closed"
            )
        assert booking.result(timeout=60).clinician_id == colleague.pk


def test_where_the_whole_site_is_closed_by_then_nobody_is_booked() -> None:
    clinic = make_clinic()
    colleague = clinic.add_clinician()
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            lock_resources([clinic.clinician.resource_id, colleague.resource_id])
            booking = pool.submit(book_with_anyone, clinic)
            until_somebody_waits()
            AvailabilityException.objects.create(
                site=clinic.site, on_date=TOMORROW, effect="closed"
            )
        with pytest.raises(SlotNotOffered) as lost:
            booking.result(timeout=60)
    assert lost.value.reason == "closed"
    assert lost.value.alternatives
    assert TOMORROW not in {slot.local.date() for slot in lost.value.alternatives}
    assert not Appointment.objects.exists()

"""Patients who see to a visit that was called off themselves are not called about it any more."""

from datetime import datetime, timedelta

import pytest

from messaging.models import Task
from people.models import User
from scheduling.booking.services.lifecycle import cancel_appointment
from scheduling.booking.services.rescheduling import reschedule_appointment
from scheduling.closures.rules import Away
from scheduling.closures.services.absences import close_days, drop_calls_not_needed
from scheduling.closures.services.reopening import reopen_days
from scheduling.models import Appointment, AvailabilityException
from scheduling.tasks import offer_freed_times
from tests.builders import make_staff
from tests.scheduling.availability.test_resources import book
from tests.scheduling.world import TOMORROW, Clinic, make_clinic

pytestmark = pytest.mark.django_db
DAY_AFTER = TOMORROW + timedelta(days=1)


@pytest.fixture
def clinic() -> Clinic:
    return make_clinic()


@pytest.fixture
def desk(clinic: Clinic) -> User:
    return make_staff("front_desk", sites=[clinic.site])


@pytest.fixture
def visit(clinic: Clinic, desk: User, now: datetime) -> Appointment:
    """A visit that was called off since its clinician is away."""
    booked = book(clinic, clinic.at(10), now)
    call_off(clinic, desk, now)
    return booked


@pytest.fixture
def patient(visit: Appointment) -> User:
    assert visit.booked_by is not None
    return visit.booked_by


def call_off(clinic: Clinic, desk: User, now: datetime) -> None:
    away = Away(TOMORROW, TOMORROW)
    close_days(clinician=clinic.clinician, away=away, reason="Ill", chosen={}, user=desk, now=now)


def move(clinic: Clinic, visit: Appointment, user: User, now: datetime, hour: int) -> None:
    reschedule_appointment(
        appointment=visit,
        site=clinic.site,
        starts_at=clinic.at(hour, day=DAY_AFTER),
        user=user,
        now=now,
    )


def states() -> list[str]:
    calls = Task.objects.filter(kind="clinician_away").order_by("pk")
    return list(calls.values_list("status", flat=True))


def test_who_moved_is_not_called_any_more(
    clinic: Clinic, patient: User, visit: Appointment, now: datetime
) -> None:
    move(clinic, visit, patient, now, 10)
    assert drop_calls_not_needed(now=now) == 1
    task = Task.objects.get(kind="clinician_away")
    assert (task.status, task.closed_at) == ("dropped", now)


def test_who_canceled_is_not_called_any_more(
    patient: User, visit: Appointment, now: datetime
) -> None:
    cancel_appointment(appointment=visit, user=patient, reason="cost", now=now)
    assert drop_calls_not_needed(now=now) == 1
    assert states() == ["dropped"]


@pytest.mark.usefixtures("visit")
def test_who_has_done_nothing_is_still_called(now: datetime) -> None:
    assert drop_calls_not_needed(now=now) == 0
    assert states() == ["open"]


@pytest.mark.usefixtures("visit")
def test_a_closed_day_that_went_any_other_way_needs_no_call(now: datetime) -> None:
    AvailabilityException.objects.all().delete()
    assert drop_calls_not_needed(now=now) == 1


def test_who_is_called_off_again_is_called_again(
    clinic: Clinic, desk: User, visit: Appointment, now: datetime
) -> None:
    """Back again closes the call; another absence opens one of its own, which stays."""
    reopen_days(
        clinician=clinic.clinician,
        closure_ids=list(AvailabilityException.objects.values_list("pk", flat=True)),
        back_on=TOMORROW,
        user=desk,
        now=now,
    )
    call_off(clinic, desk, now)
    assert drop_calls_not_needed(now=now) == 0
    assert states() == ["dropped", "open"]


def test_dropping_twice_changes_nothing_and_what_was_done_stays_done(
    clinic: Clinic, patient: User, visit: Appointment, now: datetime
) -> None:
    Task.objects.filter(kind="clinician_away").update(status="done", closed_at=now)
    move(clinic, visit, patient, now, 10)
    assert drop_calls_not_needed(now=now) == 0
    assert states() == ["done"]
    Task.objects.filter(kind="clinician_away").update(status="open", closed_at=None)
    later = now + timedelta(minutes=5)
    assert [drop_calls_not_needed(now=when) for when in (now, later)] == [1, 0]
    assert Task.objects.get(kind="clinician_away").closed_at == now


@pytest.mark.usefixtures("clock_at_now")
def test_the_tick_looks(clinic: Clinic, patient: User, visit: Appointment, now: datetime) -> None:
    move(clinic, visit, patient, now, 10)
    offer_freed_times()
    assert states() == ["dropped"]

"""An appointment's statuses: only the moves that the table allows, each with its event."""

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from messaging.models import Message
from scheduling.booking.services import lifecycle
from scheduling.exceptions import IllegalTransition, TooLateToChange
from scheduling.models import Allocation, Appointment
from scheduling.transitions import FHIR, PRESENT, TRANSITIONS, UPCOMING, Status, allowed
from tests.builders import make_appointment, make_staff
from tests.scheduling.world import make_clinic
from tests.suites import examples

# https://hl7.org/fhir/R4/valueset-appointmentstatus.html
FHIR_CODES = frozenset(
    "proposed pending booked arrived fulfilled cancelled noshow entered-in-error "
    "checked-in waitlist".split()
)


def test_the_table_is_closed_and_every_status_has_a_fhir_code() -> None:
    assert set(TRANSITIONS) == set(Status)
    assert frozenset().union(*TRANSITIONS.values()) <= set(Status)
    assert set(FHIR) == set(Status)
    assert set(FHIR.values()) <= FHIR_CODES
    assert all(status not in afters for status, afters in TRANSITIONS.items())


def test_the_end_is_the_end() -> None:
    assert not TRANSITIONS[Status.COMPLETED]
    assert not TRANSITIONS[Status.CANCELED]
    assert not UPCOMING & PRESENT


class TestWalks(TestCase):
    """Any sequence of wishes leaves the status where the table says, and tells it all."""

    @settings(
        max_examples=examples(25),
        deadline=None,
        suppress_health_check=[HealthCheck.differing_executors],
    )
    @given(st.lists(st.sampled_from(Status.values), max_size=8))
    def test_only_allowed_moves_happen_and_each_leaves_one_event(self, wishes: list[str]) -> None:
        now = datetime.fromisoformat("2026-11-23T15:00:00+00:00")
        visit = make_appointment(now=now)
        expected = [("", "booked")]
        for wish in wishes:
            before = expected[-1][1]
            if wish == before:
                lifecycle.change_status(appointment=visit, to=wish, actor=None, now=now)
            elif allowed(before, wish):
                lifecycle.change_status(appointment=visit, to=wish, actor=None, now=now)
                expected.append((before, wish))
            else:
                with pytest.raises(IllegalTransition):
                    lifecycle.change_status(appointment=visit, to=wish, actor=None, now=now)
        visit.refresh_from_db()
        assert visit.status == expected[-1][1]
        told = visit.events.order_by("pk").values_list("from_status", "to_status")
        assert list(told) == expected


@pytest.mark.django_db
def test_pressing_twice_is_success_and_one_event(now: datetime) -> None:
    visit = make_appointment(now=now)
    for _ in range(2):
        confirmed = lifecycle.confirm(appointment=visit, actor=None, now=now)
    assert confirmed.status == "confirmed"
    assert visit.events.filter(kind="status").count() == 1


@pytest.mark.django_db
def test_a_confirmation_of_an_older_version_is_refused(now: datetime) -> None:
    visit = make_appointment(now=now)
    with pytest.raises(IllegalTransition):
        lifecycle.confirm(appointment=visit, actor=None, now=now, version=2)
    assert lifecycle.confirm(appointment=visit, actor=None, now=now, version=1)


@pytest.mark.django_db
def test_canceling_frees_the_time_tells_the_patient_and_twice_is_success(now: datetime) -> None:
    clinic = make_clinic()
    visit = make_appointment(
        now=now,
        starts_at=clinic.at(10),
        site=clinic.site,
        visit_type=clinic.visit_type,
        clinician=clinic.clinician,
    )
    assert visit.booked_by is not None
    for _ in range(2):
        canceled = lifecycle.cancel_appointment(
            appointment=visit, user=visit.booked_by, reason="better now", now=now
        )
        assert canceled.status == "canceled"
    assert clinic.slots_at(clinic.at(10), now=now)
    (event,) = visit.events.filter(kind="status")
    assert (event.actor, event.reason) == (visit.booked_by, "better now")
    letters = Message.objects.filter(kind="appointment_canceled")
    assert {each.channel for each in letters} == {"sms", "email"}


@pytest.mark.django_db
def test_it_can_be_too_late_to_cancel(now: datetime) -> None:
    visit = make_appointment(now=now)
    assert visit.booked_by is not None
    at_the_door = visit.starts_at - timedelta(minutes=visit.visit_type.latest_change - 1)
    with pytest.raises(TooLateToChange):
        lifecycle.cancel_appointment(
            appointment=visit, user=visit.booked_by, reason="", now=at_the_door
        )
    assert Allocation.objects.filter(appointment=visit, active=True).exists()


@pytest.mark.django_db
def test_nobody_is_absent_before_the_visit_was_to_begin(now: datetime) -> None:
    visit, clerk = make_appointment(now=now), make_staff("front_desk")
    too_early = visit.starts_at - timedelta(seconds=1)
    with pytest.raises(IllegalTransition):
        lifecycle.mark_no_show(appointment=visit, actor=clerk, now=too_early)
    absent = lifecycle.mark_no_show(appointment=visit, actor=clerk, now=visit.starts_at)
    assert absent.status == "no_show"
    assert not Allocation.objects.filter(appointment=visit, active=True).exists()


@pytest.mark.django_db
def test_nobody_is_absent_because_of_a_stale_page(now: datetime) -> None:
    """The desk's page shows the old time of a visit that was moved to next week meanwhile."""
    visit, clerk = make_appointment(now=now), make_staff("front_desk")
    stale = Appointment.objects.get(pk=visit.pk)
    Appointment.objects.filter(pk=visit.pk).update(
        starts_at=visit.starts_at + timedelta(days=7), ends_at=visit.ends_at + timedelta(days=7)
    )
    with pytest.raises(IllegalTransition):
        lifecycle.mark_no_show(appointment=stale, actor=clerk, now=visit.starts_at)


@pytest.mark.django_db
def test_a_visit_is_walked_from_the_door_to_its_end(now: datetime) -> None:
    visit, clerk = make_appointment(now=now), make_staff("front_desk", "clinician")
    steps = (
        lifecycle.mark_arrived,
        lifecycle.check_in,
        lifecycle.start_visit,
        lifecycle.complete_visit,
    )
    seen = [step(appointment=visit, actor=clerk, now=now).status for step in steps]
    assert seen == ["arrived", "checked_in", "in_visit", "completed"]
    assert [FHIR[status] for status in seen] == [
        "arrived",
        "checked-in",
        "checked-in",
        "fulfilled",
    ]

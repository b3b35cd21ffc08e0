"""Moving a visit: the new time taken and the old one freed, together or not at all."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from messaging.models import Message
from people.models import AuditEntry
from scheduling.booking.services.lifecycle import cancel_appointment, confirm
from scheduling.booking.services.rescheduling import reschedule_appointment
from scheduling.exceptions import (
    IllegalTransition,
    SlotNotOffered,
    SlotTaken,
    TooLateToChange,
)
from scheduling.models import Allocation, Appointment, AvailabilityRule
from tests.builders import make_appointment, make_patient, make_site
from tests.scheduling.world import TOMORROW, Clinic, make_clinic, rows_written

pytestmark = pytest.mark.django_db


def visit_at(clinic: Clinic, starts_at: datetime, now: datetime) -> Appointment:
    return make_appointment(
        now=now,
        starts_at=starts_at,
        site=clinic.site,
        visit_type=clinic.visit_type,
        clinician=clinic.clinician,
    )


def move(visit: Appointment, clinic: Clinic, starts_at: datetime, now: datetime) -> Appointment:
    assert visit.booked_by is not None
    return reschedule_appointment(
        appointment=visit, site=clinic.site, starts_at=starts_at, user=visit.booked_by, now=now
    )


def is_free(clinic: Clinic, starts_at: datetime, now: datetime) -> bool:
    return bool(clinic.slots_at(starts_at, now=now))


def test_a_moved_visit_keeps_its_record_and_frees_its_old_time_at_once(now: datetime) -> None:
    clinic = make_clinic()
    visit = visit_at(clinic, clinic.at(10), now)
    before = rows_written()
    moved = move(visit, clinic, clinic.at(14), now)

    assert moved == visit
    assert (moved.starts_at, moved.ends_at) == (clinic.at(14), clinic.at(14, 30))
    assert (moved.local_date, moved.local_time) == (TOMORROW, time(14))
    assert moved.version == 2
    assert is_free(clinic, clinic.at(10), now)
    assert not is_free(clinic, clinic.at(14), now)
    assert Allocation.objects.filter(appointment=visit, active=True).count() == 1
    event = visit.events.get(kind="moved")
    assert (event.version, event.starts_at, event.actor) == (2, clinic.at(14), visit.booked_by)
    assert AuditEntry.objects.filter(action="appointment.move").count() == 1
    letters = Message.objects.filter(kind="appointment_moved")
    assert {(each.channel, each.about_version) for each in letters} == {("sms", 2), ("email", 2)}
    assert rows_written()["Appointment"] == before["Appointment"]


def test_a_confirmed_visit_must_be_confirmed_again_for_its_new_day(now: datetime) -> None:
    clinic = make_clinic()
    visit = visit_at(clinic, clinic.at(10), now)
    confirm(appointment=visit, actor=None, now=now)
    later = now + timedelta(minutes=5)
    moved = move(visit, clinic, clinic.at(14), later)
    assert (moved.status, moved.status_since) == ("booked", later)
    event = visit.events.get(kind="moved")
    assert (event.from_status, event.to_status) == ("confirmed", "booked")


def test_asking_for_the_time_it_has_changes_nothing(now: datetime) -> None:
    clinic = make_clinic()
    visit = visit_at(clinic, clinic.at(10), now)
    confirm(appointment=visit, actor=None, now=now)
    before = rows_written()
    same = move(visit, clinic, clinic.at(10), now)
    assert (same.status, same.version) == ("confirmed", 1)
    assert rows_written() == before


def test_a_visit_can_move_by_less_than_its_own_length(now: datetime) -> None:
    clinic = make_clinic(minutes=60, step=15, buffer_after=10)
    visit = visit_at(clinic, clinic.at(10), now)
    moved = move(visit, clinic, clinic.at(10, 15), now)
    assert moved.starts_at == clinic.at(10, 15)
    with pytest.raises(SlotTaken):
        visit_at(clinic, clinic.at(10), now)


def test_a_visit_can_move_to_a_site_in_another_zone(now: datetime) -> None:
    clinic = make_clinic()
    visit = visit_at(clinic, clinic.at(10), now)
    denver = make_site(zone="America/Denver")
    AvailabilityRule.objects.create(
        resource=clinic.clinician.resource,
        site=denver,
        weekday=TOMORROW.weekday(),
        starts=time(8),
        ends=time(12),
        valid_from=date(2026, 1, 1),
    )
    there = Clinic(denver, clinic.visit_type, clinic.clinician)
    moved = move(visit, there, there.at(9), now)
    assert (moved.site, moved.time_zone, moved.local_time) == (denver, "America/Denver", time(9))
    assert moved.starts_at == clinic.at(11)


def test_a_move_may_be_to_another_clinician(now: datetime) -> None:
    clinic = make_clinic()
    colleague = clinic.add_clinician()
    visit = visit_at(clinic, clinic.at(10), now)
    assert visit.booked_by is not None
    moved = reschedule_appointment(
        appointment=visit,
        site=clinic.site,
        starts_at=clinic.at(10),
        clinician_id=colleague.pk,
        user=visit.booked_by,
        now=now,
    )
    assert (moved.clinician, moved.version) == (colleague, 2)
    kept = Allocation.objects.get(appointment=visit, active=True)
    assert kept.resource == colleague.resource


def refused(now: datetime, clinic: Clinic, visit: Appointment, to: datetime) -> Any:
    """The refusal of a move, which must have changed nothing."""
    before = rows_written(), Appointment.objects.values().get(pk=visit.pk)
    with pytest.raises((SlotTaken, SlotNotOffered, TooLateToChange, IllegalTransition)) as refusal:
        move(visit, clinic, to, now)
    assert (rows_written(), Appointment.objects.values().get(pk=visit.pk)) == before
    return refusal.value


def test_a_refused_move_leaves_the_visit_where_it_was(now: datetime) -> None:
    clinic = make_clinic()
    visit = visit_at(clinic, clinic.at(10), now)
    visit_at(clinic, clinic.at(14), now)
    taken = refused(now, clinic, visit, clinic.at(14))
    assert isinstance(taken, SlotTaken)
    offered = [slot.starts_at for slot in taken.alternatives]
    assert clinic.at(14, 30) in offered
    assert all(is_free(clinic, starts_at, now) for starts_at in offered)
    assert isinstance(refused(now, clinic, visit, clinic.at(20)), SlotNotOffered)
    assert not is_free(clinic, clinic.at(10), now)


def test_ones_own_time_is_not_in_ones_way_among_the_alternatives(now: datetime) -> None:
    clinic = make_clinic(minutes=60, step=30)
    visit = visit_at(clinic, clinic.at(10), now)
    visit_at(clinic, clinic.at(11), now)
    taken = refused(now, clinic, visit, clinic.at(11))
    assert clinic.at(9, 30) in [slot.starts_at for slot in taken.alternatives]


def test_it_can_be_too_late_to_move(now: datetime) -> None:
    clinic = make_clinic(latest_change=120)
    visit = visit_at(clinic, clinic.at(10), now)
    two_hours_before = clinic.at(8)
    late = refused(two_hours_before + timedelta(seconds=1), clinic, visit, clinic.at(16))
    assert isinstance(late, TooLateToChange)
    assert move(visit, clinic, clinic.at(16), two_hours_before).version == 2


@pytest.mark.parametrize("hour", [10, 14])
def test_a_canceled_visit_cannot_be_moved_not_even_to_its_own_time(
    now: datetime, hour: int
) -> None:
    clinic = make_clinic()
    visit = visit_at(clinic, clinic.at(10), now)
    assert visit.booked_by is not None
    cancel_appointment(appointment=visit, user=visit.booked_by, reason="", now=now)
    assert isinstance(refused(now, clinic, visit, clinic.at(hour)), IllegalTransition)


def test_a_failure_at_the_last_step_keeps_the_old_time(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic = make_clinic()
    visit = visit_at(clinic, clinic.at(10), now)
    before = rows_written()

    def full_disk(*_: object, **__: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("scheduling.appointments.services.notices.Notice.deliver", full_disk)
    with pytest.raises(OSError, match="no space"):
        move(visit, clinic, clinic.at(14), now)
    assert rows_written() == before
    assert not is_free(clinic, clinic.at(10), now)
    assert is_free(clinic, clinic.at(14), now)


def test_two_people_can_trade_times_through_a_third(now: datetime) -> None:
    clinic = make_clinic()
    rosa, sam = visit_at(clinic, clinic.at(10), now), visit_at(clinic, clinic.at(11), now)
    move(rosa, clinic, clinic.at(15), now)
    move(sam, clinic, clinic.at(10), now)
    assert move(rosa, clinic, clinic.at(11), now).version == 3
    user, person = make_patient()
    with pytest.raises(SlotTaken):
        make_appointment(
            now=now,
            starts_at=clinic.at(10),
            site=clinic.site,
            visit_type=clinic.visit_type,
            clinician=clinic.clinician,
            patient=(user, person),
        )

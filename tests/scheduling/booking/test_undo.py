"""Undo for a minute: a canceled or moved visit is back, unless somebody was faster."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from messaging.models import Message, Task
from messaging.services.checks import verdict_on
from messaging.transitions import State
from scheduling.appointments.facts import calendar_of
from scheduling.booking.services import lifecycle
from scheduling.booking.services.rescheduling import reschedule_appointment
from scheduling.booking.services.staff_booking import move_for_patient
from scheduling.booking.services.undo import undo_change
from scheduling.exceptions import IllegalTransition, KeyReused, SlotTaken, UndoOver
from scheduling.models import Allocation, Appointment
from scheduling.transitions import SETTLED_AFTER, UNDO_ACCEPTED, UNDO_FOR, allowed
from scheduling.waitlist.services.backfill import offer_freed_times
from tests.builders import make_appointment, make_patient, make_staff
from tests.scheduling.booking.test_races import all_at_once
from tests.scheduling.waiting import book, waits
from tests.scheduling.world import Clinic, make_clinic, rows_written

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture
def clinic(db: None) -> Clinic:
    return make_clinic()


@pytest.fixture
def visit(clinic: Clinic, now: datetime) -> Appointment:
    """Somebody's, tomorrow at ten, and they have been told."""
    visit = book(clinic, clinic.at(10), now=now)
    Message.objects.update(state=State.SENT)
    return visit


def cancel(visit: Appointment, now: datetime, **more: Any) -> Appointment:
    assert visit.booked_by is not None
    return lifecycle.cancel_appointment(
        appointment=visit, user=visit.booked_by, reason="cost", now=now, **more
    )


def move(visit: Appointment, to: datetime, now: datetime, **more: Any) -> Appointment:
    assert visit.booked_by is not None
    return reschedule_appointment(
        appointment=visit, site=visit.site, starts_at=to, user=visit.booked_by, now=now, **more
    )


def undo(visit: Appointment, now: datetime, **more: Any) -> Appointment:
    assert visit.booked_by is not None
    return undo_change(appointment=visit, user=visit.booked_by, now=now, **more)


def sequence_of(visit: Appointment) -> int:
    (event,) = Calendar.from_ical(calendar_of(visit, url="https://x.example/")).walk("VEVENT")
    assert str(event["UID"]).startswith(str(visit.public_id))
    return int(str(event["SEQUENCE"]))


def test_a_canceled_visit_is_back_with_its_record_and_its_calendar_entry(
    clinic: Clinic, visit: Appointment, now: datetime
) -> None:
    lifecycle.confirm(appointment=visit, actor=None, now=now)
    first = sequence_of(visit)
    canceled = sequence_of(cancel(visit, now))
    assert clinic.slots_at(clinic.at(10), now=now), "the time is free at once"
    restored = undo(visit, now + UNDO_FOR)
    assert (restored.pk, restored.status, restored.version) == (visit.pk, "confirmed", 3)
    assert restored.starts_at == clinic.at(10)
    assert first < canceled < sequence_of(restored)
    assert not clinic.slots_at(clinic.at(10), now=now)
    assert Allocation.objects.filter(appointment=visit, active=True).count() == 1
    told = list(visit.events.order_by("pk").values_list("kind", "to_status", "version"))
    assert told == [
        ("booked", "booked", 1),
        ("status", "confirmed", 1),
        ("status", "canceled", 1),
        ("undone", "confirmed", 3),
    ]


def test_a_moved_visit_is_back_where_it_was(now: datetime) -> None:
    clinic = make_clinic()
    colleague = clinic.add_clinician()
    visit = book(clinic, clinic.at(10), now=now)
    moved = move(visit, clinic.at(14), now, clinician_id=colleague.pk)
    assert moved.clinician == colleague
    restored = undo(visit, now + SECOND)
    assert (restored.starts_at, restored.clinician_id) == (clinic.at(10), clinic.clinician.pk)
    assert restored.version == 3
    assert clinic.slots_at(clinic.at(14), now=now, clinician_id=colleague.pk)
    kept = Allocation.objects.get(appointment=visit, active=True)
    assert kept.resource == clinic.clinician.resource
    event = visit.events.get(kind="undone")
    assert (event.from_starts_at, event.starts_at) == (clinic.at(14), clinic.at(10))


def test_nobody_is_told_of_what_was_undone(visit: Appointment, now: datetime) -> None:
    cancel(visit, now)
    undo(visit, now + SECOND)
    move(visit, visit.starts_at + timedelta(hours=2), now + 2 * SECOND)
    undo(visit, now + 3 * SECOND)
    later = now + SETTLED_AFTER + 3 * SECOND
    waiting = Message.objects.filter(state__in=["scheduled", "pending"])
    assert {each.kind for each in waiting} == {"appointment_canceled", "appointment_moved"}
    assert all(each.due_at >= now + SETTLED_AFTER for each in waiting)
    verdicts = [verdict_on(each, now=later) for each in waiting]
    assert {(each.state, each.reason) for each in verdicts if each} == {
        (State.SUPPRESSED, "superseded")
    }


def test_who_had_not_been_told_of_the_booking_is_told_now(clinic: Clinic, now: datetime) -> None:
    visit = book(clinic, clinic.at(10), now=now)
    cancel(visit, now)
    undo(visit, now + SECOND)
    going = [
        each
        for each in Message.objects.filter(kind="appointment_booked")
        if verdict_on(each, now=now + SECOND) is None
    ]
    assert {(each.channel, each.about_version) for each in going} == {("sms", 3), ("email", 3)}


def test_what_is_not_undone_is_told_after_the_minute(visit: Appointment, now: datetime) -> None:
    cancel(visit, now)
    letters = Message.objects.filter(kind="appointment_canceled")
    assert {each.due_at for each in letters} == {now + SETTLED_AFTER}
    assert all(verdict_on(each, now=now + SETTLED_AFTER) is None for each in letters)


def test_the_minute_has_an_end(visit: Appointment, now: datetime) -> None:
    cancel(visit, now)
    before = rows_written()
    with pytest.raises(UndoOver):
        undo(visit, now + UNDO_ACCEPTED + SECOND)
    assert rows_written() == before
    visit.refresh_from_db()
    assert visit.status == "canceled"
    assert undo(visit, now + UNDO_ACCEPTED).status == "booked"


def test_undoing_twice_is_success_and_redoing_is_not_undoing(
    visit: Appointment, now: datetime
) -> None:
    cancel(visit, now)
    assert undo(visit, now).version == 3
    assert undo(visit, now).version == 3
    with pytest.raises(IllegalTransition):
        lifecycle.change_status(appointment=cancel(visit, now), to="booked", actor=None, now=now)
    assert not allowed("canceled", "booked")


def test_only_who_did_it_may_undo_it(clinic: Clinic, visit: Appointment, now: datetime) -> None:
    desk = make_staff("front_desk", sites=[clinic.site])
    lifecycle.cancel_for_patient(appointment=visit, user=desk, reason="called us", now=now)
    with pytest.raises(UndoOver):
        undo(visit, now)


def test_what_happened_since_is_not_undone(visit: Appointment, now: datetime) -> None:
    move(visit, visit.starts_at + timedelta(hours=2), now)
    lifecycle.confirm(appointment=visit, actor=None, now=now)
    with pytest.raises(UndoOver):
        undo(visit, now)


def test_a_time_that_somebody_took_meanwhile_is_not_taken_back(
    clinic: Clinic, visit: Appointment, now: datetime
) -> None:
    cancel(visit, now)
    book(clinic, clinic.at(10), now=now)
    before = rows_written()
    with pytest.raises(SlotTaken) as lost:
        undo(visit, now + SECOND)
    assert clinic.at(10, 30) in [slot.starts_at for slot in lost.value.alternatives]
    visit.refresh_from_db()
    assert (visit.status, visit.version, rows_written()) == ("canceled", 1, before)


def test_the_notice_a_visit_needs_does_not_stand_in_the_way(now: datetime) -> None:
    clinic = make_clinic(notice=600, latest_change=60)
    visit = book(clinic, clinic.at(10), now=now)
    soon = clinic.at(8)
    cancel(visit, soon)
    assert not clinic.slots_at(clinic.at(10), now=soon)
    assert undo(visit, soon).status == "booked"


def test_those_who_wait_are_asked_when_the_minute_is_over(
    clinic: Clinic, visit: Appointment, now: datetime
) -> None:
    waits(clinic, now=now)
    cancel(visit, now)
    assert offer_freed_times(now=now + UNDO_ACCEPTED) == 0
    assert undo(visit, now + UNDO_ACCEPTED).status == "booked"
    cancel(visit, now + UNDO_ACCEPTED)
    assert offer_freed_times(now=now + UNDO_ACCEPTED + SETTLED_AFTER) == 1


def test_who_waited_for_something_sooner_waits_on_after_an_undo(
    clinic: Clinic, visit: Appointment, now: datetime
) -> None:
    assert visit.booked_by is not None
    entry = waits(clinic, now=now, patient=(visit.booked_by, visit.person), replaces=visit)
    cancel(visit, now)
    offer_freed_times(now=now + SECOND)
    undo(visit, now + SECOND)
    offer_freed_times(now=now + SETTLED_AFTER)
    entry.refresh_from_db()
    assert entry.until is None


# --- Sent again


def test_a_cancellation_that_is_sent_again_after_the_undo_changes_nothing(
    visit: Appointment, now: datetime
) -> None:
    cancel(visit, now, key="one")
    undo(visit, now, key="two")
    assert cancel(visit, now, key="one").status == "booked"
    assert cancel(visit, now, key="three").status == "canceled"
    assert undo(visit, now, key="two").status == "canceled"


def test_a_move_that_is_sent_again_after_the_undo_changes_nothing(
    visit: Appointment, now: datetime
) -> None:
    later = visit.starts_at + timedelta(hours=2)
    move(visit, later, now, key="one")
    undo(visit, now)
    assert move(visit, later, now, key="one").version == 3
    with pytest.raises(KeyReused):
        move(visit, later + timedelta(hours=1), now, key="one")


def test_a_key_of_what_failed_is_forgotten(
    clinic: Clinic, visit: Appointment, now: datetime
) -> None:
    other = book(clinic, clinic.at(14), now=now)
    with pytest.raises(SlotTaken):
        move(visit, clinic.at(14), now, key="one")
    cancel(other, now)
    assert move(visit, clinic.at(14), now, key="one").starts_at == clinic.at(14)


# --- Late


def test_a_late_cancellation_is_recorded_as_one(
    clinic: Clinic, visit: Appointment, now: datetime
) -> None:
    desk = make_staff("front_desk", sites=[clinic.site])
    late = visit.starts_at - timedelta(minutes=30)
    lifecycle.cancel_for_patient(appointment=visit, user=desk, reason="the bus", now=late)
    in_time = book(clinic, clinic.at(14), now=now)
    cancel(in_time, now)
    assert visit.events.get(to_status="canceled").late
    assert not in_time.events.get(to_status="canceled").late


def test_staff_who_move_a_visit_tell_the_patient_at_once_and_nudge_the_waitlist(
    clinic: Clinic, visit: Appointment, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scheduling.booking.selectors.wanted import WantedVisit

    sent: list[str] = []
    monkeypatch.setattr(
        "messaging.services.nudges.Nudge.send", lambda nudge: sent.append(nudge.task)
    )
    desk = make_staff("front_desk", sites=[clinic.site])
    wanted = WantedVisit(clinic.visit_type, clinic.site, clinic.at(14), clinic.clinician.pk)
    move_for_patient(appointment=visit, wanted=wanted, user=desk, now=now)
    assert "scheduling.tasks.offer_freed_times" in sent
    letters = Message.objects.filter(kind="appointment_moved")
    assert {each.due_at for each in letters} == {now}
    assert visit.events.get(kind="moved").from_starts_at == clinic.at(10)


# --- Through the API


@pytest.fixture
def program(visit: Appointment, clock_at_now: datetime) -> Client:
    assert visit.booked_by is not None
    client = Client()
    client.force_login(visit.booked_by, backend="people.backends.OneTimeCodeBackend")
    return client


def post(client: Client, name: str, visit: Appointment, body: Any = None, key: str = "") -> Any:
    return client.post(
        reverse(f"api:{name}", args=[visit.public_id]),
        body or {},
        content_type="application/json",
        headers={"Idempotency-Key": key} if key else {},
    )


def test_programs_cancel_with_a_reason_and_undo(program: Client, visit: Appointment) -> None:
    canceled = post(program, "appointment-cancel", visit, {"reason": "cost"}, "a")
    assert canceled.json()["status"] == "canceled"
    assert visit.events.get(to_status="canceled").reason == "cost"
    restored = post(program, "appointment-undo", visit, key="b").json()
    assert (restored["id"], restored["status"], restored["version"]) == (
        str(visit.public_id),
        "booked",
        3,
    )
    assert (
        post(program, "appointment-cancel", visit, {"reason": "cost"}, "a").json()["status"]
        == "booked"
    )
    reused = post(program, "appointment-cancel", visit, {"reason": "other"}, "a")
    assert (reused.status_code, reused.json()["code"]) == (422, "idempotency_key_reused")


def test_programs_hear_that_there_is_nothing_to_undo(program: Client, visit: Appointment) -> None:
    refused = post(program, "appointment-undo", visit)
    assert (refused.status_code, refused.json()["code"]) == (409, "undo_over")


def test_programs_hear_that_the_time_is_gone(
    program: Client, clinic: Clinic, visit: Appointment, now: datetime
) -> None:
    cancel(visit, now)
    book(clinic, clinic.at(10), now=now)
    lost = post(program, "appointment-undo", visit)
    assert (lost.status_code, lost.json()["code"]) == (409, "slot_taken")
    assert len(lost.json()["alternatives"]) == 5


@pytest.mark.parametrize("name", ["appointment-undo", "appointment-call-me"])
def test_anothers_visit_does_not_exist(visit: Appointment, program: Client, name: str) -> None:
    stranger = Client()
    stranger.force_login(make_patient()[0], backend="people.backends.OneTimeCodeBackend")
    assert post(stranger, name, visit, {"want": "move"}).status_code == 404


def test_programs_that_are_late_are_given_the_phone_and_can_ask_for_a_call(
    program: Client, visit: Appointment, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = visit.starts_at - timedelta(minutes=30)
    monkeypatch.setattr("clock.now", lambda: late)
    refused = post(program, "appointment-cancel", visit).json()
    assert (refused["code"], refused["phone"]) == ("too_late_to_change", visit.site.phone)
    for _ in range(2):
        assert post(program, "appointment-call-me", visit, {"want": "cancel"}).status_code == 204
    task = Task.objects.get()
    assert (task.kind, task.person, task.about_id) == ("late_cancel", visit.person, visit.pk)
    assert post(program, "appointment-call-me", visit, {"want": "tea"}).status_code == 400


# --- Races


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("clock_at_now")
def test_of_an_undo_and_those_who_want_the_time_exactly_one_has_it(now: datetime) -> None:
    for round_ in range(6):
        clinic = make_clinic()
        visit = make_appointment(
            now=now,
            starts_at=clinic.at(10),
            site=clinic.site,
            visit_type=clinic.visit_type,
            clinician=clinic.clinician,
        )
        cancel(visit, now)
        rivals = [make_patient() for _ in range(5)]

        def tries(call: Any) -> bool:
            try:
                call()
            except SlotTaken:
                return False
            return True

        calls: list[Any] = [
            partial(book, clinic, clinic.at(10), now=now, patient=rival) for rival in rivals
        ]
        calls.insert(round_ % 6, partial(undo, visit, now))
        told = all_at_once([partial(tries, call) for call in calls])
        assert sum(told) == 1
        taken = Allocation.objects.filter(active=True, resource=clinic.clinician.resource)
        assert taken.count() == 1
        visit.refresh_from_db()
        assert (visit.status == "booked") == told[round_ % 6]

"""Booking: everything in one transaction, or nothing at all."""

from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from psycopg2.extras import DateTimeTZRange

from messaging.models import Message
from people.models import AuditEntry, Person, User
from scheduling.booking.selectors.wanted import WantedVisit
from scheduling.booking.services.booking import book_appointment
from scheduling.booking.services.holds import hold_slot
from scheduling.booking.services.lifecycle import cancel_appointment
from scheduling.exceptions import HasVisitThen, HoldExpired, KeyReused, SlotNotOffered, SlotTaken
from scheduling.models import (
    Allocation,
    Appointment,
    AppointmentEvent,
    AvailabilityException,
    Clinician,
    IdempotencyRecord,
)
from tests.builders import make_patient
from tests.scheduling.world import TOMORROW, Clinic, make_clinic, rows_written

pytestmark = pytest.mark.django_db

Patient = tuple[User, Person]


def book(
    clinic: Clinic,
    starts_at: datetime,
    *,
    now: datetime,
    patient: Patient | None = None,
    clinician: Clinician | None = None,
    key: str = "key",
) -> Appointment:
    user, person = patient or make_patient()
    wanted = WantedVisit(
        clinic.visit_type, clinic.site, starts_at, clinician.pk if clinician else None
    )
    return book_appointment(wanted=wanted, person=person, user=user, idempotency_key=key, now=now)


def test_a_booking_writes_everything_together(now: datetime) -> None:
    clinic = make_clinic(minutes=40, buffer_before=5, buffer_after=10)
    user, person = make_patient(email="rosa@example.com")
    before = rows_written()
    booked = book(clinic, clinic.at(10), now=now, patient=(user, person))

    assert (booked.status, booked.version) == ("booked", 1)
    assert (booked.starts_at, booked.ends_at) == (clinic.at(10), clinic.at(10, 40))
    assert (booked.local_date, f"{booked.local_time:%H:%M}") == (TOMORROW, "10:00")
    assert (booked.time_zone, booked.booked_by) == ("America/New_York", user)
    written = {name: count - before[name] for name, count in rows_written().items()}
    assert written == {
        "Allocation": 1,
        "Appointment": 1,
        "AppointmentEvent": 1,
        "AuditEntry": 1,
        "Hold": 0,
        "IdempotencyRecord": 1,
        "Message": 2,
        "Task": 0,
    }
    allocation = Allocation.objects.get(appointment=booked)
    assert allocation.during == DateTimeTZRange(clinic.at(9, 55), clinic.at(10, 50))
    assert (allocation.kind, allocation.active, allocation.unit) == ("booking", True, 0)
    assert allocation.resource == clinic.clinician.resource
    event = AppointmentEvent.objects.get()
    assert (event.kind, event.from_status, event.to_status) == ("booked", "", "booked")
    assert (event.actor, event.at, event.version) == (user, now, 1)
    audited = AuditEntry.objects.get(action="appointment.book")
    assert (audited.actor, audited.person) == (user, person)
    letters = Message.objects.order_by("channel")
    assert [(each.kind, each.channel) for each in letters] == [
        ("appointment_booked", "email"),
        ("appointment_booked", "sms"),
    ]
    assert {(each.about_id, each.about_version) for each in letters} == {(booked.pk, 1)}


def test_a_failure_at_the_last_step_undoes_every_other(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic, patient = make_clinic(), make_patient()
    before = rows_written()

    def full_disk(*_: object, **__: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("scheduling.appointments.services.notices.Notice.deliver", full_disk)
    with pytest.raises(OSError, match="no space"):
        book(clinic, clinic.at(10), now=now, patient=patient)
    assert rows_written() == before


def test_a_repeated_key_gives_the_same_answer_and_writes_nothing(now: datetime) -> None:
    clinic, patient = make_clinic(), make_patient()
    first = book(clinic, clinic.at(10), now=now, patient=patient)
    before = rows_written()
    again = book(clinic, clinic.at(10), now=now + timedelta(days=1), patient=patient)
    assert again == first
    assert rows_written() == before


def test_a_key_is_an_accounts_own(now: datetime) -> None:
    clinic = make_clinic()
    first = book(clinic, clinic.at(10), now=now)
    second = book(clinic, clinic.at(11), now=now)
    assert first != second
    assert IdempotencyRecord.objects.count() == 2


def test_a_key_used_for_another_request_is_refused(now: datetime) -> None:
    clinic, patient = make_clinic(), make_patient()
    book(clinic, clinic.at(10), now=now, patient=patient)
    before = rows_written()
    for hour, clinician in ((11, None), (10, clinic.clinician)):
        with pytest.raises(KeyReused):
            book(clinic, clinic.at(hour), now=now, patient=patient, clinician=clinician)
    user, _ = patient
    with pytest.raises(KeyReused):
        book(clinic, clinic.at(10), now=now, patient=(user, make_patient()[1]))
    assert rows_written() == before


def test_a_hold_becomes_the_booking(now: datetime) -> None:
    clinic, (user, person) = make_clinic(buffer_after=10), make_patient()
    held = hold_slot(
        visit_type=clinic.visit_type,
        site=clinic.site,
        starts_at=clinic.at(10),
        holder="mine",
        now=now,
    )
    before = rows_written()["Allocation"]

    def convert(holder: str, key: str = "key") -> Appointment:
        return book_appointment(
            wanted=WantedVisit.from_hold(held),
            person=person,
            user=user,
            idempotency_key=key,
            holder=holder,
            now=now,
        )

    with pytest.raises(HoldExpired):
        convert("another browser's")
    booked = convert("mine")
    allocation = Allocation.objects.get()
    assert (allocation.kind, allocation.appointment, allocation.expires_at) == (
        "booking",
        booked,
        None,
    )
    assert rows_written()["Allocation"] == before, "the hold's own row was turned"
    assert convert("mine") == booked, "pressed twice"
    with pytest.raises(HasVisitThen) as told:
        convert("mine", key="another")
    assert told.value.appointment_id == booked.public_id


def held_for_an_hour_from_now(clinic: Clinic, now: datetime, holder: str) -> WantedVisit:
    """A hold on the very first time that the notice of an hour allows."""
    return WantedVisit.from_hold(
        hold_slot(
            visit_type=clinic.visit_type,
            site=clinic.site,
            starts_at=clinic.at(11, day=now.date()),
            holder=holder,
            now=now,
        )
    )


@pytest.mark.parametrize("minutes_later", [1, 4, 6])
def test_a_held_time_can_be_booked_though_its_notice_runs_out_meanwhile(
    now: datetime, minutes_later: int
) -> None:
    clinic, (user, person) = make_clinic(notice=60), make_patient()
    booked = book_appointment(
        wanted=held_for_an_hour_from_now(clinic, now, "mine"),
        person=person,
        user=user,
        idempotency_key="key",
        holder="mine",
        now=now + timedelta(minutes=minutes_later),
    )
    assert booked.starts_at == clinic.at(11, day=now.date())


def test_a_hold_that_was_lost_is_checked_like_any_other_wish(now: datetime) -> None:
    clinic, (user, person) = make_clinic(notice=60), make_patient()
    wanted = held_for_an_hour_from_now(clinic, now, "mine")
    Allocation.objects.update(active=False)
    with pytest.raises(SlotNotOffered) as refused:
        book_appointment(
            wanted=wanted,
            person=person,
            user=user,
            idempotency_key="key",
            holder="mine",
            now=now + timedelta(minutes=6),
        )
    assert refused.value.reason == "too_soon"


def closed_day(clinic: Clinic) -> date:
    day = TOMORROW + timedelta(days=1)
    AvailabilityException.objects.create(
        site=clinic.site, on_date=day, effect=AvailabilityException.Effect.CLOSED
    )
    return day


def test_each_refusal_says_why_offers_what_is_free_and_writes_nothing(now: datetime) -> None:
    clinic, patient = make_clinic(notice=120), make_patient()
    preferences = {
        "past": now - timedelta(hours=2),
        "too_soon": clinic.at(11, day=now.date()),
        "too_far": clinic.at(10, day=now.date() + timedelta(days=200)),
        "closed": clinic.at(10, day=closed_day(clinic)),
        "not_offered": clinic.at(10, 10),
    }
    before = rows_written()
    for reason, starts_at in preferences.items():
        with pytest.raises(SlotNotOffered) as refused:
            book(clinic, starts_at, now=now, patient=patient)
        assert refused.value.reason == reason
        assert refused.value.alternatives, reason
        assert rows_written() == before, reason


def test_whoever_comes_second_is_offered_times_that_are_really_free(now: datetime) -> None:
    clinic = make_clinic(minutes=60)
    book(clinic, clinic.at(10), now=now)
    patient = make_patient()
    before = rows_written()
    with pytest.raises(SlotTaken) as refused:
        book(clinic, clinic.at(10, 30), now=now, patient=patient)
    assert rows_written() == before
    alternatives = refused.value.alternatives
    assert [f"{slot.local:%H:%M}" for slot in alternatives] == [
        "09:00",
        "11:00",
        "11:30",
        "12:00",
        "12:30",
    ]
    for slot in alternatives:
        assert clinic.slots_at(slot.starts_at, now=now)
    assert book(clinic, alternatives[0].starts_at, now=now, patient=patient)


def test_anyone_means_whoever_has_least_to_do_that_day(now: datetime) -> None:
    clinic = make_clinic()
    colleague = clinic.add_clinician()
    canceled = [
        book(clinic, clinic.at(13 + n), now=now, clinician=colleague, key=f"c{n}") for n in range(2)
    ]
    book(clinic, clinic.at(9), now=now, clinician=clinic.clinician)
    for visit in canceled:
        assert visit.booked_by is not None
        cancel_appointment(appointment=visit, user=visit.booked_by, reason="", now=now)
    assert book(clinic, clinic.at(11), now=now).clinician == colleague
    assert book(clinic, clinic.at(11), now=now).clinician == clinic.clinician
    with pytest.raises(SlotTaken):
        book(clinic, clinic.at(11), now=now)


def test_the_database_itself_refuses_two_visits_at_once(now: datetime) -> None:
    clinic = make_clinic()
    booked = book(clinic, clinic.at(10), now=now)
    with pytest.raises(IntegrityError, match="allocation_never_overlaps"), transaction.atomic():
        Allocation.objects.create(
            resource=clinic.clinician.resource,
            during=DateTimeTZRange(clinic.at(10, 29), clinic.at(11)),
            kind=Allocation.Kind.BOOKING,
            appointment=booked,
        )

"""Staff book and move against the rules: with every conflict seen, a permission and a reason."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from messaging.models import Message
from people.models import AuditEntry, Person, User
from scheduling.booking.selectors.conflicts import conflicts_of
from scheduling.booking.selectors.proposals import KINDS, proposal_for
from scheduling.booking.selectors.wanted import WantedVisit
from scheduling.booking.services.claims import InConflict
from scheduling.booking.services.holds import hold_slot
from scheduling.booking.services.lifecycle import cancel_appointment
from scheduling.booking.services.overrides import MayNotOverride, Override, ReasonMissing
from scheduling.booking.services.staff_booking import book_for_patient, move_for_patient
from scheduling.exceptions import IllegalTransition, KeyReused
from scheduling.models import (
    Allocation,
    Appointment,
    AvailabilityException,
    AvailabilityRule,
    Resource,
    VisitType,
)
from tests.builders import make_appointment, make_person, make_site, make_staff
from tests.scheduling.world import TOMORROW, Clinic, make_clinic, rows_written

pytestmark = pytest.mark.django_db
SUNDAY = date(2026, 11, 29)


@pytest.fixture
def clinic() -> Clinic:
    return make_clinic()


@pytest.fixture
def desk(clinic: Clinic) -> User:
    return make_staff("front_desk", sites=[clinic.site])


@pytest.fixture
def omar() -> Person:
    return make_person(given_name="Omar", phone="+12125550177", email=None)


def wish(clinic: Clinic, starts_at: datetime, **changed: Any) -> WantedVisit:
    return replace(
        WantedVisit(clinic.visit_type, clinic.site, starts_at, clinic.clinician.pk), **changed
    )


def visit_at(clinic: Clinic, hour: int, now: datetime, minute: int = 0) -> Appointment:
    return make_appointment(
        now=now,
        starts_at=clinic.at(hour, minute),
        site=clinic.site,
        visit_type=clinic.visit_type,
        clinician=clinic.clinician,
    )


def kinds(clinic: Clinic, starts_at: datetime, who: Person, now: datetime) -> list[str]:
    found = conflicts_of(proposal_for(wish(clinic, starts_at), person=who, now=now))
    assert {each.kind for each in found} <= KINDS
    return [each.kind for each in found]


def seen(wanted: WantedVisit, who: Person, now: datetime, reason: str = "Urgent") -> Override:
    """All conflicts of a wanted, accepted."""
    found = conflicts_of(proposal_for(wanted, person=who, now=now))
    return Override(frozenset(each.key for each in found), reason)


def change(visit_type: VisitType, **fields: Any) -> None:
    VisitType.objects.filter(pk=visit_type.pk).update(**fields)
    visit_type.refresh_from_db()


# --- Every conflict


def test_a_free_time_has_none(clinic: Clinic, omar: Person, now: datetime) -> None:
    assert kinds(clinic, clinic.at(10), omar, now) == []


def test_all_of_them_are_told_at_once(clinic: Clinic, omar: Person, now: datetime) -> None:
    """Sunday, outside hours, an unknown room, over the cap, a visit and a block there."""
    change(clinic.visit_type, needs=["exam"], daily_cap=1, buffer_before=5, buffer_after=5)
    desk = make_staff("front_desk", sites=[clinic.site])
    at_eight = clinic.at(8, day=SUNDAY)
    first = wish(clinic, at_eight)
    book_for_patient(
        wanted=first,
        person=make_person(given_name="Vera"),
        user=desk,
        idempotency_key="first",
        now=now,
        override=seen(first, omar, now),
    )
    AvailabilityException.objects.create(
        site=clinic.site, on_date=SUNDAY, effect="closed", reason="Sunday"
    )
    AvailabilityException.objects.create(
        resource=clinic.clinician.resource, on_date=SUNDAY, effect="closed", reason="Vacation"
    )
    found = conflicts_of(proposal_for(first, person=omar, now=now))
    assert [(each.kind, each.name or each.reason) for each in found] == [
        ("closed", clinic.clinician.name),
        ("day_off", clinic.clinician.name),
        ("visit", "Vera Alvarez"),
        ("no_room", "exam"),
        ("cap", clinic.clinician.name),
    ]
    assert [each.reason for each in found[:2]] == ["Sunday", "Vacation"]


@pytest.mark.parametrize(
    ("hour", "minute", "kind"),
    [(8, 0, "outside_hours"), (16, 45, "outside_hours"), (10, 10, "not_offered")],
)
def test_hours_and_the_grid(
    clinic: Clinic, omar: Person, now: datetime, hour: int, minute: int, kind: str
) -> None:
    assert kinds(clinic, clinic.at(hour, minute), omar, now) == [kind]


def test_too_near_too_far_and_past(clinic: Clinic, omar: Person, now: datetime) -> None:
    today = now.date()
    assert kinds(clinic, clinic.at(10, 30, day=today), omar, now) == ["too_soon"]
    assert kinds(clinic, clinic.at(9, day=today), omar, now) == ["past"]
    far = clinic.at(9, day=today + timedelta(days=196))  # a Monday
    assert kinds(clinic, far, omar, now) == ["too_far"]


def test_a_buffer_is_not_a_visit(omar: Person, now: datetime) -> None:
    clinic = make_clinic(buffer_after=15)
    visit_at(clinic, 10, now)
    assert kinds(clinic, clinic.at(10), omar, now) == ["visit"]
    assert kinds(clinic, clinic.at(10, 30), omar, now) == ["buffer"]


def test_somebody_who_is_deciding_right_now(clinic: Clinic, omar: Person, now: datetime) -> None:
    hold_slot(
        visit_type=clinic.visit_type,
        site=clinic.site,
        starts_at=clinic.at(10),
        holder="browser",
        now=now,
    )
    assert kinds(clinic, clinic.at(10), omar, now) == ["hold"]


def test_the_way_between_two_sites(clinic: Clinic, omar: Person, now: datetime) -> None:
    far = make_site()
    type(far).objects.filter(pk=far.pk).update(latitude=43.2)
    far.refresh_from_db()
    AvailabilityRule.objects.create(
        resource=clinic.clinician.resource,
        site=far,
        weekday=TOMORROW.weekday(),
        starts=time(9),
        ends=time(12),
        valid_from=TOMORROW,
    )
    elsewhere = Clinic(far, clinic.visit_type, clinic.clinician)
    visit_at(elsewhere, 9, now)
    found = conflicts_of(proposal_for(wish(clinic, clinic.at(9)), person=omar, now=now))
    assert [(each.kind, each.name) for each in found] == [("elsewhere", far.name)]
    (travel,) = conflicts_of(proposal_for(wish(clinic, clinic.at(9, 30)), person=omar, now=now))
    assert (travel.kind, travel.name) == ("travel", far.name)
    assert 30 <= travel.number <= 90


def test_the_patients_own_other_visit(clinic: Clinic, omar: Person, now: datetime) -> None:
    other = make_clinic()
    visit = visit_at(other, 10, now)
    assert kinds(clinic, clinic.at(10), visit.person, now) == ["patient_busy"]
    assert kinds(clinic, clinic.at(10), omar, now) == []


def test_time_that_is_kept_for_new_patients(clinic: Clinic, now: datetime) -> None:
    AvailabilityRule.objects.update(kept_for="returning")
    assert kinds(clinic, clinic.at(10), make_person(), now) == ["kept_for_others"]


def test_what_the_clinician_does_not_offer(clinic: Clinic, omar: Person, now: datetime) -> None:
    clinic.clinician.visit_types.clear()
    assert kinds(clinic, clinic.at(10), omar, now) == ["not_theirs"]


def test_a_full_group_session(clinic: Clinic, omar: Person, now: datetime, desk: User) -> None:
    change(clinic.visit_type, group=True)
    assert kinds(clinic, clinic.at(10), omar, now) == ["no_session"]
    session = Resource.objects.create(
        slug="class", kind="session", capacity=2, leader=clinic.clinician
    )
    rule = AvailabilityRule.objects.create(
        resource=session,
        site=clinic.site,
        weekday=TOMORROW.weekday(),
        starts=time(10),
        ends=time(10, 30),
        valid_from=TOMORROW,
    )
    rule.visit_types.set([clinic.visit_type])
    visit_at(clinic, 10, now)
    assert kinds(clinic, clinic.at(10), omar, now) == []
    visit_at(clinic, 10, now)
    assert kinds(clinic, clinic.at(10), omar, now) == ["full"]
    wanted = wish(clinic, clinic.at(10))
    booked = book_for_patient(
        wanted=wanted,
        person=omar,
        user=desk,
        idempotency_key="third",
        now=now,
        override=seen(wanted, omar, now),
    )
    (row,) = booked.allocations.all()
    assert (row.resource_id, row.overbook) == (session.pk, True)


# --- Booking


def test_staff_book_a_free_time_without_a_reason(
    clinic: Clinic, desk: User, omar: Person, now: datetime
) -> None:
    booked = book_for_patient(
        wanted=wish(clinic, clinic.at(10)), person=omar, user=desk, idempotency_key="k", now=now
    )
    assert (booked.status, booked.booked_by) == ("booked", desk)
    assert not booked.allocations.get().overbook
    assert booked.events.get().reason == ""
    assert AuditEntry.objects.get(person=omar).action == "appointment.book"
    assert Message.objects.filter(kind="appointment_booked", about_id=booked.pk).exists()


def test_an_overbooked_visit_is_an_ordinary_one_from_then_on(
    clinic: Clinic, desk: User, omar: Person, now: datetime
) -> None:
    visit_at(clinic, 10, now)
    wanted = wish(clinic, clinic.at(10))
    booked = book_for_patient(
        wanted=wanted,
        person=omar,
        user=desk,
        idempotency_key="k",
        now=now,
        override=seen(wanted, omar, now, "Chest pain, must be seen"),
    )
    assert booked.allocations.get().overbook
    assert booked.events.get().reason == "Chest pain, must be seen"
    assert AuditEntry.objects.get(person=omar).action == "appointment.book_override"
    cancel_appointment(appointment=booked, user=desk, reason="", now=now)
    assert not booked.allocations.filter(active=True).exists()


def test_what_only_lies_outside_the_hours_is_as_safe_as_any_visit(
    clinic: Clinic, desk: User, omar: Person, now: datetime
) -> None:
    wanted = wish(clinic, clinic.at(8))
    booked = book_for_patient(
        wanted=wanted,
        person=omar,
        user=desk,
        idempotency_key="k",
        now=now,
        override=seen(wanted, omar, now),
    )
    assert not booked.allocations.get().overbook


def test_a_room_is_shared_only_when_none_is_free(
    clinic: Clinic, desk: User, omar: Person, now: datetime
) -> None:
    change(clinic.visit_type, needs=["exam"])
    for number in (1, 2):
        Resource.objects.create(
            slug=f"room-{number}", kind="room", site=clinic.site, category="exam"
        )
    visit_at(clinic, 10, now)
    rooms = []
    for number in (1, 2):
        wanted = wish(clinic, clinic.at(10))
        booked = book_for_patient(
            wanted=wanted,
            person=make_person(given_name=f"P{number}"),
            user=desk,
            idempotency_key=f"k{number}",
            now=now,
            override=seen(wanted, omar, now),
        )
        row = booked.allocations.get(resource__kind="room")
        rooms.append((row.resource.slug, row.overbook))
    assert rooms == [("room-2", False), ("room-1", True)]


def test_the_same_request_twice_is_one_visit(
    clinic: Clinic, desk: User, omar: Person, now: datetime
) -> None:
    wanted = wish(clinic, clinic.at(8))
    override = seen(wanted, omar, now)

    def press(which: WantedVisit) -> Appointment:
        return book_for_patient(
            wanted=which, person=omar, user=desk, idempotency_key="k", now=now, override=override
        )

    assert press(wanted) == press(wanted)
    assert Appointment.objects.count() == 1
    with pytest.raises(KeyReused):
        press(wish(clinic, clinic.at(9)))


@pytest.mark.parametrize("reason", ["", "  "])
def test_without_a_reason_nothing_is_written(
    clinic: Clinic, desk: User, omar: Person, now: datetime, reason: str
) -> None:
    wanted, before = wish(clinic, clinic.at(8)), rows_written()
    with pytest.raises(ReasonMissing):
        book_for_patient(
            wanted=wanted,
            person=omar,
            user=desk,
            idempotency_key="k",
            now=now,
            override=seen(wanted, omar, now, reason),
        )
    assert rows_written() == before


def test_a_conflict_that_nobody_saw_stops_it(
    clinic: Clinic, desk: User, omar: Person, now: datetime
) -> None:
    wanted = wish(clinic, clinic.at(10, 10))
    override = seen(wanted, omar, now)
    visit_at(clinic, 10, now)
    before = rows_written()
    with pytest.raises(InConflict) as refused:
        book_for_patient(
            wanted=wanted,
            person=omar,
            user=desk,
            idempotency_key="k",
            now=now,
            override=override,
        )
    assert [each.kind for each in refused.value.conflicts] == ["visit", "not_offered"]
    assert rows_written() == before


def test_nobody_overrides_the_past(clinic: Clinic, desk: User, omar: Person, now: datetime) -> None:
    wanted = wish(clinic, now - timedelta(minutes=30))
    with pytest.raises(InConflict):
        book_for_patient(
            wanted=wanted,
            person=omar,
            user=desk,
            idempotency_key="k",
            now=now,
            override=seen(wanted, omar, now),
        )


@pytest.mark.parametrize("role", ["agent", "clinician", "manager"])
def test_other_roles_override_nothing(
    clinic: Clinic, omar: Person, now: datetime, role: str
) -> None:
    wanted, before = wish(clinic, clinic.at(8)), rows_written()
    user = make_staff(role, sites=[clinic.site])
    with pytest.raises(MayNotOverride):
        book_for_patient(
            wanted=wanted,
            person=omar,
            user=user,
            idempotency_key="k",
            now=now,
            override=seen(wanted, omar, now),
        )
    assert rows_written() == before


def test_the_desk_of_another_site_overrides_nothing_and_an_administrator_everywhere(
    clinic: Clinic, omar: Person, now: datetime
) -> None:
    wanted = wish(clinic, clinic.at(8))
    asked: dict[str, Any] = {
        "wanted": wanted,
        "person": omar,
        "idempotency_key": "k",
        "now": now,
        "override": seen(wanted, omar, now),
    }
    with pytest.raises(MayNotOverride):
        book_for_patient(user=make_staff("front_desk", sites=[make_site()]), **asked)
    assert book_for_patient(user=make_staff("administrator"), **asked).pk


# --- Moving


def test_staff_move_a_visit_and_the_patient_is_told(
    clinic: Clinic, desk: User, now: datetime
) -> None:
    visit = visit_at(clinic, 10, now)
    moved = move_for_patient(
        appointment=visit,
        wanted=wish(clinic, clinic.at(11)),
        user=desk,
        now=now,
        reason="Asked to",
    )
    assert (moved.starts_at, moved.version) == (clinic.at(11), 2)
    assert moved.events.latest("pk").reason == "Asked to"
    assert Message.objects.filter(kind="appointment_moved", about_version=2).exists()
    assert clinic.slots_at(clinic.at(10), now=now)
    assert clinic.slots_at(clinic.at(11), now=now) == []


def test_a_visit_moves_by_less_than_its_own_length(
    clinic: Clinic, desk: User, now: datetime
) -> None:
    visit = visit_at(clinic, 10, now)
    wanted = wish(clinic, clinic.at(10, 10))
    with pytest.raises(InConflict) as refused:
        move_for_patient(appointment=visit, wanted=wanted, user=desk, now=now)
    assert [each.kind for each in refused.value.conflicts] == ["not_offered"]
    keys = frozenset(each.key for each in refused.value.conflicts)
    moved = move_for_patient(
        appointment=visit,
        wanted=wanted,
        user=desk,
        now=now,
        override=Override(keys, "Runs late"),
    )
    assert not moved.allocations.get(active=True).overbook
    assert moved.events.latest("pk").reason == "Runs late"


def test_moving_onto_a_colleague_overbooks(clinic: Clinic, desk: User, now: datetime) -> None:
    other, visit = visit_at(clinic, 11, now), visit_at(clinic, 10, now)
    wanted = wish(clinic, clinic.at(11))
    with pytest.raises(InConflict) as refused:
        move_for_patient(appointment=visit, wanted=wanted, user=desk, now=now)
    assert [each.about for each in refused.value.conflicts] == [other.pk]
    assert Allocation.objects.filter(active=True, appointment=visit).count() == 1
    keys = frozenset(each.key for each in refused.value.conflicts)
    moved = move_for_patient(
        appointment=visit,
        wanted=wanted,
        user=desk,
        now=now,
        override=Override(keys, "A short talk"),
    )
    assert moved.allocations.get(active=True).overbook
    assert AuditEntry.objects.filter(action="appointment.move_override").count() == 1


def test_late_for_the_patient_is_told_and_the_desk_decides(
    clinic: Clinic, desk: User, now: datetime
) -> None:
    visit = visit_at(clinic, 10, now)
    late = visit.starts_at - timedelta(minutes=90)
    wanted = wish(clinic, clinic.at(14))
    with pytest.raises(InConflict) as refused:
        move_for_patient(appointment=visit, wanted=wanted, user=desk, now=late)
    assert [each.kind for each in refused.value.conflicts] == ["too_late"]
    override = Override(frozenset({"too_late:"}), "Called: the bus is late")
    moved = move_for_patient(
        appointment=visit, wanted=wanted, user=desk, now=late, override=override
    )
    assert moved.starts_at == clinic.at(14)


def test_the_time_it_has_already_changes_nothing(clinic: Clinic, desk: User, now: datetime) -> None:
    visit = visit_at(clinic, 10, now)
    before = rows_written()
    same = move_for_patient(
        appointment=visit, wanted=wish(clinic, clinic.at(10)), user=desk, now=now
    )
    assert same.version == 1
    assert rows_written() == before


def test_a_canceled_visit_cannot_be_moved(clinic: Clinic, desk: User, now: datetime) -> None:
    visit = visit_at(clinic, 10, now)
    cancel_appointment(appointment=visit, user=desk, reason="", now=now)
    with pytest.raises(IllegalTransition):
        move_for_patient(appointment=visit, wanted=wish(clinic, clinic.at(11)), user=desk, now=now)

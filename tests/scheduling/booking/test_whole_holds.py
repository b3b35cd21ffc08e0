"""A hold keeps all that its visit needs, or nothing: nobody is booked without a room."""

from datetime import datetime

import pytest

from scheduling.booking.selectors.wanted import WantedVisit
from scheduling.booking.services.booking import book_appointment
from scheduling.booking.services.holds import HOLD_FOR, extend_hold, hold_slot, keep_hold
from scheduling.closures.services.blocks import block_time
from scheduling.exceptions import HoldExpired, SlotTaken
from scheduling.models import Allocation, Appointment, Hold
from tests.builders import make_patient, make_staff
from tests.scheduling.availability.test_resources import make_room, needing, taken_by
from tests.scheduling.world import Clinic, make_clinic

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic(db: None) -> Clinic:
    """One X-ray room, and two who take X-rays."""
    clinic = needing(make_clinic(), "x-ray")
    clinic.add_clinician()
    return clinic


def hold(clinic: Clinic, now: datetime, holder: str = "rosa") -> Hold:
    return hold_slot(
        visit_type=clinic.visit_type,
        site=clinic.site,
        starts_at=clinic.at(10),
        holder=holder,
        clinician_id=clinic.clinician.pk,
        now=now,
    )


def book(held: Hold, now: datetime) -> Appointment:
    user, person = make_patient()
    return book_appointment(
        wanted=WantedVisit.from_hold(held),
        person=person,
        user=user,
        idempotency_key=f"of {person.pk}",
        holder=held.holder,
        now=now,
    )


def book_with_the_colleague(clinic: Clinic, now: datetime) -> Appointment:
    user, person = make_patient()
    colleague = clinic.visit_type.clinicians.exclude(pk=clinic.clinician.pk).get()
    wanted = WantedVisit(clinic.visit_type, clinic.site, clinic.at(10), clinician_id=colleague.pk)
    return book_appointment(
        wanted=wanted, person=person, user=user, idempotency_key=f"of {person.pk}", now=now
    )


def block(room_id: int, clinic: Clinic, now: datetime) -> None:
    room = clinic.site.resources.get(pk=room_id)
    desk = make_staff("front_desk", sites=[clinic.site])
    block_time(
        resource=room,
        site=clinic.site,
        starts_at=clinic.at(9),
        ends_at=clinic.at(12),
        reason="Repairs",
        user=desk,
        now=now,
    )


def test_a_held_visit_takes_its_room_along(clinic: Clinic, now: datetime) -> None:
    make_room(clinic.site, "x-ray")
    assert taken_by(book(hold(clinic, now), now)) == {"clinician", "room"}


def test_a_hold_that_was_booked_is_booked_once(clinic: Clinic, now: datetime) -> None:
    make_room(clinic.site, "x-ray")
    held = hold(clinic, now)
    visit = book(held, now)
    with pytest.raises(SlotTaken):
        book(held, now)  # for somebody else, in the same browser
    assert taken_by(visit) == {"clinician", "room"}
    assert Appointment.objects.count() == 1


def test_a_hold_whose_room_was_blocked_is_no_booking(clinic: Clinic, now: datetime) -> None:
    room = make_room(clinic.site, "x-ray")
    held = hold(clinic, now)
    block(room.pk, clinic, now)
    with pytest.raises(SlotTaken):
        book(held, now)
    assert not Appointment.objects.exists()


def test_with_another_room_it_is_booked_in_that(clinic: Clinic, now: datetime) -> None:
    rooms = [make_room(clinic.site, "x-ray") for _ in range(2)]
    held = hold(clinic, now)
    first = Allocation.objects.get(hold=held, resource__kind="room").resource_id
    block(first, clinic, now)
    visit = book(held, now)
    taken = Allocation.objects.get(appointment=visit, active=True, resource__kind="room")
    assert {first, taken.resource_id} == {room.pk for room in rooms}


def test_a_hold_that_is_over_loses_all_when_its_room_is_taken(
    clinic: Clinic, now: datetime
) -> None:
    make_room(clinic.site, "x-ray")
    held, later = hold(clinic, now), now + 2 * HOLD_FOR
    book_with_the_colleague(clinic, later)
    assert not Allocation.objects.filter(hold=held, active=True).exists()
    with pytest.raises(SlotTaken):
        book(held, later)


def test_what_is_left_of_a_hold_cannot_be_kept_longer(clinic: Clinic, now: datetime) -> None:
    make_room(clinic.site, "x-ray")
    held = hold(clinic, now)
    Allocation.objects.filter(hold=held, resource__kind="room").update(active=False)
    with pytest.raises(HoldExpired):
        extend_hold(hold=held, now=now)


def test_keeping_what_is_left_takes_it_whole_again(clinic: Clinic, now: datetime) -> None:
    make_room(clinic.site, "x-ray")
    held = hold(clinic, now)
    Allocation.objects.filter(hold=held, resource__kind="room").update(active=False)
    kept = keep_hold(hold=held, now=now)
    rows = Allocation.objects.filter(hold=kept, active=True)
    assert {row.resource.kind for row in rows} == {"clinician", "room"}

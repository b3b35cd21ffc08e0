"""Two children back to back on the real database: all of them are booked, or none."""

from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from messaging.models import Message
from people.models import ActsFor, Person, User
from scheduling.availability.selectors.search import Slot
from scheduling.exceptions import SlotTaken
from scheduling.models import Allocation, Appointment, Clinician, VisitType
from scheduling.series.selectors.family import Guest, times_together
from scheduling.series.services.family import Seat, book_together
from tests.builders import make_patient, make_person
from tests.scheduling.availability.test_resources import make_room, make_session, needing
from tests.scheduling.booking.test_races import OVERLAPS, all_at_once, query
from tests.scheduling.waiting import book
from tests.scheduling.world import TOMORROW, Clinic, make_clinic

pytestmark = pytest.mark.django_db


class Family:
    """A parent and so many children, who all need the same."""

    def __init__(self, clinic: Clinic, now: datetime, children: int = 2) -> None:
        self.clinic, self.now = clinic, now
        self.user, self.parent = make_patient()
        self.children = [self._child(f"Child{number}") for number in range(children)]
        self.guests = [Guest(each, clinic.visit_type, "in_person") for each in self.children]

    def _child(self, name: str) -> Person:
        child = make_person(given_name=name, born_on=date(2019, 5, 4), email=None)
        ActsFor.objects.create(
            user=self.user, person=child, relationship="child", since=self.now - timedelta(days=1)
        )
        return child

    def times(self, day: date = TOMORROW) -> list[tuple[Slot, ...]]:
        return times_together(
            self.guests, self.clinic.site, first_day=day, last_day=day, now=self.now
        )

    def books(self, row: tuple[Slot, ...], key: str = "key") -> list[Appointment]:
        seats = [
            Seat(guest, slot.starts_at, slot.clinician_id)
            for guest, slot in zip(self.guests, row, strict=True)
        ]
        return book_together(
            seats=seats, site=self.clinic.site, user=self.user, key=key, now=self.now
        )


@pytest.fixture
def clinic(db: None) -> Clinic:
    return make_clinic()


@pytest.fixture
def family(clinic: Clinic, now: datetime) -> Family:
    return Family(clinic, now)


def test_two_children_are_seen_one_after_the_other(family: Family, clinic: Clinic) -> None:
    first = family.times()[0]
    assert [slot.starts_at for slot in first] == [clinic.at(9), clinic.at(9, 30)]
    visits = family.books(first)
    assert [visit.person for visit in visits] == family.children
    assert {visit.clinician_id for visit in visits} == {clinic.clinician.pk}
    told = Message.objects.filter(kind="appointment_booked", channel="sms")
    assert {each.person for each in told} == set(family.children)


def test_side_by_side_where_nobody_has_two_in_a_row(
    family: Family, clinic: Clinic, now: datetime
) -> None:
    colleague = only_the_hours(clinic, now)
    row = family.times()[0]
    assert {slot.starts_at for slot in row} == {clinic.at(9)}
    assert {slot.clinician_id for slot in row} == {clinic.clinician.pk, colleague.pk}
    assert len(family.books(row)) == 2


def test_who_has_another_visit_then_is_not_asked_to_come(
    family: Family, clinic: Clinic, now: datetime
) -> None:
    elsewhere = make_clinic()
    book(elsewhere, clinic.at(9, 30), now=now, patient=(family.user, family.children[1]))
    assert family.times()[0][0].starts_at == clinic.at(9, 30)


def test_each_may_need_something_else(family: Family, clinic: Clinic) -> None:
    longer = VisitType.objects.create(
        slug="long", names={"en": "Long"}, minutes=60, slot_step=30, price_low=1, price_high=1
    )
    clinic.clinician.visit_types.add(longer)
    family.guests[0] = Guest(family.children[0], longer, "in_person")
    row = family.times()[0]
    assert [slot.starts_at for slot in row] == [clinic.at(9), clinic.at(10)]
    assert family.books(row)[0].visit_type == longer


def test_when_one_time_is_gone_none_is_booked(
    family: Family, clinic: Clinic, now: datetime
) -> None:
    row = family.times()[0]
    book(clinic, row[1].starts_at, now=now)
    with pytest.raises(SlotTaken):
        family.books(row)
    assert not Appointment.objects.filter(person__in=family.children).exists()
    assert not Message.objects.filter(person__in=family.children).exists()
    assert len(family.books(family.times()[0], key="other")) == 2


def test_the_same_press_twice_is_the_same_visits(family: Family) -> None:
    row = family.times()[0]
    assert family.books(row) == family.books(row)
    assert Appointment.objects.count() == 2


def only_the_hours(clinic: Clinic, now: datetime) -> Clinician:
    """Two clinicians who are both free at each full hour, and never twice in a row."""
    colleague = clinic.add_clinician()
    for hour in range(9, 17):
        book(clinic, clinic.at(hour, 30), now=now)
        book(Clinic(clinic.site, clinic.visit_type, colleague), clinic.at(hour, 30), now=now)
    return colleague


def needs_rooms(clinic: Clinic, rooms: int) -> None:
    needing(clinic, "exam-room")
    for _ in range(rooms):
        make_room(clinic.site)


def test_side_by_side_takes_a_room_for_each(family: Family, clinic: Clinic, now: datetime) -> None:
    only_the_hours(clinic, now)
    needs_rooms(clinic, 1)
    assert family.times() == []
    make_room(clinic.site)
    rows = family.times()
    assert [slot.starts_at for slot in rows[0]] == [clinic.at(9), clinic.at(9)]
    assert len(family.books(rows[0])) == 2


def test_a_room_that_somebody_else_has_is_not_counted_on(
    family: Family, clinic: Clinic, now: datetime
) -> None:
    only_the_hours(clinic, now)
    needs_rooms(clinic, 2)
    elsewhere = Clinic(clinic.site, clinic.visit_type, clinic.add_clinician())
    book(elsewhere, clinic.at(9), now=now)
    Clinician.objects.filter(pk=elsewhere.clinician.pk).update(active=False)
    assert family.times()[0][0].starts_at == clinic.at(10)


def test_by_video_no_room_is_needed(family: Family, clinic: Clinic, now: datetime) -> None:
    only_the_hours(clinic, now)
    needs_rooms(clinic, 0)
    clinic.visit_type.modes = ["in_person", "video"]
    clinic.visit_type.save()
    family.guests = [Guest(each, clinic.visit_type, "video") for each in family.children]
    assert len(family.books(family.times()[0])) == 2


def test_what_a_day_has_left_is_enough_for_all(
    family: Family, clinic: Clinic, now: datetime
) -> None:
    clinic.visit_type.daily_cap = 2
    clinic.visit_type.save()
    book(clinic, clinic.at(16), now=now)
    assert family.times() == []
    next_day = family.times(TOMORROW + timedelta(days=1))
    assert len(family.books(next_day[0])) == 2


def test_a_cap_of_one_each_is_met_side_by_side(family: Family, clinic: Clinic) -> None:
    colleague = clinic.add_clinician()
    clinic.visit_type.daily_cap = 1
    clinic.visit_type.save()
    row = family.times()[0]
    assert {slot.clinician_id for slot in row} == {clinic.clinician.pk, colleague.pk}
    assert len(family.books(row)) == 2


def test_two_share_one_group_while_it_has_two_places(now: datetime) -> None:
    group = make_session(make_clinic(), places=3)
    family = Family(group, now)
    (row,) = family.times()
    assert [slot.starts_at for slot in row] == [group.at(10), group.at(10)]
    assert len(family.books(row)) == 2
    assert Family(group, now).times() == [], "one place is left"


def test_all_that_is_offered_can_be_booked(clinic: Clinic, now: datetime) -> None:
    """Three people, three clinicians, two rooms that others need too, and not much left of a day:
    each row that is offered is booked whole, and taken back again.
    """
    clinic.visit_type.daily_cap = 5
    clinic.visit_type.save()
    colleagues = [clinic.clinician, clinic.add_clinician(), clinic.add_clinician()]
    needs_rooms(clinic, 2)
    for hour, who in ((9, 0), (9, 1), (10, 2), (11, 0), (12, 1), (13, 2), (14, 0), (14, 2)):
        book(Clinic(clinic.site, clinic.visit_type, colleagues[who]), clinic.at(hour), now=now)
    short = make_clinic(minutes=15, step=15).visit_type
    for colleague in colleagues:
        colleague.visit_types.add(short)
    family = Family(clinic, now, 3)
    family.guests[2] = Guest(family.children[2], short, "in_person")
    rows = family.times()
    assert rows
    for number, row in enumerate(rows):
        with transaction.atomic():
            assert len(family.books(row, key=f"row {number}")) == 3
            transaction.set_rollback(True)


def test_the_same_queries_for_a_day_and_for_two_months(family: Family, clinic: Clinic) -> None:
    clinic.visit_type.daily_cap = 9
    clinic.visit_type.save()
    needs_rooms(clinic, 2)

    def asked(days: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            times_together(
                family.guests,
                clinic.site,
                first_day=TOMORROW,
                last_day=TOMORROW + timedelta(days=days),
                now=family.now,
            )
        return len(queries)

    asked(60)  # the clinic as it is set up, and its days that differ, are read once
    assert asked(0) == asked(60) <= 14


@pytest.mark.parametrize("first_day", [date.min, date.max])
def test_there_is_nothing_at_the_ends_of_the_calendar(family: Family, first_day: date) -> None:
    assert family.times(first_day) == []


@pytest.mark.parametrize("children", [1, 5])
def test_two_to_four_people(clinic: Clinic, now: datetime, children: int) -> None:
    family = Family(clinic, now, children)
    slots = clinic.slots_at(clinic.at(9), now=now) * children
    with pytest.raises(ValueError, match="people"):
        family.books(tuple(slots))


@pytest.mark.django_db(transaction=True)
def test_families_at_once_never_have_half_of_it(now: datetime, no_deadlock: None) -> None:
    clinic = make_clinic()
    clinic.add_clinician()
    families = [Family(clinic, now) for _ in range(6)]
    rows = families[0].times()[:4]
    singles: list[tuple[User, Person]] = [make_patient() for _ in range(4)]

    def tries(call: Any) -> bool:
        try:
            call()
        except SlotTaken:
            return False
        return True

    calls: list[Any] = [
        partial(family.books, rows[number % 4]) for number, family in enumerate(families)
    ]
    calls += [
        partial(book, clinic, row[0].starts_at, now=now, patient=patient)
        for row, patient in zip(rows, singles, strict=True)
    ]
    all_at_once([partial(tries, call) for call in calls])
    assert query(OVERLAPS) == 0
    for family in families:
        booked = Appointment.objects.filter(person__in=family.children).count()
        assert booked in (0, 2)
    assert Allocation.objects.filter(active=True).count() == Appointment.objects.count()
    assert Clinician.objects.count() == 2

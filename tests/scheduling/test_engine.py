"""Anything in any order, on the real database, against a model that a child could check."""

from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from people.models import User
from scheduling.exceptions import HasVisitThen, HoldExpired, SlotNotOffered, SlotTaken
from scheduling.models import Allocation, Appointment, Hold
from scheduling.selectors.conflicts import conflicts_of
from scheduling.selectors.searches import Search
from scheduling.selectors.slots import free_slots
from scheduling.services import lifecycle
from scheduling.services.booking import Wish, book_appointment
from scheduling.services.deciding import InConflict, Override
from scheduling.services.holds import hold_slot, release_expired_holds, release_hold
from scheduling.services.moving import reschedule_appointment
from scheduling.services.overriding import book_for_patient, proposal_for
from tests.builders import make_patient, make_staff
from tests.conftest import FIXED_NOW
from tests.scheduling.world import TOMORROW, Clinic, make_clinic

MINUTE = timedelta(minutes=1)
LENGTH, BEFORE, AFTER, STEP = 60 * MINUTE, 10 * MINUTE, 10 * MINUTE, 15 * MINUTE
OVERLAPS = """
    SELECT count(*) FROM scheduling_allocation AS one JOIN scheduling_allocation AS other
      ON one.resource_id = other.resource_id AND one.id < other.id AND one.during && other.during
    WHERE one.active AND other.active AND NOT one.overbook AND NOT other.overbook
"""
# Minutes after 8:00: the clinic works from 9:00 to 17:00, and :10 is off its grid.
minutes = st.sampled_from([*range(0, 11 * 60, 15), 130])
whom = st.sampled_from([None, 0, 1])
patients = st.sampled_from([0, 1, 2])
STRANGER = -1  # somebody whom only staff book for


@dataclass(frozen=True)
class Taken:
    """What the model knows of one allocation; a hold expires, a visit does not.

    ``overbook`` is a visit that staff put where somebody else was; ``patient`` is whose it is.
    """

    clinician: int
    starts_at: datetime
    expires_at: datetime | None = None
    overbook: bool = False
    patient: int | None = None

    def overlaps(self, starts_at: datetime) -> bool:
        return (
            self.starts_at - BEFORE < starts_at + LENGTH + AFTER
            and starts_at - BEFORE < self.starts_at + LENGTH + AFTER
        )

    def stands(self, now: datetime) -> bool:
        return self.expires_at is None or self.expires_at > now


class Engine(RuleBasedStateMachine):
    """Two clinicians, one day; browsers hold, patients book, move and cancel, staff overbook,
    time passes.
    """

    visits: Bundle[Appointment] = Bundle("visits")
    holds: Bundle[Hold] = Bundle("holds")

    def __init__(self) -> None:
        super().__init__()
        self.world = transaction.atomic()
        self.world.__enter__()
        self.now = FIXED_NOW
        self.taken: dict[str, Taken] = {}
        self.numbers = count()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.world.__exit__(None, None, None)

    @initialize()
    def open_the_clinic(self) -> None:
        self.clinic: Clinic = make_clinic(
            minutes=60, buffer_before=10, buffer_after=10, step=15, notice=0
        )
        self.clinicians = [self.clinic.clinician, self.clinic.add_clinician()]
        self.patients = [make_patient() for _ in range(3)]
        self.staff = make_staff("front_desk", sites=[self.clinic.site])

    # --- What the model says

    def at(self, minute: int) -> datetime:
        return self.clinic.at(8, day=TOMORROW) + minute * MINUTE

    def offered(self, starts_at: datetime) -> bool:
        since_opening = starts_at - self.clinic.at(9, day=TOMORROW)
        return (
            timedelta(0) <= since_opening
            and not since_opening % STEP
            and starts_at + LENGTH <= self.clinic.at(17, day=TOMORROW)
        )

    def free(self, clinician: int, starts_at: datetime, *, without: str = "") -> bool:
        return self.offered(starts_at) and not any(
            each.clinician == clinician and each.stands(self.now) and each.overlaps(starts_at)
            for key, each in self.taken.items()
            if key != without
        )

    def who_is_free(self, asked: int | None, starts_at: datetime, **other: str) -> set[int]:
        among = (0, 1) if asked is None else (asked,)
        return {each for each in among if self.free(each, starts_at, **other)}

    def number_of(self, clinician_id: int) -> int:
        return [each.pk for each in self.clinicians].index(clinician_id)

    def take(self, key: str, new: Taken) -> None:
        """Whoever takes a time clears it of holds that are over."""
        self.taken = {
            name: each
            for name, each in self.taken.items()
            if each.stands(self.now)
            or each.clinician != new.clinician
            or not each.overlaps(new.starts_at)
        }
        self.taken[key] = new

    def is_elsewhere(self, patient: int | None, starts_at: datetime, *, but: str = "") -> bool:
        """Whether a patient has another visit at that time."""
        return patient in {0, 1, 2} and any(
            key != but and each.patient == patient and abs(each.starts_at - starts_at) < LENGTH
            for key, each in self.taken.items()
        )

    def refused_unless(
        self, expected: bool, starts_at: datetime, patient: int | None = None, *, but: str = ""
    ) -> Any:
        if self.is_elsewhere(patient, starts_at, but=but):
            return pytest.raises(HasVisitThen)
        if expected:
            return nullcontext()
        return pytest.raises(SlotTaken if self.offered(starts_at) else SlotNotOffered)

    def asked_of(self, asked: int | None) -> int | None:
        return None if asked is None else self.clinicians[asked].pk

    # --- What people do

    @rule(target=visits, minute=minutes, asked=whom, patient=patients)
    def book(self, minute: int, asked: int | None, patient: int) -> Any:
        starts_at = self.at(minute)
        free = self.who_is_free(asked, starts_at)
        wish = Wish(self.clinic.visit_type, self.clinic.site, starts_at, self.asked_of(asked))
        made: list[Any] = []
        with self.refused_unless(bool(free), starts_at, patient):
            visit = self.book_wish(wish, patient)
            chosen = self.number_of(visit.clinician_id)
            assert chosen in free
            self.take(f"visit-{visit.pk}", Taken(chosen, starts_at, patient=patient))
            made.append(visit)
        return multiple(*made)

    def book_wish(self, wish: Wish, patient: int, *, holder: str = "") -> Appointment:
        user, person = self.patients[patient]
        return book_appointment(
            wish=wish,
            person=person,
            user=user,
            idempotency_key=f"key-{next(self.numbers)}",
            holder=holder,
            now=self.now,
        )

    @rule(target=holds, minute=minutes, asked=whom)
    def hold(self, minute: int, asked: int | None) -> Any:
        starts_at = self.at(minute)
        free = self.who_is_free(asked, starts_at)
        made: list[Any] = []
        with self.refused_unless(bool(free), starts_at):
            hold = hold_slot(
                visit_type=self.clinic.visit_type,
                site=self.clinic.site,
                starts_at=starts_at,
                clinician_id=self.asked_of(asked),
                holder=f"browser-{next(self.numbers)}",
                now=self.now,
            )
            chosen = self.number_of(hold.clinician_id)
            assert chosen in free
            self.take(f"hold-{hold.pk}", Taken(chosen, starts_at, hold.expires_at))
            made.append(hold)
        return multiple(*made)

    @rule(target=visits, hold=consumes(holds), patient=patients)
    def book_what_is_held(self, hold: Hold, patient: int) -> Any:
        """Good while its row stands, even when its minutes are over; or if the time is free."""
        if self.is_elsewhere(patient, hold.starts_at):
            with pytest.raises(HasVisitThen):
                self.book_wish(Wish.from_hold(hold), patient, holder=hold.holder)
            return multiple()
        kept = self.taken.pop(f"hold-{hold.pk}", None)
        chosen = self.number_of(hold.clinician_id)
        possible = kept is not None or self.free(chosen, hold.starts_at)
        made: list[Any] = []
        with self.refused_unless(possible, hold.starts_at):
            visit = self.book_wish(Wish.from_hold(hold), patient, holder=hold.holder)
            assert visit.clinician_id == hold.clinician_id
            self.take(f"visit-{visit.pk}", Taken(chosen, hold.starts_at, patient=patient))
            made.append(visit)
        return multiple(*made)

    @rule(hold=holds, patient=patients)
    def book_what_another_browser_holds(self, hold: Hold, patient: int) -> None:
        elsewhere = self.is_elsewhere(patient, hold.starts_at)
        with pytest.raises(HasVisitThen if elsewhere else HoldExpired):
            self.book_wish(Wish.from_hold(hold), patient, holder="somebody else")

    @rule(hold=consumes(holds))
    def release(self, hold: Hold) -> None:
        release_hold(hold=hold, now=self.now)
        self.taken.pop(f"hold-{hold.pk}", None)

    @rule(visit=visits, minute=minutes, asked=whom)
    def move(self, visit: Appointment, minute: int, asked: int | None) -> None:
        key, starts_at = f"visit-{visit.pk}", self.at(minute)
        if key not in self.taken:
            return
        own = self.taken[key]
        stays = own.starts_at == starts_at and asked in (None, own.clinician)
        free = self.who_is_free(asked, starts_at, without=key)
        meant = None if stays else own.patient
        with self.refused_unless(stays or bool(free), starts_at, meant, but=key):
            moved = reschedule_appointment(
                appointment=Appointment.objects.get(pk=visit.pk),
                site=self.clinic.site,
                starts_at=starts_at,
                clinician_id=self.asked_of(asked),
                user=self.user,
                now=self.now,
            )
            chosen = self.number_of(moved.clinician_id)
            assert chosen == own.clinician if stays else chosen in free
            if not stays:
                self.take(key, Taken(chosen, starts_at, patient=own.patient))

    @rule(target=visits, minute=minutes, asked=st.sampled_from([0, 1]), insists=st.booleans())
    def staff_book(self, minute: int, asked: int, insists: bool) -> Any:
        """Where it is free like anybody; else only who insists, and has seen all that is wrong."""
        starts_at, person = self.at(minute), make_patient()[1]
        wish = Wish(self.clinic.visit_type, self.clinic.site, starts_at, self.asked_of(asked))
        conflicts = conflicts_of(proposal_for(wish, person=person, now=self.now))
        assert bool(conflicts) is not self.free(asked, starts_at)
        seen = frozenset(each.key for each in conflicts) if insists else frozenset()
        made: list[Any] = []
        with nullcontext() if insists or not conflicts else pytest.raises(InConflict):
            visit = book_for_patient(
                wish=wish,
                person=person,
                user=self.staff,
                idempotency_key=f"key-{next(self.numbers)}",
                override=Override(seen, "They have to be seen."),
                now=self.now,
            )
            self.take(f"visit-{visit.pk}", Taken(asked, starts_at, patient=STRANGER))
            self.mark_overbooked(f"visit-{visit.pk}")
            made.append(visit)
        return multiple(*made)

    def mark_overbooked(self, key: str) -> None:
        """Whoever was put where somebody is stands beside them; outside the hours nobody is."""
        own = self.taken[key]
        in_the_way = any(
            each.clinician == own.clinician and each.overlaps(own.starts_at)
            for name, each in self.taken.items()
            if name != key
        )
        self.taken[key] = replace(own, overbook=in_the_way)

    @property
    def user(self) -> User:
        return self.patients[0][0]

    @rule(visit=consumes(visits))
    def cancel(self, visit: Appointment) -> None:
        lifecycle.cancel_appointment(
            appointment=visit, user=self.user, reason="not now", now=self.now
        )
        self.taken.pop(f"visit-{visit.pk}", None)

    @rule(passed=st.integers(1, 7))
    def time_passes(self, passed: int) -> None:
        self.now += passed * MINUTE

    @rule()
    def the_sweeper_comes(self) -> None:
        release_expired_holds(now=self.now)
        self.taken = {key: each for key, each in self.taken.items() if each.stands(self.now)}

    # --- What is always true

    @invariant()
    def nobody_overlaps(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(OVERLAPS)
            assert cursor.fetchone() == (0,)

    @invariant()
    def the_rows_are_the_models(self) -> None:
        rows = Allocation.objects.filter(active=True).select_related("resource__clinician")
        found = {
            f"{row.kind.replace('booking', 'visit')}-{row.appointment_id or row.hold_id}": (
                self.number_of(row.resource.clinician.pk),
                (row.during.lower or FIXED_NOW) + BEFORE,
                row.expires_at,
                row.overbook,
            )
            for row in rows
        }
        assert found == {
            key: (each.clinician, each.starts_at, each.expires_at, each.overbook)
            for key, each in self.taken.items()
        }

    @invariant()
    def what_is_listed_is_what_is_free(self) -> None:
        if not hasattr(self, "clinic"):
            return
        search = Search(self.clinic.visit_type, [self.clinic.site.pk], TOMORROW, TOMORROW, self.now)
        listed = {
            (self.number_of(slot.clinician_id), slot.starts_at) for slot in free_slots(search)
        }
        assert listed == {
            (number, self.at(minute))
            for minute in range(0, 12 * 60, 5)
            for number in (0, 1)
            if self.free(number, self.at(minute))
        }


@pytest.mark.django_db
def test_whatever_is_done_in_whatever_order_the_model_and_the_database_agree() -> None:
    run_state_machine_as_test(
        Engine,
        settings=settings(
            max_examples=40,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

"""The day that is planned, on the real database, and what must be true of it at any moment."""

from collections import defaultdict
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, time, timedelta
from itertools import count
from typing import Any, NamedTuple

import pytest
from django.db import connection, transaction
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant

from people.models import User
from scheduling.availability.selectors.search import Search
from scheduling.availability.selectors.slots import free_slots
from scheduling.clinic.selectors.rosters import bounds
from scheduling.exceptions import HasVisitThen, SlotNotOffered, SlotTaken
from scheduling.models import Allocation, Appointment, AvailabilityRule, Hold, Resource, VisitType
from scheduling.transitions import UPCOMING
from tests.builders import (
    at,
    make_clinician,
    make_patient,
    make_site,
    make_staff,
    make_visit_type,
)
from tests.conftest import FIXED_NOW
from tests.scheduling.availability.test_resources import make_room
from tests.scheduling.engine.planner import Kind, Planner, Taken
from tests.scheduling.world import TOMORROW

MINUTE = timedelta(minutes=1)
ROOMS = frozenset({"room-0", "room-1"})
SEATS = frozenset({"seat-0", "seat-1", "seat-2"})
KINDS = {
    "talk": Kind(60 * MINUTE, step=15 * MINUTE, around=10 * MINUTE),
    "exam": Kind(30 * MINUTE, step=30 * MINUTE, rooms=ROOMS),
    "class": Kind(60 * MINUTE, step=60 * MINUTE, seats=SEATS),
}
CLINICIANS = range(3)
OVERLAPS = """
    SELECT count(*) FROM scheduling_allocation AS one JOIN scheduling_allocation AS other
      ON one.resource_id = other.resource_id AND one.unit = other.unit AND one.id < other.id
     AND one.during && other.during
    WHERE one.active AND other.active AND NOT one.overbook AND NOT other.overbook
"""


class Wanted(NamedTuple):
    """What people think of; ``minute`` is after 8:00, ``asked`` one of the clinicians or anyone."""

    kind: str
    minute: int
    asked: int | None


# The clinic works from 9:00 to 13:00, and the class meets at 11:00 and 12:00. The last four are not
# offered: off the grid, too early, at no class, and with who does not lead it.
WANTED = [
    *(Wanted("talk", minute, asked) for minute in (60, 135, 150) for asked in (None, 1, 2)),
    *(Wanted("exam", minute, asked) for minute in (60, 90, 210) for asked in (None, 1, 2)),
    *(Wanted("class", minute, asked) for minute in (180, 180, 180, 240) for asked in (None, 0)),
    *(Wanted("talk", 60, 0), Wanted("exam", 90, 0), Wanted("exam", 210, 0)),
    *(Wanted("talk", 130, None), Wanted("exam", 30, 1)),
    *(Wanted("class", 90, None), Wanted("class", 180, 1)),
]
wishes = st.sampled_from(WANTED)
patients = st.sampled_from(range(3))
visits: Bundle[Appointment] = Bundle("visits")
changed: Bundle[Appointment] = Bundle("changed")
holds: Bundle[Hold] = Bundle("holds")
Written = dict[str, set[tuple[Any, ...]]]


class Day(RuleBasedStateMachine):
    """Three clinicians, two rooms, and a class with three seats that the first of them leads."""

    def __init__(self) -> None:
        super().__init__()
        self.world = transaction.atomic()
        self.world.__enter__()
        self.numbers = count()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.world.__exit__(None, None, None)

    @initialize()
    def open_the_clinic(self) -> None:
        self.site = make_site()
        self.types = {
            "talk": make_visit_type(
                minutes=60, buffer_before=10, buffer_after=10, step=15, notice=0
            ),
            "exam": make_visit_type(minutes=30, step=30, notice=0),
            "class": make_visit_type(minutes=60, step=60, notice=0),
        }
        VisitType.objects.filter(pk=self.types["exam"].pk).update(needs=["exam-room"])
        VisitType.objects.filter(pk=self.types["class"].pk).update(group=True)
        for each in self.types.values():
            each.refresh_from_db()
        offered = [self.types["talk"], self.types["exam"]]
        self.clinicians = [
            make_clinician(site=self.site, visit_types=offered, ends=time(13)) for _ in CLINICIANS
        ]
        self.rooms = [make_room(self.site) for _ in ROOMS]
        self.session = self.make_class()
        self.patients = [make_patient() for _ in range(3)]
        self.desk = make_staff("front_desk", sites=[self.site], second_factor=False)
        self.planner = Planner((self.at(60), self.at(300)), (self.at(180), self.at(300)), FIXED_NOW)
        self.undoable: dict[str, tuple[datetime, Taken]] = {}
        self.undone: set[str] = set()
        self.listed_of: object = None

    def make_class(self) -> Resource:
        """From 11:00 to 13:00, twice."""
        self.clinicians[0].visit_types.add(self.types["class"])
        session = Resource.objects.create(
            slug="class", kind=Resource.Kind.SESSION, capacity=3, leader=self.clinicians[0]
        )
        rule = AvailabilityRule.objects.create(
            resource=session,
            site=self.site,
            weekday=TOMORROW.weekday(),
            starts=time(11),
            ends=time(13),
            valid_from=TOMORROW,
        )
        rule.visit_types.add(self.types["class"])
        return session

    # --- Names of the same things in the model and in the database

    @property
    def now(self) -> datetime:
        return self.planner.now

    @property
    def user(self) -> User:
        return self.patients[0][0]

    def at(self, minute: int) -> datetime:
        return at(self.site, TOMORROW, 8) + minute * MINUTE

    def key(self) -> str:
        return f"key-{next(self.numbers)}"

    def asked_of(self, asked: int | None) -> int | None:
        return None if asked is None else self.clinicians[asked].pk

    def number_of(self, clinician_id: int) -> int:
        return [each.pk for each in self.clinicians].index(clinician_id)

    def kind_of(self, visit_type_id: int) -> Kind:
        return next(KINDS[name] for name, each in self.types.items() if each.pk == visit_type_id)

    def place_of(self, row: Allocation) -> str:
        if row.resource_id == self.session.pk:
            return f"seat-{row.unit}"
        for name, resources in (
            ("clinician", [each.resource_id for each in self.clinicians]),
            ("room", [each.pk for each in self.rooms]),
        ):
            if row.resource_id in resources:
                return f"{name}-{resources.index(row.resource_id)}"
        raise AssertionError("a place that nobody knows")

    def written(self) -> Written:
        """What the database says is taken, by who has it, in the words of the model."""
        found: Written = defaultdict(set)
        for row in Allocation.objects.filter(active=True):
            if row.kind == Allocation.Kind.BLOCK:
                name = row.reason
            else:
                booked = row.kind == Allocation.Kind.BOOKING
                name = f"visit-{row.appointment_id}" if booked else f"hold-{row.hold_id}"
            found[name].add((self.place_of(row), bounds(row), row.expires_at, row.overbook))
        return found

    # --- What is expected, and what was done

    def refused(
        self, kind: Kind, asked: int | None, starts_at: datetime, *, but: str = ""
    ) -> AbstractContextManager[Any]:
        """What asking for a time raises: nothing, where one of those who are asked is free."""
        among = CLINICIANS if asked is None else [asked]
        if any(self.planner.is_free(kind, each, starts_at, but=but) for each in among):
            return nullcontext()
        offered = any(self.planner.offers(kind, each, starts_at) for each in among)
        return pytest.raises(SlotTaken if offered else SlotNotOffered)

    def refused_to(
        self, patient: int | None, kind: Kind, asked: int | None, starts_at: datetime, but: str = ""
    ) -> AbstractContextManager[Any]:
        if self.planner.has_visit_then(patient, kind, starts_at, but=but):
            return pytest.raises(HasVisitThen)
        return self.refused(kind, asked, starts_at, but=but)

    def take(
        self,
        name: str,
        kind: Kind,
        clinician_id: int,
        starts_at: datetime,
        *,
        until: datetime | None = None,
        patient: int | None = None,
        by_staff: bool = False,
    ) -> None:
        """Write down which places were chosen: empty ones, of each pool one.

        Staff who insist get one beside somebody, where there is no empty one.
        """
        clinician = self.number_of(clinician_id)
        assert by_staff or self.planner.is_free(kind, clinician, starts_at, but=name)
        rows = {place: overbook for place, _, _, overbook in self.written()[name]}
        choices = self.planner.choices(kind, clinician, starts_at, but=name)
        pools = kind.pools(clinician)
        assert len(rows) == len(pools)
        for empty, pool in zip(choices, pools, strict=True):
            (place,) = pool & rows.keys()
            assert rows[place] is not bool(empty)
            assert place in (empty or pool)
        self.planner.taken[name] = Taken(
            places=frozenset(rows),
            span=kind.whole(starts_at),
            kind=kind,
            clinician=clinician,
            starts_at=starts_at,
            until=until,
            beside=frozenset(place for place, overbook in rows.items() if overbook),
            patient=patient,
        )

    # --- What is always true

    @invariant()
    def nobody_overlaps(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(OVERLAPS)
            assert cursor.fetchone() == (0,)

    @invariant()
    def the_rows_are_the_models(self) -> None:
        """All of them, whole. A hold that is over may be gone at any time, but whole as well."""
        if not hasattr(self, "planner"):
            return
        written, taken = self.written(), self.planner.taken
        for name in [name for name, each in taken.items() if not each.stands(self.now)]:
            if name not in written:
                del taken[name]
        assert written == {
            name: {(place, each.span, each.until, place in each.beside) for place in each.places}
            for name, each in taken.items()
        }

    @invariant()
    def the_visits_are_the_models(self) -> None:
        """A visit that was canceled, or that never came about, has nothing; any other all of it."""
        if not hasattr(self, "planner"):
            return
        written = Appointment.objects.filter(status__in=UPCOMING)
        assert {
            (f"visit-{each.pk}", each.starts_at, self.number_of(each.clinician_id))
            for each in written
        } == {
            (name, each.starts_at, each.clinician)
            for name, each in self.planner.taken.items()
            if name.startswith("visit")
        }

    @invariant()
    def what_is_listed_is_what_is_free(self) -> None:
        """And what is free is what can be booked: that is expected of each who asks."""
        if not hasattr(self, "planner") or self.listed_of == (state := self.planner.state):
            return
        self.listed_of = state
        starts = [self.at(minute) for minute in range(0, 6 * 60, 15)]
        for name, kind in KINDS.items():
            search = Search(self.types[name], [self.site.pk], TOMORROW, TOMORROW, self.now)
            listed = {
                (self.number_of(slot.clinician_id), slot.starts_at) for slot in free_slots(search)
            }
            assert listed == {
                (number, starts_at)
                for number in CLINICIANS
                for starts_at in starts
                if self.planner.is_free(kind, number, starts_at)
            }

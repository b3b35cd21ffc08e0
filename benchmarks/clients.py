"""Somebody who books, moves and cancels with one clinician without a pause, in three ways."""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from functools import cache
from random import Random
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid4

from benchmarks.patients import Patient
from benchmarks.web import Browser
from people.models import Person, User
from scheduling.booking.selectors.wanted import WantedVisit
from scheduling.booking.services.booking import book_appointment
from scheduling.booking.services.lifecycle import cancel_appointment
from scheduling.booking.services.rescheduling import reschedule_appointment
from scheduling.exceptions import HasVisitThen, IllegalTransition, SlotNotOffered, SlotTaken
from scheduling.models import Appointment, Clinician, Site, VisitType

DAYS_AHEAD, STEP = 20, timedelta(minutes=10)
STEPS_A_DAY = 12 * 6  # from 6:00 to 18:00 by the site's clock, or nearly
VISITS = "/api/v1/appointments/"
FACTS = (SlotTaken, SlotNotOffered, IllegalTransition, HasVisitThen)
PROBLEMS = {
    "slot_taken": SlotTaken(),
    "slot_not_offered": SlotNotOffered(""),
    "has_visit_then": HasVisitThen(UUID(int=0)),
}
EXPECTED = {"booked", "moved", "canceled", *(fact.__name__ for fact in FACTS)}

Visit = TypeVar("Visit")
Answer = TypeVar("Answer")


class Client(ABC, Generic[Visit]):
    """Somebody who books, moves and cancels without a pause."""

    def __init__(self, patient: Patient, clinician: Clinician) -> None:
        self.clinician = clinician
        self.site = Site.objects.get(slug="hot")
        self.random = Random(patient.user_id)  # a plan, not a secret
        self.visits: list[Visit] = []

    def attempt(self) -> str:
        """One attempt, and how it ended: by a fact of the domain, or by a surprise's name."""
        does = self.random.choice([self.book, self.book, self.move, self.cancel])
        try:
            return does()
        except FACTS as fact:
            return type(fact).__name__
        except Exception as surprise:  # noqa: BLE001  # counted, and a target of its own
            return repr(surprise)[:200]

    def some_time(self) -> datetime:
        day = date.today() + timedelta(days=self.random.randrange(1, DAYS_AHEAD))  # noqa: DTZ011
        first = datetime.combine(day, clock_time(11), UTC)
        return first + self.random.randrange(STEPS_A_DAY) * STEP

    def book(self) -> str:
        self.visits.append(self.booked(self.some_time()))
        return "booked"

    def move(self) -> str:
        if not self.visits:
            return self.book()
        place = self.random.randrange(len(self.visits))
        self.visits[place] = self.moved(self.visits[place], self.some_time())
        return "moved"

    def cancel(self) -> str:
        if not self.visits:
            return self.book()
        self.canceled(self.visits.pop(self.random.randrange(len(self.visits))))
        return "canceled"

    @abstractmethod
    def booked(self, starts_at: datetime) -> Visit: ...

    @abstractmethod
    def moved(self, visit: Visit, to: datetime) -> Visit: ...

    @abstractmethod
    def canceled(self, visit: Visit) -> None: ...


class Calling(Client[Appointment]):
    """By the domain functions."""

    def __init__(self, patient: Patient, clinician: Clinician) -> None:
        super().__init__(patient, clinician)
        self.user = User.objects.get(pk=patient.user_id)
        self.person = Person.objects.get(pk=patient.person_id)
        self.visit_type = VisitType.objects.get(slug="hot")

    def booked(self, starts_at: datetime) -> Appointment:
        return book_appointment(
            wanted=WantedVisit(
                self.visit_type, self.site, starts_at, clinician_id=self.clinician.pk
            ),
            person=self.person,
            user=self.user,
            idempotency_key=uuid4().hex,
            now=datetime.now(UTC),
        )

    def moved(self, visit: Appointment, to: datetime) -> Appointment:
        return reschedule_appointment(
            appointment=visit,
            site=self.site,
            starts_at=to,
            clinician_id=self.clinician.pk,
            user=self.user,
            now=datetime.now(UTC),
        )

    def canceled(self, visit: Appointment) -> None:
        cancel_appointment(appointment=visit, user=self.user, reason="", now=datetime.now(UTC))


class Served(Client[Appointment]):
    """By the domain functions, which a few processes call for all clients."""

    def __init__(self, patient: Patient, clinician: Clinician, pool: ProcessPoolExecutor) -> None:
        super().__init__(patient, clinician)
        self.patient, self.pool = patient, pool

    def booked(self, starts_at: datetime) -> Appointment:
        return self._served(Calling.booked, starts_at)

    def moved(self, visit: Appointment, to: datetime) -> Appointment:
        return self._served(Calling.moved, visit, to)

    def canceled(self, visit: Appointment) -> None:
        return self._served(Calling.canceled, visit)

    def _served(self, does: Callable[..., Answer], *about: object) -> Answer:
        return self.pool.submit(_serve, does, self.patient, self.clinician, *about).result()


def _serve(
    does: Callable[..., Answer], patient: Patient, clinician: Clinician, *about: object
) -> Answer:
    return does(_caller(patient, clinician), *about)


@cache
def _caller(patient: Patient, clinician: Clinician) -> Calling:
    return Calling(patient, clinician)


class Browsing(Client[str]):
    """By the API. A visit is the address at which it is changed."""

    def __init__(self, patient: Patient, clinician: Clinician) -> None:
        super().__init__(patient, clinician)
        self.browser = Browser(patient.cookie)

    def booked(self, starts_at: datetime) -> str:
        made = self._post(VISITS, self._wanted_visit(starts_at) | {"visit_type": "hot"})
        return f"{VISITS}{made['id']}/"

    def moved(self, visit: str, to: datetime) -> str:
        self._post(f"{visit}move/", self._wanted_visit(to))
        return visit

    def canceled(self, visit: str) -> None:
        self._post(f"{visit}cancel/", {})

    def _wanted_visit(self, starts_at: datetime) -> dict[str, Any]:
        return {
            "site": self.site.pk,
            "clinician": self.clinician.pk,
            "starts_at": starts_at.isoformat(),
        }

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        status, answer = self.browser.post(path, body)
        told: dict[str, Any] = json.loads(answer)
        if status < 300:
            return told
        raise PROBLEMS.get(told["code"], RuntimeError(f"{status} {told}"))

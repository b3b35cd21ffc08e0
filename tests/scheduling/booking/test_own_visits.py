"""Nobody is in two places at once."""

from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from people.models import Person, User
from scheduling.booking.selectors.wanted import WantedVisit
from scheduling.booking.services.booking import book_appointment
from scheduling.booking.services.lifecycle import cancel_appointment
from scheduling.booking.services.rescheduling import reschedule_appointment
from scheduling.exceptions import HasVisitThen
from scheduling.models import Appointment
from tests.builders import make_patient, make_staff
from tests.scheduling.booking.test_races import all_at_once
from tests.scheduling.world import Clinic, make_clinic

pytestmark = pytest.mark.django_db
Patient = tuple[User, Person]


def book(
    clinic: Clinic, at: datetime, *, who: Patient, now: datetime, key: str, **wanted: Any
) -> Appointment:
    return book_appointment(
        wanted=WantedVisit(clinic.visit_type, clinic.site, at, **wanted),
        person=who[1],
        user=who[0],
        idempotency_key=key,
        now=now,
    )


@pytest.fixture
def clinic(db: None) -> Clinic:
    """Two colleagues, visits of half an hour on a grid of a quarter."""
    clinic = make_clinic(step=15)
    clinic.add_clinician()
    return clinic


def test_a_second_visit_at_the_same_time_is_refused(clinic: Clinic, now: datetime) -> None:
    rosa = make_patient()
    first = book(clinic, clinic.at(10), who=rosa, now=now, key="one")
    for minutes in (-15, 0, 15):
        at = clinic.at(10) + timedelta(minutes=minutes)
        with pytest.raises(HasVisitThen) as told:
            book(clinic, at, who=rosa, now=now, key=f"two {minutes}")
        assert told.value.appointment_id == first.public_id
    assert Appointment.objects.count() == 1


def test_before_and_after_it_and_for_others_there_is_room(clinic: Clinic, now: datetime) -> None:
    rosa = make_patient()
    book(clinic, clinic.at(10), who=rosa, now=now, key="ten")
    book(clinic, clinic.at(9, 30), who=rosa, now=now, key="before")
    book(clinic, clinic.at(10, 30), who=rosa, now=now, key="after")
    book(clinic, clinic.at(10), who=make_patient(), now=now, key="ten")


def test_a_canceled_visit_is_in_nobodys_way(clinic: Clinic, now: datetime) -> None:
    rosa = make_patient()
    visit = book(clinic, clinic.at(10), who=rosa, now=now, key="one")
    cancel_appointment(appointment=visit, user=rosa[0], reason="", now=now)
    assert book(clinic, clinic.at(10), who=rosa, now=now, key="two").status == "booked"


def test_a_visit_moves_over_its_own_time_and_not_over_another(
    clinic: Clinic, now: datetime
) -> None:
    rosa = make_patient()
    visit = book(clinic, clinic.at(10), who=rosa, now=now, key="one")
    book(clinic, clinic.at(11), who=rosa, now=now, key="two")
    move = partial(
        reschedule_appointment, appointment=visit, site=clinic.site, user=rosa[0], now=now
    )
    assert move(starts_at=clinic.at(10, 15)).starts_at == clinic.at(10, 15)
    with pytest.raises(HasVisitThen):
        move(starts_at=clinic.at(11, 15))
    visit.refresh_from_db()
    assert visit.starts_at == clinic.at(10, 15)


def test_staff_decide_themselves(clinic: Clinic, now: datetime) -> None:
    rosa = make_patient()
    book(clinic, clinic.at(10), who=rosa, now=now, key="one")
    desk = make_staff("front_desk", sites=[clinic.site])
    assert book(clinic, clinic.at(10), who=(desk, rosa[1]), now=now, key="two").status == "booked"


@pytest.mark.usefixtures("clock_at_now")
def test_a_program_is_told_which_visit(clinic: Clinic, now: datetime) -> None:
    rosa = make_patient()
    first = book(clinic, clinic.at(10), who=rosa, now=now, key="one")
    program = Client()
    program.force_login(rosa[0], backend="people.backends.OneTimeCodeBackend")
    answer = program.post(
        reverse("api:appointments"),
        {
            "visit_type": clinic.visit_type.slug,
            "site": clinic.site.pk,
            "starts_at": clinic.at(10, 15).isoformat(),
        },
        content_type="application/json",
        headers={"Idempotency-Key": "another tab"},
    )
    assert answer.status_code == 409
    told = answer.json()
    assert (told["code"], told["appointment"]) == ("has_visit_then", str(first.public_id))


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_deadlock")
def test_of_two_tabs_at_once_one_books(clinic: Clinic, now: datetime) -> None:
    rosa = make_patient()

    def press(tab: int) -> bool:
        try:
            at = clinic.at(10, 15 * (tab % 3))
            book(clinic, at, who=rosa, now=now, key=f"tab {tab}")
        except HasVisitThen:
            return False
        return True

    assert sum(all_at_once([partial(press, tab) for tab in range(8)])) in {1, 2}
    visits = sorted(Appointment.objects.values_list("starts_at", "ends_at"))
    assert all(before[1] <= after[0] for before, after in pairwise(visits))

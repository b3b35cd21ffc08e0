"""What the patient moved while the desk looked at it is not moved or canceled over their heads."""

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import reverse

from people.models import User
from scheduling.booking.selectors.wanted import WantedVisit
from scheduling.booking.services.rescheduling import reschedule_appointment
from scheduling.booking.services.staff_booking import move_for_patient
from scheduling.exceptions import ChangedMeanwhile
from scheduling.models import Appointment
from tests.builders import make_appointment, make_group, make_staff
from tests.scheduling.world import TOMORROW, Clinic, make_clinic

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic(clock_at_now: datetime) -> Clinic:
    make_group()
    return make_clinic()


@pytest.fixture
def visit(clinic: Clinic, now: datetime) -> Appointment:
    """Rosa's, tomorrow at ten."""
    return make_appointment(
        now=now,
        starts_at=clinic.at(10),
        site=clinic.site,
        visit_type=clinic.visit_type,
        clinician=clinic.clinician,
    )


@pytest.fixture
def desk_user(clinic: Clinic) -> User:
    return make_staff("front_desk", sites=[clinic.site])


@pytest.fixture
def desk(desk_user: User) -> Client:
    browser = Client()
    browser.force_login(desk_user)
    return browser


def she_moves_it(visit: Appointment, clinic: Clinic, hour: int, now: datetime) -> None:
    assert visit.booked_by is not None
    reschedule_appointment(
        appointment=visit,
        site=clinic.site,
        starts_at=clinic.at(hour),
        user=visit.booked_by,
        now=now,
    )


def typed(clinic: Clinic, **more: Any) -> dict[str, Any]:
    return {
        "site": clinic.site.slug,
        "who": clinic.clinician.resource.slug,
        "day": TOMORROW.isoformat(),
        "time": "11:00",
        "reason": "The bus is late",
        **more,
    }


def version_on(answer: "Answer") -> str:
    """What both forms of the page say was looked at."""
    (version,) = set(re.findall(r'name="version"\s+value="(\d+)"', answer.content.decode()))
    return str(version)


def test_the_page_says_where_it_is_now_and_keeps_what_was_typed(
    desk: Client, visit: Appointment, clinic: Clinic, now: datetime
) -> None:
    door = reverse("calendar:move", args=[visit.public_id])
    looked_at = version_on(desk.get(door))
    she_moves_it(visit, clinic, 14, now)
    answer = desk.post(door, typed(clinic, version=looked_at))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "This visit was moved meanwhile" in page
    assert "2:00" in page.split("Its time now:")[1][:400]
    assert 'value="11:00"' in page
    assert 'value="The bus is late"' in page
    visit.refresh_from_db()
    assert (visit.starts_at, visit.version) == (clinic.at(14), 2)
    again = desk.post(door, typed(clinic, version=version_on(answer)))
    assert again.status_code == 302
    visit.refresh_from_db()
    assert visit.starts_at == clinic.at(11)


def test_a_form_that_does_not_say_what_was_looked_at_moves_nothing(
    desk: Client, visit: Appointment, clinic: Clinic
) -> None:
    answer = desk.post(reverse("calendar:move", args=[visit.public_id]), typed(clinic))
    assert answer.status_code == 409


def test_what_was_not_looked_at_is_not_canceled(
    desk: Client, visit: Appointment, clinic: Clinic, now: datetime
) -> None:
    looked_at = version_on(desk.get(reverse("calendar:move", args=[visit.public_id])))
    she_moves_it(visit, clinic, 14, now)
    door = reverse("calendar:cancel", args=[visit.public_id])
    answer = desk.post(door, {"reason": "She is ill", "version": looked_at})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "This visit was moved meanwhile" in page
    assert "2:00" in page.split("Its time now:")[1][:400]
    assert 'value="She is ill"' in page
    visit.refresh_from_db()
    assert visit.status == "booked"
    again = desk.post(door, {"reason": "She is ill", "version": version_on(answer)})
    assert again.status_code == 302
    visit.refresh_from_db()
    assert visit.status == "canceled"


@pytest.mark.parametrize("version", ["", "soon", "9" * 5000])
def test_a_press_that_does_not_say_what_was_looked_at_cancels_nothing(
    desk: Client, visit: Appointment, version: str
) -> None:
    door = reverse("calendar:cancel", args=[visit.public_id])
    answer = desk.post(door, {"reason": "She is ill", "version": version})
    assert answer.status_code in (409, 422)
    visit.refresh_from_db()
    assert visit.status == "booked"


def test_moving_it_twice_to_one_time_is_success(
    desk_user: User, visit: Appointment, clinic: Clinic, now: datetime
) -> None:
    wanted = WantedVisit(clinic.visit_type, clinic.site, clinic.at(11), clinic.clinician.pk)
    for _ in range(2):
        moved = move_for_patient(
            appointment=visit, wanted=wanted, user=desk_user, now=now, version=visit.version
        )
        assert (moved.starts_at, moved.version) == (clinic.at(11), 2)
    other = WantedVisit(clinic.visit_type, clinic.site, clinic.at(12), clinic.clinician.pk)
    with pytest.raises(ChangedMeanwhile):
        move_for_patient(
            appointment=visit,
            wanted=other,
            user=desk_user,
            now=now + timedelta(minutes=1),
            version=1,
        )

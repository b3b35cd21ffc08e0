"""The desk's and the clinicians' pages."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from people.models import AuditEntry, User
from scheduling.booking.services.lifecycle import cancel_appointment
from scheduling.models import Appointment
from tests.builders import (
    at,
    check_in,
    days_after,
    make_appointment,
    make_clinician,
    make_site,
    make_staff,
    make_visit_type,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def chen() -> User:
    """A clinician."""
    return make_staff("clinician")


@pytest.fixture
def visit(now: datetime, chen: User, monkeypatch: pytest.MonkeyPatch) -> Appointment:
    """Dr. Chen's, this morning at nine; it is nine now."""
    site, visit_type = make_site(), make_visit_type()
    chen.site_assignments.create(site=site)
    visit = make_appointment(
        now=now,
        starts_at=at(site, days_after(now, 2), 9),
        site=site,
        visit_type=visit_type,
        clinician=make_clinician(site=site, visit_types=[visit_type], user=chen),
    )
    monkeypatch.setattr("clock.now", lambda: visit.starts_at)
    return visit


@pytest.fixture
def desk(visit: Appointment) -> Client:
    return browser_of(make_staff("front_desk", sites=[visit.site]))


def browser_of(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def page(name: str, visit: Appointment) -> str:
    return reverse(f"checkin:{name}", args=[visit.public_id])


VERIFIED = {"identity": "on", "contact": "on"}


def test_the_board_shows_today_and_leaves_a_trail(desk: Client, visit: Appointment) -> None:
    answer = desk.get("/desk/arrivals/")
    assert [row.appointment for row in answer.context["lists"]["expected"]] == [visit]
    assert visit.person.full_name in answer.content.decode()
    assert AuditEntry.objects.filter(action="board.read", person=visit.person).count() == 1


@pytest.mark.parametrize("day", ["", "2026-13-01", "today", "2026-11-25"])
def test_a_broken_day_in_the_address_is_today(desk: Client, visit: Appointment, day: str) -> None:
    answer = desk.get(f"/desk/arrivals/?day={day}")
    assert answer.context["day"] == visit.local_date


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_board_goes_no_further_than_calendars_do(desk: Client, day: str) -> None:
    answer = desk.get(f"/desk/arrivals/?day={day}")
    assert answer.status_code == 200
    assert answer.context["day"].year in {2000, 2099}


def test_checking_in_moves_the_patient_to_those_who_are_here(
    desk: Client, visit: Appointment
) -> None:
    assert desk.post(page("check_in", visit), VERIFIED).headers["Location"] == "/desk/arrivals/"
    lists = desk.get("/desk/arrivals/").context["lists"]
    assert [row.appointment for row in lists["here"]] == [visit]


@pytest.mark.parametrize("ticked", [{}, {"identity": "on"}, {"contact": "on"}])
def test_both_must_be_ticked(desk: Client, visit: Appointment, ticked: dict[str, str]) -> None:
    assert desk.post(page("check_in", visit), ticked).status_code == 422
    visit.refresh_from_db()
    assert visit.status == "booked"


def test_pressing_check_in_twice_is_success(desk: Client, visit: Appointment) -> None:
    for _ in range(2):
        assert desk.post(page("check_in", visit), VERIFIED).headers["Location"] == "/desk/arrivals/"
    assert visit.events.filter(to_status="checked_in").count() == 1


def test_what_cannot_be_checked_in_is_said_kindly(
    desk: Client, visit: Appointment, now: datetime
) -> None:
    assert visit.booked_by is not None
    cancel_appointment(appointment=visit, user=visit.booked_by, reason="", now=now)
    answer = desk.post(page("check_in", visit), VERIFIED, follow=True)
    assert "can no longer be checked in" in answer.content.decode()


def test_a_late_press_fetches_nobody_back_from_the_clinician(
    desk: Client, visit: Appointment, chen: User
) -> None:
    check_in(visit, by=chen, now=visit.starts_at)
    browser_of(chen).post(page("call_in", visit))
    answer = desk.post(page("check_in", visit), VERIFIED, follow=True)
    assert "can no longer be checked in" in answer.content.decode()
    visit.refresh_from_db()
    assert visit.status == "in_visit"


def test_a_visit_is_missed_only_after_it_should_have_begun(
    desk: Client, visit: Appointment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clock.now", lambda: visit.starts_at - timedelta(minutes=1))
    answer = desk.post(page("no_show", visit), follow=True)
    assert "cannot be marked as missed now" in answer.content.decode()
    monkeypatch.setattr("clock.now", lambda: visit.starts_at)
    assert desk.post(page("no_show", visit)).headers["Location"] == "/desk/arrivals/"
    visit.refresh_from_db()
    assert visit.status == "no_show"


def test_the_clinician_sees_who_waits_and_asks_them_in(
    desk: Client, visit: Appointment, chen: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.post(page("check_in", visit), VERIFIED)
    monkeypatch.setattr("clock.now", lambda: visit.starts_at + timedelta(minutes=7))
    clinician = browser_of(chen)
    (row,) = clinician.get("/desk/my-day/").context["lists"]["waiting"]
    assert (row.appointment, row.waited_minutes) == (visit, 7)
    assert clinician.post(page("call_in", visit)).headers["Location"] == "/desk/my-day/"
    (row,) = clinician.get("/desk/my-day/").context["lists"]["with_me"]
    assert row.appointment == visit


def test_a_colleagues_patient_cannot_be_called_in(visit: Appointment, chen: User) -> None:
    check_in(visit, by=chen, now=visit.starts_at)
    colleague = make_staff("clinician", sites=[visit.site])
    make_clinician(site=visit.site, visit_types=[visit.visit_type], user=colleague)
    assert browser_of(colleague).post(page("call_in", visit)).status_code == 404
    visit.refresh_from_db()
    assert visit.status == "checked_in"


def test_staff_read_what_the_visit_is_in_their_own_language(
    visit: Appointment, chen: User, desk: Client
) -> None:
    person = reverse("contactcenter:person", args=[visit.person.public_id])
    pages = [
        (desk, reverse("checkin:arrivals")),
        (desk, page("patient", visit)),
        (desk, person),
        (browser_of(chen), reverse("checkin:my_day")),
    ]
    for browser, address in pages:
        assert "Blood test" in browser.get(address).content.decode(), address
        spanish = browser.get(address, headers={"accept-language": "es"}).content.decode()
        assert "Análisis de sangre" in spanish, address
        assert "Blood test" not in spanish, address

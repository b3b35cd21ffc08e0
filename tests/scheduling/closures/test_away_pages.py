"""The desk's screen of who is away: hours of a day, what became of each visit, and back again."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from checkin.selectors import arrivals_for_day, day_of_clinician
from messaging.models import Task
from people.models import ContactPoint, StaffRole, User
from scheduling.models import Appointment, AvailabilityException
from tests.builders import make_appointment, make_group, make_patient, make_site, make_staff
from tests.scheduling.world import TOMORROW, Clinic, make_clinic

Role = StaffRole.Role
AWAY, BACK = "calendar:absence", "calendar:back_again"


@pytest.fixture
def clinic(db: None, clock_at_now: datetime) -> Clinic:
    make_group()
    return make_clinic()


@pytest.fixture
def desk(clinic: Clinic) -> Client:
    return browser_of(Role.FRONT_DESK, clinic)


def browser_of(role: str, clinic: Clinic) -> Client:
    browser = Client()
    browser.force_login(make_staff(role, sites=[clinic.site]))
    return browser


@pytest.fixture
def visits(clinic: Clinic, now: datetime) -> list[Appointment]:
    """Rosa's tomorrow at ten, and Omar's at two."""
    return [
        make_appointment(
            now=now,
            starts_at=clinic.at(hour),
            site=clinic.site,
            visit_type=clinic.visit_type,
            clinician=clinic.clinician,
            patient=make_patient(given_name=name),
        )
        for hour, name in ((10, "Rosa"), (14, "Omar"))
    ]


def asked(clinic: Clinic, **more: str) -> dict[str, Any]:
    return {
        "who": str(clinic.clinician.public_id),
        "first_day": TOMORROW.isoformat(),
        "last_day": TOMORROW.isoformat(),
        **more,
    }


def back_form(desk: Client) -> dict[str, Any]:
    """What the only absence on the page sends to be taken back."""
    ((_, _, form),) = desk.get(reverse(AWAY)).context["absences"]
    return {name: form[name].value() for name in form.fields}


def test_ill_from_noon_asks_about_the_afternoon_alone(
    desk: Client, clinic: Clinic, visits: list[Appointment]
) -> None:
    shown = desk.get(reverse(AWAY), asked(clinic, starts="12:00"))
    assert [each.visit for each, _ in shown.context["suggestions"]] == [visits[1]]
    assert 'name="starts" value="12:00"' in shown.content.decode()
    desk.post(reverse(AWAY), asked(clinic, starts="12:00", reason="Ill"))
    closed = AvailabilityException.objects.get()
    assert closed.starts
    assert f"{closed.starts:%H:%M}" == "12:00"
    assert Task.objects.get().about_id == visits[1].pk


@pytest.mark.parametrize(
    "broken", [{"starts": "12:00", "ends": "11:00"}, {"ends": "noon"}, {"last_day": "2026-12-24"}]
)
def test_hours_that_are_none_are_told_kindly(
    desk: Client, clinic: Clinic, broken: dict[str, str]
) -> None:
    answer = desk.post(reverse(AWAY), asked(clinic, reason="Ill") | broken)
    assert answer.status_code == 422
    assert not AvailabilityException.objects.exists()


def test_the_screen_says_who_was_moved_and_who_was_told(
    desk: Client, clinic: Clinic, visits: list[Appointment], now: datetime
) -> None:
    clinic.add_clinician()
    ContactPoint.objects.filter(person=visits[1].person).delete()
    shown = desk.get(reverse(AWAY), asked(clinic))
    chosen = [value for each, value in shown.context["suggestions"] if each.visit == visits[0]]
    done = desk.post(reverse(AWAY), asked(clinic, reason="Ill") | {"move": chosen})
    page = done.content.decode()
    assert "Moved, and told the new time" in page
    assert "Called off, not told" in page
    assert "We have no phone or e-mail." in page


def test_who_is_called_off_is_on_the_desks_own_list(
    desk: Client, clinic: Clinic, visits: list[Appointment]
) -> None:
    desk.post(reverse(AWAY), asked(clinic, reason="Ill"))
    listed = desk.get(reverse("contactcenter:worklist")).context["tasks"]
    assert [task.person for task, _ in listed] == [visit.person for visit in visits]
    agent = browser_of(Role.AGENT, clinic)
    assert agent.get(reverse("contactcenter:worklist")).context["tasks"] == []


def test_one_press_takes_an_absence_back(
    desk: Client, clinic: Clinic, visits: list[Appointment], now: datetime
) -> None:
    desk.post(reverse(AWAY), asked(clinic, starts="12:00", reason="Ill"))
    form = back_form(desk)
    for _ in range(2):
        answer = desk.post(reverse(BACK), form, follow=True)
        assert "is back" in answer.content.decode()
    assert not AvailabilityException.objects.exists()
    assert clinic.slots_at(clinic.at(15), now=now)


def test_who_is_back_earlier_is_back_from_that_day_on(desk: Client, clinic: Clinic) -> None:
    later = (TOMORROW + timedelta(days=2)).isoformat()
    desk.post(reverse(AWAY), asked(clinic, reason="Ill") | {"last_day": later})
    desk.post(reverse(BACK), back_form(desk) | {"back_on": later})
    days = AvailabilityException.objects.order_by("on_date").values_list("on_date", flat=True)
    assert list(days) == [TOMORROW, TOMORROW + timedelta(days=1)]


@pytest.mark.parametrize(
    "broken", [{"closure_ids": "²"}, {"closure_ids": ""}, {"back_on": "soon"}, {"who": "nobody"}]
)
def test_what_no_page_sends_takes_nothing_back(
    desk: Client, clinic: Clinic, broken: dict[str, str]
) -> None:
    desk.post(reverse(AWAY), asked(clinic, reason="Ill"))
    assert desk.post(reverse(BACK), back_form(desk) | broken).status_code == 404
    assert AvailabilityException.objects.exists()


def test_the_desk_of_another_site_takes_nothing_back(desk: Client, clinic: Clinic) -> None:
    desk.post(reverse(AWAY), asked(clinic, reason="Ill"))
    form = back_form(desk)
    outsider = Client()
    outsider.force_login(make_staff(Role.FRONT_DESK, sites=[make_site()]))
    assert outsider.get(reverse(AWAY)).context["absences"] == []
    assert outsider.post(reverse(BACK), form).status_code == 404
    assert browser_of(Role.AGENT, clinic).post(reverse(BACK), form).status_code == 404
    assert AvailabilityException.objects.exists()


def test_the_desks_page_of_a_visit_says_that_it_cannot_take_place(
    desk: Client, clinic: Clinic, visits: list[Appointment]
) -> None:
    told = "This visit cannot take place"
    page = reverse("calendar:move", args=[visits[0].public_id])
    assert told not in desk.get(page).content.decode()
    desk.post(reverse(AWAY), asked(clinic, reason="Ill"))
    shown = desk.get(page).content.decode()
    assert told in shown
    assert "Booked" not in shown


def test_the_calendar_says_which_visits_cannot_take_place(
    desk: Client, clinic: Clinic, visits: list[Appointment]
) -> None:
    day = reverse("calendar:day") + f"?day={TOMORROW}"
    week = reverse("calendar:week") + f"?day={TOMORROW}"
    desk.post(reverse(AWAY), asked(clinic, reason="Ill", starts="12:00"))
    for page in (day, week):
        shown = desk.get(page).content.decode()
        assert shown.count("Cannot take place") == 1, "Omar's, at two"
        assert shown.count('"cal__status">Booked') == 1, "Rosa's, at ten"
        assert shown.count("Away: Ill") == 1


def test_every_page_on_which_the_desk_sees_the_visit_says_it(
    desk: Client, clinic: Clinic, visits: list[Appointment]
) -> None:
    omar = visits[1]
    pages = [
        reverse("checkin:patient", args=[omar.public_id]),
        reverse("contactcenter:person", args=[omar.person.public_id]),
    ]
    desk.post(reverse(AWAY), asked(clinic, reason="Ill"))
    pages.append(reverse("contactcenter:task", args=[Task.objects.get(about_id=omar.pk).pk]))
    answers = [desk.get(page) for page in pages]
    answers.append(desk.post(reverse("contactcenter:find"), {"wanted": "Omar"}))
    for answer in answers:
        shown = answer.content.decode()
        assert "Cannot take place" in shown
        assert "Booked" not in shown


def test_whom_the_desk_expects_and_whom_not(
    desk: Client, clinic: Clinic, visits: list[Appointment]
) -> None:
    desk.post(reverse(AWAY), asked(clinic, reason="Ill", starts="12:00"))
    user = User.objects.get(pk=desk.session["_auth_user_id"])
    ten = clinic.at(10)
    board = arrivals_for_day(user, site=clinic.site, day=TOMORROW, now=ten)["expected"]
    own = day_of_clinician(clinic.clinician, day=TOMORROW, now=ten)["expected"]
    for rows in (board, own):
        off = [row.appointment.person.given_name for row in rows if row.appointment.called_off]
        assert (len(rows), off) == (2, ["Omar"])
    page = reverse("checkin:arrivals") + f"?day={TOMORROW}"
    assert desk.get(page).content.decode().count("Cannot take place") == 1

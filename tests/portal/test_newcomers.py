"""Who is new gets to all that is booked: several visits, a family, waiting for a time."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from messaging.models import Message
from people.models import Person, User
from scheduling.models import Appointment, VisitType, WaitlistEntry
from tests.builders import make_patient
from tests.portal.conftest import Clinic
from tests.portal.test_series_pages import WISH, address, press
from tests.portal.visitor import DETAILS, PHONE, newest_code, wrong

WANTED = ["portal:plan_series", "portal:together", "portal:join_waitlist"]


@pytest.fixture
def browser(clinic: Clinic) -> Client:
    VisitType.objects.update(series_most=12)
    return Client()


def html(answer: Any) -> str:
    return str(answer.content.decode())


def says_they_are_new(browser: Client, onward: str, **changed: str) -> Any:
    """From the page that asks to sign in, by its own button, to the code."""
    asked = browser.get(onward, follow=True)
    new = f"{reverse('portal:newcomer')}?next={asked.context['next'].replace('?', '%3F')}"
    assert "Here for the first time?" in html(asked)
    assert "Who is it" not in html(browser.get(new))
    return browser.post(new, DETAILS | changed)


def types(browser: Client, digits: str) -> Any:
    return browser.post(reverse("portal:newcomer_code"), {"code": digits})


@pytest.mark.parametrize("name", WANTED)
def test_details_and_a_code_lead_on_to_what_was_wanted(
    clinic: Clinic, browser: Client, name: str
) -> None:
    wanted = f"{reverse(name, args=[clinic.visit_type.slug])}?site=lake"
    answer = says_they_are_new(browser, wanted)
    assert answer.headers["Location"] == reverse("portal:newcomer_code")
    assert "0142" in html(browser.get(answer.headers["Location"]))
    assert not Person.objects.exists(), "nobody is recorded before the code"
    assert types(browser, newest_code()).headers["Location"] == wanted
    assert browser.get(wanted).status_code == 200
    assert User.objects.get().phone == PHONE
    assert Person.objects.get().full_name == "Rosa Alvarez"


def test_a_first_patient_books_ten_visits(clinic: Clinic, browser: Client) -> None:
    says_they_are_new(browser, address(clinic))
    types(browser, newest_code())
    press(browser, browser.get(address(clinic), WISH), clinic)
    assert Appointment.objects.filter(person__given_name="Rosa").count() == 10


def test_a_first_patient_waits_for_a_time(clinic: Clinic, browser: Client) -> None:
    wanted = reverse("portal:join_waitlist", args=[clinic.visit_type.slug])
    says_they_are_new(browser, wanted)
    types(browser, newest_code())
    browser.post(wanted, {"sites": [clinic.site.pk], "notice_hours": "24"})
    assert WaitlistEntry.objects.get().person.given_name == "Rosa"


def test_it_says_the_same_whether_we_know_the_phone(clinic: Clinic, browser: Client) -> None:
    make_patient(phone=PHONE)
    other = Client()
    known = says_they_are_new(browser, address(clinic))
    unknown = says_they_are_new(other, address(clinic), phone="212 555 0143")
    assert known.headers["Location"] == unknown.headers["Location"]
    assert Message.objects.filter(kind="one_time_code").count() == 2
    assert Person.objects.count() == 1, "what a visitor types is matched with nobody"


def test_who_was_here_before_is_the_same_person(clinic: Clinic, browser: Client) -> None:
    make_patient(phone=PHONE)
    says_they_are_new(browser, address(clinic))
    types(browser, newest_code())
    assert Person.objects.count() == 1


def test_a_wrong_code_says_what_to_do(clinic: Clinic, browser: Client) -> None:
    says_they_are_new(browser, address(clinic))
    assert "That code does not fit" in html(types(browser, wrong(newest_code())))
    assert not User.objects.exists()


def test_who_mends_their_number_still_gets_where_they_wanted(
    clinic: Clinic, browser: Client
) -> None:
    says_they_are_new(browser, address(clinic), phone="212 555 0143")
    form = browser.get(reverse("portal:newcomer"))
    assert 'value="Rosa"' in html(form)
    browser.post(reverse("portal:newcomer"), DETAILS)
    assert types(browser, newest_code()).headers["Location"] == address(clinic)


def test_too_many_codes_are_refused(clinic: Clinic, browser: Client) -> None:
    for _ in range(5):
        says_they_are_new(browser, address(clinic))
    assert says_they_are_new(browser, address(clinic)).status_code == 429


def test_one_is_led_to_pages_of_ours_only(clinic: Clinic, browser: Client) -> None:
    browser.post(f"{reverse('portal:newcomer')}?next=https://elsewhere.example/", DETAILS)
    assert types(browser, newest_code()).headers["Location"] == "/visits/"


def test_the_codes_page_without_details_leads_back(browser: Client) -> None:
    answer = browser.get(reverse("portal:newcomer_code"))
    assert answer.headers["Location"] == reverse("portal:newcomer")


def test_who_waits_for_a_code_that_does_not_come_is_shown_the_way(
    clinic: Clinic, browser: Client
) -> None:
    asked = browser.get(address(clinic)).headers["Location"]
    page = html(browser.post(asked, {"address": "212 555 0199"}, follow=True))
    assert f"{reverse('portal:newcomer')}?next=" in page

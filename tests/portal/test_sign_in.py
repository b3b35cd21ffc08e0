"""Signing in with a one-time code: easy for who we know, telling nothing to who asks."""

import re
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from messaging.models import Message
from people.models import StaffRole, User
from tests.builders import make_patient, make_staff
from tests.portal.visitor import newest_code, wrong

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_at_now")]
KNOWN, UNKNOWN = "+12125550142", "+17165550142"  # what is shown of both is "0142"


@pytest.fixture
def rosa() -> User:
    return make_patient(phone=KNOWN)[0]


def ask(browser: Client, address: str, onward: str = "") -> str:
    """Ask for a code; where the browser is sent."""
    address_of_form = reverse("portal:sign_in") + (f"?next={onward}" if onward else "")
    return browser.post(address_of_form, {"address": address}).headers.get("Location", "")


def type_code(browser: Client, digits: str) -> str:
    """Type a code; where the browser is sent."""
    return browser.post(reverse("portal:sign_in_code"), {"code": digits}).headers.get(
        "Location", ""
    )


def page(browser: Client, name: str = "portal:sign_in_code", **posted: str) -> str:
    """A page as a person sees it, without the form's own secret."""
    address = reverse(name)
    answer = browser.post(address, posted) if posted else browser.get(address)
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())


def test_a_code_by_text_signs_in(rosa: User, client: Client) -> None:
    assert ask(client, "(212) 555-0142") == reverse("portal:sign_in_code")
    message = Message.objects.get(kind="one_time_code")
    assert (message.channel, message.address) == ("sms", KNOWN)
    assert "0142" in page(client)
    assert type_code(client, f" {newest_code()[:3]} {newest_code()[3:]} ") == "/visits/"
    assert client.get("/visits/").wsgi_request.user == rosa


def test_it_says_the_same_for_an_address_nobody_has(rosa: User) -> None:
    known, unknown = Client(), Client()
    assert ask(known, KNOWN) == ask(unknown, UNKNOWN)
    assert page(known) == page(unknown)
    digits = wrong(newest_code())
    assert page(known, code=digits) == page(unknown, code=digits)
    assert not Message.objects.filter(address=UNKNOWN).exists()


def test_it_says_the_same_when_an_address_asks_too_often(rosa: User) -> None:
    known, unknown = Client(), Client()
    for _ in range(5):
        ask(known, KNOWN)
        ask(unknown, UNKNOWN)
    refusals = {
        browser.post(reverse("portal:sign_in"), {"address": address}).status_code
        for browser, address in ((known, KNOWN), (unknown, UNKNOWN))
    }
    assert refusals == {429}
    assert Message.objects.count() == 5


def test_a_code_is_good_in_the_browser_that_asked_only(rosa: User) -> None:
    hers, thiefs = Client(), Client()
    ask(thiefs, KNOWN)
    ask(hers, KNOWN)
    assert type_code(thiefs, newest_code()) == ""
    assert type_code(hers, newest_code()) == "/visits/"


def test_a_code_is_good_once_and_for_ten_minutes(
    rosa: User, client: Client, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(client, KNOWN)
    used = newest_code()
    assert type_code(client, used) == "/visits/"
    ask(client, KNOWN)
    fresh = newest_code()
    if used != fresh:
        assert type_code(client, used) == ""
    monkeypatch.setattr("clock.now", lambda: now + timedelta(minutes=10))
    assert type_code(client, fresh) == ""


@pytest.mark.parametrize(
    ("onward", "where"),
    [
        ("/visits/?page=2", "/visits/?page=2"),
        ("https://elsewhere.example/", "/visits/"),
        ("//elsewhere.example/", "/visits/"),
        ("javascript:alert(1)", "/visits/"),
    ],
)
def test_one_is_led_on_to_pages_of_ours_only(
    rosa: User, client: Client, onward: str, where: str
) -> None:
    ask(client, KNOWN, onward)
    assert type_code(client, newest_code()) == where


@pytest.mark.parametrize("address", ["abc", "555", "rosa@", "+1 000 000 0000", " "])
def test_what_is_no_address_is_not_taken(client: Client, address: str) -> None:
    assert ask(client, address) == ""
    assert not Message.objects.exists()


def test_staff_do_not_come_in_by_the_patients_door(client: Client) -> None:
    staff = make_staff(StaffRole.Role.MANAGER)
    ask(client, staff.email or "")
    assert not Message.objects.exists()


def test_a_closed_account_gets_no_code(rosa: User, client: Client) -> None:
    User.objects.filter(pk=rosa.pk).update(is_active=False)
    ask(client, KNOWN)
    assert not Message.objects.exists()


def test_signing_out_twice_is_fine_and_takes_a_press(rosa: User, client: Client) -> None:
    ask(client, KNOWN)
    type_code(client, newest_code())
    assert client.get(reverse("portal:sign_out")).status_code == 405
    for _ in range(2):
        assert client.post(reverse("portal:sign_out")).headers["Location"] == "/"
    assert client.get("/visits/").headers["Location"] == "/sign-in/?next=%2Fvisits%2F"


def test_the_codes_page_without_a_pending_code_leads_back(client: Client) -> None:
    assert client.get(reverse("portal:sign_in_code")).headers["Location"] == "/sign-in/"

"""Proving an e-mail, and signing in with it."""

from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from people.models import User
from portal.account.sessions import BACKEND
from tests.builders import make_patient
from tests.portal.visitor import newest_code, wrong

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_at_now")]


def browser_of(user: User) -> Client:
    browser = Client()
    browser.force_login(user, backend=BACKEND)
    return browser


def prove(browser: Client, address: str) -> str:
    """Ask for a code to an e-mail and type it; where the browser is sent."""
    browser.post(reverse("portal:email"), {"email": address})
    answer = browser.post(reverse("portal:email_code"), {"code": newest_code()})
    return answer.headers.get("Location", "")


def test_an_email_that_was_proven_signs_in(now: datetime) -> None:
    user, person = make_patient(email="rosa@example.com")
    assert prove(browser_of(user), "Rosa@Example.com") == reverse("portal:you")
    assert person.contact_points.get(kind="email").verified_at == now

    elsewhere = Client()
    elsewhere.post(reverse("portal:sign_in"), {"address": "rosa@example.com"})
    elsewhere.post(reverse("portal:sign_in_code"), {"code": newest_code()})
    assert elsewhere.get(reverse("portal:appointments")).status_code == 200


def test_an_email_that_was_only_typed_signs_nobody_in() -> None:
    make_patient(email="rosa@example.com")
    elsewhere = Client()
    elsewhere.post(reverse("portal:sign_in"), {"address": "rosa@example.com"})
    answer = elsewhere.post(reverse("portal:sign_in_code"), {"code": "123456"})
    assert answer.status_code == 200
    assert elsewhere.get(reverse("portal:appointments")).status_code == 302


def test_a_wrong_code_proves_nothing() -> None:
    user, _ = make_patient(email="rosa@example.com")
    browser = browser_of(user)
    browser.post(reverse("portal:email"), {"email": "rosa@example.com"})
    answer = browser.post(reverse("portal:email_code"), {"code": wrong(newest_code())})
    assert "That code does not fit" in answer.content.decode()
    user.refresh_from_db()
    assert user.email is None


def test_an_email_belongs_to_one_account() -> None:
    first, _ = make_patient(email="rosa@example.com")
    second, _ = make_patient(email="rosa@example.com")
    assert prove(browser_of(first), "rosa@example.com") == reverse("portal:you")
    assert prove(browser_of(second), "rosa@example.com") == ""
    second.refresh_from_db()
    assert second.email is None

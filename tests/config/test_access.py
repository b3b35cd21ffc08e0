"""Who gets in where: each role, a patient, a visitor, and an outsider on the staff."""

from datetime import datetime
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.mfa.utils import decrypt
from django.test import Client

from people.models import StaffRole, User
from portal.account.sessions import BACKEND
from scheduling.models import Site, SiteAssignment
from tests.builders import (
    at,
    days_after,
    make_appointment,
    make_clinician,
    make_patient,
    make_site,
    make_staff,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_at_now")]

ROLES = ("front_desk", "agent", "clinician", "manager", "administrator")
PEOPLE = ("visitor", "patient", "outsider", *ROLES)
STAFF_DOOR, PATIENTS_DOOR = "/accounts/login/", "/sign-in/"
# Who sees the page. For all others it does not exist, and visitors are asked to sign in.
SEEN_BY = {
    "/desk/arrivals/": {"front_desk", "administrator"},
    "/desk/calendar/": {"front_desk", "administrator"},
    "/desk/my-day/": {"clinician"},
    "/desk/worklist/": {"front_desk", "agent", "manager", "administrator"},
    "/desk/feedback/": {"manager", "administrator"},
    "/admin/": {"administrator"},
}
OPEN = ("/", "/healthz", "/sign-in/", "/api/v1/schema/", "/api/v1/visit-types/", STAFF_DOOR)
PASSWORD = "quartz-maple-river-42"


@pytest.fixture
def site() -> Site:
    return make_site()


def browser_of(who: str, site: Site) -> Client:
    """Somebody who has signed in as far as they can."""
    browser = Client()
    if who == "patient":
        browser.force_login(make_patient()[0], backend=BACKEND)
    elif who != "visitor":
        staff = make_staff(*([] if who == "outsider" else [who]), sites=[site])
        if who == "clinician":
            make_clinician(site=site, visit_types=[], user=staff)
        browser.force_login(staff)
    return browser


@pytest.mark.parametrize("who", PEOPLE)
def test_staff_pages_exist_for_their_roles_only(site: Site, who: str) -> None:
    browser = browser_of(who, site)
    for page, seen_by in SEEN_BY.items():
        answer = browser.get(page)
        if who == "visitor":
            assert answer.headers["Location"].startswith(f"{STAFF_DOOR}?next=%2F"), page
        else:
            assert answer.status_code == (200 if who in seen_by else 404), page


@pytest.mark.parametrize("who", PEOPLE)
def test_some_pages_are_for_everyone(site: Site, who: str) -> None:
    browser = browser_of(who, site)
    opened = {page: browser.get(page).status_code for page in OPEN}
    # Whoever is signed in does not need the staff's door.
    assert opened.pop(STAFF_DOOR) == (200 if who == "visitor" else 302)
    assert set(opened.values()) == {200}


def test_a_visitor_is_asked_to_sign_in_by_the_right_door(site: Site) -> None:
    visitor = browser_of("visitor", site)
    assert visitor.get("/visits/").headers["Location"] == f"{PATIENTS_DOOR}?next=%2Fvisits%2F"
    assert visitor.get("/accounts/2fa/").headers["Location"].startswith(STAFF_DOOR)
    refused = visitor.get("/api/v1/appointments/")
    assert (refused.status_code, refused.json()["code"]) == (401, "sign_in_first")


@pytest.mark.parametrize("role", ROLES)
def test_the_desk_begins_on_a_page_of_ones_own(site: Site, role: str) -> None:
    answer = browser_of(role, site).get("/desk/", follow=True)
    assert answer.status_code == 200
    assert role in SEEN_BY[answer.redirect_chain[-1][0]]


@pytest.mark.parametrize("role", ROLES)
def test_without_a_second_factor_staff_are_sent_to_set_one_up(site: Site, role: str) -> None:
    browser = Client()
    browser.force_login(make_staff(role, sites=[site], second_factor=False))
    for page, seen_by in SEEN_BY.items():
        if role in seen_by:
            assert browser.get(page).headers["Location"] == "/accounts/2fa/totp/activate/"


def test_losing_a_role_counts_from_the_next_request(site: Site) -> None:
    browser = browser_of("front_desk", site)
    assert browser.get("/desk/arrivals/").status_code == 200
    StaffRole.objects.all().delete()
    assert browser.get("/desk/arrivals/").status_code == 404


def test_staff_see_patients_of_their_own_sites_only(site: Site, now: datetime) -> None:
    here, elsewhere = site, make_site()
    visits = [
        make_appointment(now=now, site=where, starts_at=at(where, days_after(now, 2), 10))
        for where in (here, elsewhere)
    ]
    browser = browser_of("front_desk", here)
    seen = [browser.get(f"/desk/patients/{each.public_id}/").status_code for each in visits]
    assert seen == [200, 404]
    posted = browser.post(f"/desk/patients/{visits[1].public_id}/check-in/", {"identity": "on"})
    assert posted.status_code == 404
    board = browser.get(f"/desk/arrivals/?site={elsewhere.slug}&day={days_after(now, 2)}")
    assert board.context["site"] == here
    SiteAssignment.objects.all().delete()
    assert browser.get("/desk/arrivals/").status_code == 404


def with_password(user: User) -> User:
    user.set_password(PASSWORD)
    user.save()
    return user


def sign_in_as_staff(browser: Client, email: str, password: str = PASSWORD) -> Any:
    return browser.post(STAFF_DOOR, {"login": email, "password": password})


def totp_now(user: User) -> str:
    """What the user's authenticator app shows."""
    secret = decrypt(Authenticator.objects.get(user=user, type="totp").data["secret"])
    return str(format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time())))))


def test_staff_need_the_password_and_the_second_factor(client: Client, site: Site) -> None:
    staff = with_password(make_staff("front_desk", sites=[site]))
    asked = sign_in_as_staff(client, staff.email or "")
    assert asked.headers["Location"] == "/accounts/2fa/authenticate/"
    assert client.get("/desk/arrivals/").headers["Location"].startswith(STAFF_DOOR)

    client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert client.get("/desk/arrivals/").headers["Location"].startswith(STAFF_DOOR)

    client.post("/accounts/2fa/authenticate/", {"code": totp_now(staff)})
    assert client.get("/desk/arrivals/").status_code == 200


@pytest.mark.parametrize("password", [PASSWORD, "wrong"])
def test_a_patients_account_does_not_sign_in_by_the_staff_door(
    client: Client, password: str
) -> None:
    patient = with_password(User.objects.create_user(email="rosa@example.com"))
    sign_in_as_staff(client, "rosa@example.com", password)
    assert "_auth_user_id" not in client.session
    assert not patient.is_staff


def test_nobody_signs_up_by_themselves(client: Client) -> None:
    posted = {"email": "new@example.com", "password1": PASSWORD, "password2": PASSWORD}
    client.post("/accounts/signup/", posted)
    assert not User.objects.exists()


def test_a_page_of_ours_can_be_framed_and_scripted_by_nobody_else(client: Client) -> None:
    headers = client.get("/").headers
    assert headers["X-Frame-Options"] == "DENY"
    policy = headers["Content-Security-Policy"]
    assert "script-src 'self';" in f"{policy};"
    assert "unsafe" not in policy

"""axe finds nothing wrong on any page: in English (in light colors and in dark) and in Spanish.

Every route is opened, so that a new one is looked at without anybody thinking of it. What a page
shows only after something was pressed or typed is looked at in the moments of patients and staff
beside this, and in ``tests/journeys``.
"""

from collections.abc import Callable, Container
from itertools import product
from urllib.parse import urlsplit

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page
from pytest_django import Settings

from config import access, errors
from config.access import Audience, rule_for
from people.models import StaffRole, User
from tests.builders import make_group, make_site, make_staff
from tests.faces.sign_ins import gives_a_password, signs_in
from tests.world import POST_ONLY, World, is_for_staff, readable

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LANGUAGES = ["en", pytest.param("es", marks=pytest.mark.complete)]

TOO_LATE = 409  # what the pages say about changing a visit that is over

LEFT_OUT = {
    "api:docs": "Swagger UI shows it, and is not ours to change",
    "admin:": "Django's own pages, for administrators alone",
    "api:": "answers programs",
    "feed": "answers programs",
    "healthz": "answers programs",
    "readyz": "answers programs",
    "portal:manifest": "a file for the browser",
    "portal:worker": "a file for the browser",
    "portal:calendar_file": "a file to keep",
    "dashboards:answers_file": "a file to keep",
    "calendar:visits_file": "a file to keep",
    "mfa_download_recovery_codes": "a file to keep",
    "desk:home": "leads on to the first page of a role",
    "set_language": "leads back to where a language was chosen",
    "account_signup": "closed: an administrator makes accounts",
} | dict.fromkeys(POST_ONLY, "answers 405, which is among the pages when something goes wrong")


def left_out(name: str) -> bool:
    return name in LEFT_OUT or f"{name.partition(':')[0]}:" in LEFT_OUT


PAGES = {name: keys for name, keys in readable().items() if not left_out(name)}

Look = Callable[[Page, str], None]


def opens(page: Page, address: str, look: Look, *, statuses: Container[int]) -> set[str]:
    """The address, if it shows a page of its own and does not lead on to another."""
    answer = page.goto(address)
    if urlsplit(page.url).path != address:
        return set()
    assert answer
    assert answer.status in statuses, address
    look(page, address)
    return {address}


def without_a_password(staff: User) -> Client:
    browser = Client()
    browser.force_login(staff)
    return browser


@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing_on_any_page(
    world: World, open_browser: Callable[..., Page], look: Look
) -> None:
    administrator = User.objects.get(is_superuser=True)
    RecoveryCodes.activate(administrator)
    signs_in(administrator, world.staff)
    world.rosa.post(reverse("portal:email"), {"email": "rosa@example.com"})
    stranger, rosa = open_browser(), open_browser(like=world.rosa)
    at_the_desk = open_browser(like=world.staff, desktop=True)
    role = StaffRole.Role.FRONT_DESK
    others = {
        "mfa_authenticate": gives_a_password(make_staff(role)),
        "mfa_activate_totp": signs_in(make_staff(role, second_factor=False)),
        "account_set_password": without_a_password(make_staff(role)),
    }
    shown: set[str] = set()
    for name, keys in PAGES.items():
        visits = [None, world.over] if "appointment_id" in keys else [None]
        readers = [at_the_desk] if is_for_staff(name) else [rosa]
        if rule_for(name) is Audience.ANYONE:
            readers.append(stranger)
        if name in others:
            readers = [open_browser(like=others[name], desktop=True)]
        for reader, visit in product(readers, visits):
            about = {"appointment_id": visit.public_id} if visit else {}
            address = world.address(name, keys, **about)
            shown |= opens(reader, address, look, statuses={200, TOO_LATE})
    unseen = {name for name, keys in PAGES.items() if world.address(name, keys) not in shown}
    assert unseen == set(), "say in LEFT_OUT why nobody sees them"


@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing_when_something_goes_wrong(
    open_browser: Callable[..., Page],
    look: Look,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.ROOT_URLCONF = "tests.faces.every_status"
    for name in ("status", "desk-status"):
        monkeypatch.setitem(access.ROUTES, name, Audience.ANYONE)
    make_group()
    staff = Client()
    staff.force_login(make_staff(StaffRole.Role.FRONT_DESK, sites=[make_site()]))
    visitor, at_the_desk = open_browser(), open_browser(like=staff, desktop=True)
    for status in errors.CODES:
        assert opens(visitor, f"/status/{status}/", look, statuses={status})
        assert opens(at_the_desk, f"/desk/status/{status}/", look, statuses={status})


@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing_on_a_form_that_has_grown_old(
    open_browser: Callable[..., Page], look: Look
) -> None:
    make_group()
    visitor = open_browser()
    visitor.goto("/sign-in/")
    visitor.context.clear_cookies(name="csrftoken")
    with visitor.expect_navigation() as refused:
        visitor.locator("main form button[type=submit]").first.click()
    assert refused.value.status == 403
    look(visitor, "a form that has grown old")


def test_what_is_left_out_is_a_route() -> None:
    names = {*readable(), *(f"{name.partition(':')[0]}:" for name in readable())}
    assert set(LEFT_OUT) - names == set()


def test_what_is_left_out_as_no_page_is_none(world: World) -> None:
    pages = ("api:docs", "admin:", "account_signup")
    shown = set()
    for name, keys in readable().items():
        if not left_out(name) or name.startswith(pages) or name in POST_ONLY:
            continue
        browser = world.staff if is_for_staff(name) else world.rosa
        answer = browser.get(world.address(name, keys), world.query)
        if answer.status_code == 200 and "text/html" in answer.headers["Content-Type"]:
            shown.add(name)
    assert shown == set()

"""axe finds nothing wrong on any page: in English and in Spanish, in light colors and in dark.

Every route is opened, so that a new one is looked at without anybody thinking of it. What a page
shows only after something was pressed or typed is looked at in ``tests/journeys``.
"""

import pprint
from collections.abc import Callable, Container, Iterator
from datetime import datetime
from urllib.parse import urlsplit

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from config import access, errors
from config.access import Who, rule_for
from people.models import StaffRole, User
from tests.builders import make_group, make_site, make_staff
from tests.faces.axe import violations
from tests.world import POST_ONLY, World, is_for_staff, make_world, readable

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LANGUAGES = ["en", "es"]
PATIENTS_SCREEN = {"width": 320, "height": 640}  # the narrowest that WCAG asks for
STAFFS_SCREEN = {"width": 1440, "height": 900}

PASSWORD = "a long password"
TOO_LATE = 409  # what the pages say about changing a visit that is over

LEFT_OUT = {
    "api:docs": "Swagger UI shows it, and is not ours to change",
    "admin:": "Django's own pages, for administrators alone",
    "api:": "answers programs",
    "healthz": "answers programs",
    "readyz": "answers programs",
    "portal:manifest": "a file for the browser",
    "portal:worker": "a file for the browser",
    "portal:calendar_file": "a file to keep",
    "dashboards:answers_file": "a file to keep",
    "mfa_download_recovery_codes": "a file to keep",
    "desk:home": "leads on to the first page of a role",
    "set_language": "leads back to where a language was chosen",
    "account_signup": "closed: an administrator makes accounts",
} | dict.fromkeys(POST_ONLY, "answers 405, which is among the pages when something goes wrong")


def left_out(name: str) -> bool:
    return name in LEFT_OUT or f"{name.partition(':')[0]}:" in LEFT_OUT


PAGES = {name: keys for name, keys in readable().items() if not left_out(name)}


@pytest.fixture
def world(clock_at_now: datetime) -> World:
    return make_world(clock_at_now)


@pytest.fixture
def open_browser(browser: Browser, live_server: LiveServer) -> Iterator[Callable[..., Page]]:
    """A page of somebody who is signed in as in ``like``, and who reads ``language``."""
    opened: list[BrowserContext] = []

    def open_it(language: str, *, like: Client | None = None, desktop: bool = False) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            viewport=STAFFS_SCREEN if desktop else PATIENTS_SCREEN,  # type: ignore[arg-type]
            service_workers="block",  # so that every page comes from the server
        )
        opened.append(context)
        cookies = {name: cookie.value for name, cookie in like.cookies.items()} if like else {}
        cookies[django_settings.LANGUAGE_COOKIE_NAME] = language
        context.add_cookies(
            [
                {"name": name, "value": value, "url": live_server.url}
                for name, value in cookies.items()
            ]
        )
        return context.new_page()

    yield open_it
    for context in opened:
        context.close()


class Walk:
    """What was found on the way, and which addresses showed a page of their own."""

    def __init__(self, language: str, statuses: Container[int]) -> None:
        self.language, self.statuses = language, statuses
        self.found: dict[str, list[str]] = {}
        self.reached: set[str] = set()

    def opens(self, page: Page, address: str) -> None:
        answer = page.goto(address)
        if urlsplit(page.url).path != address:
            return
        assert answer
        assert answer.status in self.statuses, address
        self.reached.add(address)
        assert page.locator("html").get_attribute("lang") == self.language, address
        if broken := violations(page):
            self.found[address] = broken


def gives_a_password(staff: User) -> Client:
    """Who is now asked for the code."""
    staff.set_password(PASSWORD)
    staff.save()
    browser = Client()
    browser.post(reverse("account_login"), {"login": staff.email, "password": PASSWORD})
    return browser


def signs_in(staff: User, browser: Client | None = None) -> Client:
    """With the password given again just now, as the pages about the second factor want it."""
    staff.set_password(PASSWORD)
    staff.save()
    browser = browser or Client()
    browser.force_login(staff)
    browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return browser


def without_a_password(staff: User) -> Client:
    browser = Client()
    browser.force_login(staff)
    return browser


@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing_on_any_page(
    world: World, open_browser: Callable[..., Page], language: str
) -> None:
    administrator = User.objects.get(is_superuser=True)
    RecoveryCodes.activate(administrator)
    signs_in(administrator, world.staff)
    world.rosa.post(reverse("portal:email"), {"email": "rosa@example.com"})
    stranger = open_browser(language)
    rosa = open_browser(language, like=world.rosa)
    at_the_desk = open_browser(language, like=world.staff, desktop=True)
    role = StaffRole.Role.FRONT_DESK
    others = {
        "mfa_authenticate": gives_a_password(make_staff(role)),
        "mfa_activate_totp": signs_in(make_staff(role, second_factor=False)),
        "account_set_password": without_a_password(make_staff(role)),
    }
    walk = Walk(language, {200, TOO_LATE})
    for name, keys in PAGES.items():
        address = world.address(name, keys)
        if name in others:
            walk.opens(open_browser(language, like=others[name], desktop=True), address)
        elif is_for_staff(name):
            walk.opens(at_the_desk, address)
        else:
            walk.opens(rosa, address)
            if rule_for(name) is Who.ANYONE:
                walk.opens(stranger, address)
        if "appointment_id" in keys:
            over = world.address(name, keys, appointment_id=world.over.public_id)
            walk.opens(at_the_desk if is_for_staff(name) else rosa, over)
    unseen = {name for name in PAGES if world.address(name, PAGES[name]) not in walk.reached}
    assert not walk.found, pprint.pformat(walk.found, width=160)
    assert unseen == set(), "say in LEFT_OUT why nobody sees them"


@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing_when_something_goes_wrong(
    open_browser: Callable[..., Page],
    language: str,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.ROOT_URLCONF = "tests.faces.every_status"
    for name in ("status", "desk-status"):
        monkeypatch.setitem(access.ROUTES, name, Who.ANYONE)
    make_group()
    staff = Client()
    staff.force_login(make_staff(StaffRole.Role.FRONT_DESK, sites=[make_site()]))
    visitor = open_browser(language)
    at_the_desk = open_browser(language, like=staff, desktop=True)
    walk = Walk(language, errors.CODES)
    for status in errors.CODES:
        walk.opens(visitor, f"/status/{status}/")
        walk.opens(at_the_desk, f"/desk/status/{status}/")
    assert not walk.found, pprint.pformat(walk.found, width=160)
    assert len(walk.reached) == 2 * len(errors.CODES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing_on_a_form_that_has_grown_old(
    open_browser: Callable[..., Page], language: str
) -> None:
    make_group()
    visitor = open_browser(language)
    visitor.goto("/sign-in/")
    visitor.context.clear_cookies(name="csrftoken")
    with visitor.expect_navigation() as refused:
        visitor.locator("main form button[type=submit]").first.click()
    assert refused.value.status == 403
    assert violations(visitor) == []


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

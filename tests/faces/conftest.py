"""A server in this process with a world in it, and browsers of the people who live there."""

import pprint
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from tests.faces.axe import Scheme, violations
from tests.suites import COMPLETE
from tests.world import World, make_world

PATIENTS_SCREEN = ViewportSize(width=320, height=640)  # the narrowest that WCAG asks for
STAFFS_SCREEN = ViewportSize(width=1440, height=900)


@pytest.fixture
def world(clock_at_now: datetime) -> World:
    return make_world(clock_at_now)


@pytest.fixture
def open_browser(
    browser: Browser, live_server: LiveServer, language: str
) -> Iterator[Callable[..., Page]]:
    """A page of somebody who reads ``language``, signed in as ``like`` is."""
    opened: list[BrowserContext] = []

    def open_it(*, like: Client | None = None, desktop: bool = False) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            viewport=STAFFS_SCREEN if desktop else PATIENTS_SCREEN,
            service_workers="block",  # so that every page comes from the server
            reduced_motion="reduce",  # a press while a page scrolls would miss
        )
        opened.append(context)
        context.add_init_script(AXE_SCRIPT)  # sent once, not again with every page
        cookies = {name: cookie.value for name, cookie in like.cookies.items()} if like else {}
        cookies[settings.LANGUAGE_COOKIE_NAME] = language
        context.add_cookies(
            [{"name": name, "value": cookies[name], "url": live_server.url} for name in cookies]
        )
        context.set_default_timeout(15_000)
        return context.new_page()

    yield open_it
    for context in opened:
        context.close()


@pytest.fixture
def look(language: str) -> Iterator[Callable[[Page, str], None]]:
    """Look closely at a moment. What axe finds is told when all moments were seen.

    Words change no color, and so one language is looked at in the dark, in the complete suite.
    """
    in_the_dark = COMPLETE and language == settings.LANGUAGE_CODE
    schemes: list[Scheme] = ["light", "dark"] if in_the_dark else ["light"]
    found: dict[str, list[str]] = {}

    def at(page: Page, moment: str) -> None:
        expect(page.locator("html")).to_have_attribute("lang", language)
        if broken := violations(page, schemes=schemes):
            found[moment] = broken

    yield at
    assert not found, pprint.pformat(found, width=160)

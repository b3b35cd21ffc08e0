"""The stack that journeys run on, and people with browsers of their own."""

import os
import pprint
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.faces.axe import violations
from tests.stack import Stack, running_stack

MONDAY = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)  # 10:00 in Buffalo, 9:00 in Chicago
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1440, "height": 900}
PATIENCE_MS = 60_000  # a busy machine may take its time; a journey says what, not how fast
# A page that asks in place is told that a time is taken, or that something is missing.
ANSWERED = re.compile("status of (409|422)")

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Stack]:
    """Everything running, on the last Monday of November 2026."""
    number = 1 + int(worker_id.removeprefix("gw") or 0) if worker_id != "master" else 1
    folder = tmp_path_factory.mktemp("stack")
    with running_stack(folder, redis_number=number, at=MONDAY) as running:
        yield running


@pytest.fixture
def new_person(browser: Browser, stack: Stack) -> Iterator[Callable[..., Page]]:
    """A browser of somebody's own: ``new_person()`` on a phone, or ``new_person(desktop=True)``.

    ``scripts=False`` switches JavaScript off; ``dark=True`` asks for dark colors. Nothing they
    see may log an error: a refused script or style is one.
    """

    def is_complaint(said: ConsoleMessage) -> bool:
        return said.type == "error" and not ANSWERED.search(said.text)

    opened: list[Page] = []
    complaints: list[str] = []

    def open_browser(*, desktop: bool = False, scripts: bool = True, dark: bool = False) -> Page:
        context = browser.new_context(
            viewport=DESKTOP if desktop else PHONE,  # type: ignore[arg-type]
            base_url=stack.url,
            locale="en-US",
            timezone_id="America/New_York",
            java_script_enabled=scripts,
            reduced_motion="reduce",  # a press while a page scrolls would miss
            color_scheme="dark" if dark else "light",
        )
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on(
            "console",
            lambda said: complaints.append(said.text) if is_complaint(said) else None,
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        opened.append(page)
        return page

    yield open_browser
    for page in opened:
        page.context.close()
    assert complaints == []


@pytest.fixture
def picture() -> Callable[[Page, str], None]:
    """Keep a picture of a moment, when ``SCREENSHOTS`` names a folder."""
    folder = os.environ.get("SCREENSHOTS")

    def take(page: Page, name: str) -> None:
        if folder:
            page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)

    return take


@pytest.fixture
def look(picture: Callable[[Page, str], None]) -> Iterator[Callable[[Page, str], None]]:
    """Look closely at a moment: axe finds nothing wrong, in light colors and in dark.

    The journey goes on to its end, which tells all that was found.
    """
    found: dict[str, list[str]] = {}

    def at(page: Page, name: str) -> None:
        picture(page, name)
        if broken := violations(page):
            found[name] = broken

    yield at
    assert not found, pprint.pformat(found, width=160)

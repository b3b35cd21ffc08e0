"""What every test may use: the real PostgreSQL, the real broker, and a clock that can be set."""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import hypothesis
import pytest
from django.utils import translation
from pytest_django import Settings

from tests.suites import COMPLETE

# How long an example takes says more about the machine than about the code.
hypothesis.settings.register_profile("complete", deadline=None)
hypothesis.settings.register_profile("quick", deadline=None, max_examples=30)
hypothesis.settings.load_profile("complete" if COMPLETE else "quick")

FIXED_NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # a Monday, 10:00 in New York


@pytest.fixture
def now() -> datetime:
    """Monday, November 23, 2026, 10:00 in New York."""
    return FIXED_NOW


@pytest.fixture
def clock_at_now(monkeypatch: pytest.MonkeyPatch, now: datetime) -> datetime:
    """Doors ask the clock; here it stands still at ``now``."""
    monkeypatch.setattr("clock.now", lambda: now)
    return now


@pytest.fixture(autouse=True)
def _quiet_broker(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without real workers (marker ``stack``) nobody receives a nudge, so none is sent."""
    if request.node.get_closest_marker("stack") is None:
        monkeypatch.setattr("messaging.services.nudges.Nudge.send_now", lambda self: None)


@pytest.fixture(autouse=True)
def _own_cache(settings: Settings) -> None:
    """Processes that test at once share one Redis: each test counts and beats for itself."""
    settings.CACHES = {"default": settings.CACHES["default"] | {"KEY_PREFIX": uuid4().hex}}


@pytest.fixture(autouse=True)
def _own_language() -> Iterator[None]:
    """A page that was read in Spanish leaves its language behind; the next test begins anew."""
    yield
    translation.deactivate()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What belongs to the complete suite alone is left out of the quick one; see docs/testing.md.

    Without a browser the browser tests alone are skipped, and say so.
    """
    if not COMPLETE:
        left_out = [item for item in items if item.get_closest_marker("complete")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    # What empties the tables afterwards goes behind what counts on the rows of migrations.
    # pytest-django sorts like that too, before pytest groups what shares a browser.
    items.sort(key=_empties_the_tables)
    if os.environ.get("NO_BROWSER") != "1":
        return
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason="no Chromium or Chrome on this machine"))


def _empties_the_tables(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    asked: list[str] = getattr(item, "fixturenames", [])
    return bool(marker and marker.kwargs.get("transaction")) or "transactional_db" in asked


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    """The browser that ``make test`` found, kept from calling home."""
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    # A camera that shows a test picture and a microphone that beeps, allowed without asking.
    quiet += ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    found = os.environ.get("CHROMIUM_PATH") or shutil.which("chromium")
    return {"args": quiet} | ({"executable_path": found} if found else {})

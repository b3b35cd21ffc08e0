"""What every test may use: the real PostgreSQL, the real broker, and a clock that can be set."""

import os
import shutil
import sys
from datetime import UTC, datetime
from uuid import uuid4

import django
import pytest
from pytest_django import Settings

FIXED_NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # a Monday, 10:00 in New York


# Tests need the services that ``make test`` starts around them.
if missing := [name for name in ("DATABASE_URL", "REDIS_URL") if name not in os.environ]:
    sys.exit(
        f"{' and '.join(missing)} not set: run the tests with 'make test', or start them "
        "with 'python -m config.embedded run --volatile --root .local/test -- pytest'."
    )

# Named here and not in pyproject.toml, where pytest-django would load the settings before this
# file had said what they are to be made of.
TEST_ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "ENVIRONMENT": "test",
    "SECRET_KEY": "only-for-tests",
    "PUBLIC_URL": "http://localhost:8000",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "test-token",
    "TWILIO_FROM_NUMBER": "+12125550100",
    # A port where nothing listens: a test that sends must start a sandbox and say so.
    "TWILIO_API_BASE_URL": "http://127.0.0.1:9",
    "EMAIL_URL": "smtp://127.0.0.1:9",
    # Once a browser test has run, Playwright's event loop goes on in this thread; Django must
    # not take every later query for one from inside it.
    "DJANGO_ALLOW_ASYNC_UNSAFE": "true",
}
for _name, _value in TEST_ENVIRONMENT.items():
    os.environ.setdefault(_name, _value)
django.setup()  # other conftests import models


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
    """Without real workers (marker ``stack``) nobody answers the bell, so it is not rung."""
    if request.node.get_closest_marker("stack") is None:
        monkeypatch.setattr("messaging.services.outbox._wake", lambda: None)


@pytest.fixture(autouse=True)
def _own_cache(settings: Settings) -> None:
    """Processes that test at once share one Redis: each test counts and beats for itself."""
    settings.CACHES = {"default": settings.CACHES["default"] | {"KEY_PREFIX": uuid4().hex}}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a browser the browser tests alone are skipped, and say so."""
    if os.environ.get("NO_BROWSER") != "1":
        return
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason="no Chromium or Chrome on this machine"))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    """The browser that ``make test`` found, kept from calling home."""
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    found = os.environ.get("CHROMIUM_PATH") or shutil.which("chromium")
    return {"args": quiet} | ({"executable_path": found} if found else {})

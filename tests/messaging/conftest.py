"""The real clients, a sandbox as the world outside, and kinds of message of our own."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from pytest_django import Settings

from messaging.gateways import provider
from messaging.kinds import registry
from people.models import Person
from tests.builders import make_person
from tests.messaging.world import publish_words
from tests.sandbox.world import ACCOUNT_SID, AUTH_TOKEN, CLINIC, App, Sandbox, start_app


@pytest.fixture(autouse=True)
def _own_kinds(settings: Settings) -> Iterator[None]:
    settings.MESSAGE_KINDS = [*settings.MESSAGE_KINDS, "tests.messaging.kinds"]
    registry.cache_clear()
    yield
    registry.cache_clear()


@pytest.fixture
def rosa(db: None, now: datetime) -> Person:
    """A patient with a phone and an e-mail; and words for the tests' own kinds."""
    publish_words(now)
    return make_person()


@pytest.fixture(scope="session")
def _outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sandbox, App]]:
    app, server = start_app()
    sandbox = Sandbox(tmp_path_factory.mktemp("sandbox"), app_url=app.url)
    sandbox.start()
    yield sandbox, app
    sandbox.stop()
    server.shutdown()
    server.server_close()


@pytest.fixture
def app(_outside: tuple[Sandbox, App]) -> App:
    """Hears what the provider reports, as the product's public address."""
    _, app = _outside
    app.forget()
    return app


@pytest.fixture
def sandbox(_outside: tuple[Sandbox, App], app: App, settings: Settings) -> Iterator[Sandbox]:
    """The product sends through this; nobody waits for leases or uncertain outcomes."""
    sandbox, _ = _outside
    sandbox.reset()
    app.forget()
    settings.PUBLIC_URL = app.url
    settings.TWILIO_API_BASE_URL = sandbox.origin
    settings.TWILIO_ACCOUNT_SID = ACCOUNT_SID
    settings.TWILIO_AUTH_TOKEN = AUTH_TOKEN
    settings.TWILIO_FROM_NUMBER = CLINIC
    settings.TWILIO_TIMEOUT_SECONDS = 2.0
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sandbox.smtp_port
    provider.client.cache_clear()
    yield sandbox
    provider.client.cache_clear()

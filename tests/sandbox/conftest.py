"""One sandbox process and one app for each test module, made empty before each test."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.world import App, Sandbox, start_app

STAFF = [
    {
        "name": "Dana Reyes",
        "email": "dana@clinic.example",
        "role": "Front desk",
        "secret": "JBSWY3DPEHPK3PXP",
    }
]


@pytest.fixture(scope="module")
def running_app() -> Iterator[App]:
    app, server = start_app()
    yield app
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def running_sandbox(
    running_app: App, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sandbox]:
    data: Path = tmp_path_factory.mktemp("sandbox")
    staff_file = data / "staff.json"
    staff_file.write_text(json.dumps(STAFF))
    sandbox = Sandbox(data, app_url=running_app.url, staff_file=staff_file)
    sandbox.start()
    yield sandbox
    sandbox.stop()


@pytest.fixture
def app(running_app: App) -> App:
    running_app.forget()
    return running_app


@pytest.fixture
def sandbox(running_sandbox: Sandbox, app: App) -> Sandbox:
    running_sandbox.reset()
    app.forget()
    return running_sandbox

"""docker-compose.yml runs the same programs as ``make demo``, and each of them starts.

No container is needed: every command runs here, in the environment that the file gives it,
against services of its own, until the file's own health check is content.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from local import embedded, machine, processes, supervisor
from local.embedded import postgres

pytestmark = pytest.mark.complete

CHECKOUT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = sorted(name for name, service in SERVICES.items() if service["image"] == "visitwell")
STAY_UP = sorted(set(OURS) - {"migrate"})

# What the file leaves open, and what it says about it.
VALUES: dict[str, dict[str, object]] = {
    "web": {"host": "0.0.0.0", "port": 8000, "workers": 2, "threads": 8},
    "worker": {"workers": 4},
    "beat": {"schedule": "/tmp/beat-schedule"},
    "migrate": {},
}
SECRETS = {
    "SECRET_KEY": "a-long-random-text-of-at-least-fifty-characters-for-a-test",
    "POSTGRES_PASSWORD": "unused",
    "REDIS_PASSWORD": "unused",
    "PUBLIC_URL": "https://visits.example.org",
    "ALLOWED_HOSTS": "visits.example.org",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "0" * 32,
    "TWILIO_FROM_NUMBER": "+12025550100",
    "EMAIL_URL": "smtp://127.0.0.1:9",
    "DEFAULT_FROM_EMAIL": "Visitwell <visits@example.org>",
}
REQUIRED = re.compile(r"\$\{(\w+):\?[^}]*\}")
STARTING_SECONDS = 90.0


def filled(text: str) -> str:
    """``text`` as Compose would read it, with every required variable set."""
    return REQUIRED.sub(lambda match: SECRETS[match[1]], text).replace("$$", "$")


def dockerfile_words(instruction: str) -> str:
    """The last instruction of this name in the Dockerfile, its lines joined."""
    text = (CHECKOUT / "Dockerfile").read_text().replace("\\\n", " ")
    return [line for line in text.splitlines() if re.match(rf"\s*{instruction}\s", line)][-1]


def listed(text: str) -> list[str]:
    """The words of a Dockerfile's JSON-like list."""
    words: list[str] = yaml.safe_load(text[text.index("[") :])
    return words


def health_check(name: str) -> list[str]:
    """What Docker would run to ask whether the service is well."""
    declared = SERVICES[name].get("healthcheck")
    test = declared["test"] if declared else ["CMD", *listed(dockerfile_words("HEALTHCHECK"))]
    return ["sh", "-c", filled(test[1])] if test[0] == "CMD-SHELL" else test[1:]


@pytest.fixture(scope="module")
def container(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment that the file gives our services, with addresses that exist here."""
    root = Path(tempfile.mkdtemp(prefix="visitwell-compose-"))
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DATABASE_URL", raising=False)
        patch.delenv("REDIS_URL", raising=False)
        try:
            with embedded.running(root, durable=False) as services:
                declared = COMPOSE["x-visitwell"]["environment"]
                yield {
                    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
                    "HOSTNAME": socket.gethostname(),
                    "DJANGO_SETTINGS_MODULE": "config.settings",
                    **{name: filled(value) for name, value in declared.items()},
                    **services,
                }
        finally:
            embedded.erase(root)
            shutil.rmtree(root, ignore_errors=True)


@pytest.fixture(scope="module")
def migrated(container: dict[str, str]) -> dict[str, str]:
    """The same environment, once the migrate service has done its work there."""
    done = run(SERVICES["migrate"]["command"], container)
    assert done.returncode == 0, done.stderr
    return container


def run(command: list[str], env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=CHECKOUT, env=env, capture_output=True, text=True, timeout=120, check=False
    )


def test_compose_has_every_program_but_the_sandbox() -> None:
    assert set(OURS) == set(supervisor.COMMANDS) - {"sandbox"}


@pytest.mark.parametrize("name", OURS)
def test_a_service_runs_the_command_of_make_demo(name: str) -> None:
    assert SERVICES[name]["command"] == supervisor.command(name, **VALUES[name])


def test_the_image_serves_the_web_by_default() -> None:
    assert listed(dockerfile_words("CMD")) == SERVICES["web"]["command"]


def test_the_image_does_not_run_as_root() -> None:
    assert dockerfile_words("USER").split() == ["USER", "visitwell"]
    assert not any("user" in SERVICES[name] for name in OURS)


def test_workers_and_beats_come_in_pairs() -> None:
    pairs = {name: SERVICES[name]["deploy"]["replicas"] for name in ("worker", "beat")}
    assert pairs == {"worker": 2, "beat": 2}


@pytest.mark.parametrize("name", STAY_UP)
def test_a_service_waits_for_what_it_needs(name: str) -> None:
    waits = {other: need["condition"] for other, need in SERVICES[name]["depends_on"].items()}
    assert waits == {
        "postgres": "service_healthy",
        "redis": "service_healthy",
        "migrate": "service_completed_successfully",
    }


def test_no_secret_is_in_the_file() -> None:
    environment = COMPOSE["x-visitwell"]["environment"]
    for name in ("SECRET_KEY", "TWILIO_AUTH_TOKEN", "DATABASE_URL", "REDIS_URL", "EMAIL_URL"):
        assert REQUIRED.search(environment[name]), name
    assert REQUIRED.search(SERVICES["postgres"]["environment"]["POSTGRES_PASSWORD"])
    assert any(REQUIRED.search(word) for word in SERVICES["redis"]["command"])


def test_the_database_is_told_what_the_embedded_one_is_told() -> None:
    told = {word for word in SERVICES["postgres"]["command"] if "=" in word}
    assert told <= {f"{name}={value}" for name, value in postgres.SETTINGS.items()}
    options = SERVICES["postgres"]["environment"]["POSTGRES_INITDB_ARGS"].split()
    assert set(options) <= set(postgres.INITDB)


def test_redis_keeps_an_append_only_file() -> None:
    words = SERVICES["redis"]["command"]
    assert words[words.index("--appendonly") + 1] == "yes"
    assert SERVICES["redis"]["volumes"] == ["redis:/data"]


@pytest.mark.stack
def test_migrate_ends_well(migrated: dict[str, str]) -> None:
    assert run(["python", "manage.py", "migrate", "--check"], migrated).returncode == 0


@pytest.mark.stack
@pytest.mark.parametrize("name", STAY_UP)
def test_a_service_starts_is_healthy_and_stops(
    name: str, migrated: dict[str, str], tmp_path: Path
) -> None:
    moved = {"0.0.0.0": machine.LOOPBACK, "8000": str(machine.free_port())}
    moved["/tmp/beat-schedule"] = str(tmp_path / "beat-schedule")
    log = tmp_path / "log"
    with log.open("wb") as output:
        service = psutil.Popen(
            [moved.get(word, word) for word in SERVICES[name]["command"]],
            cwd=CHECKOUT,
            env=migrated,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=processes.tied_to_us(signal.SIGTERM),
        )
    check = [word.replace(":8000", f":{moved['8000']}") for word in health_check(name)]
    try:
        assert processes.wait_until(
            healthy(check, migrated),
            seconds=STARTING_SECONDS,
            alive=lambda: service.poll() is None,
        ), log.read_text()
        service.terminate()
        assert processes.wait_until(lambda: service.poll() is not None, seconds=30)
        assert service.wait() == 0, log.read_text()
    finally:
        processes.stop(service, (signal.SIGTERM, 10.0))


def healthy(check: list[str], env: dict[str, str]) -> Callable[[], bool]:
    return lambda: run(check, env).returncode == 0

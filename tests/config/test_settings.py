"""Production refuses what only the demo and the tests may do."""

import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).parents[2]
SOUND = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": "x" * 50,
    "PUBLIC_URL": "https://visits.example.org",
    "DATABASE_URL": "postgres://db.example.org/visitwell",
    "REDIS_URL": "redis://redis.example.org/0",
    "TWILIO_API_BASE_URL": "https://api.twilio.com",
}
REFUSED = {
    "the sandbox": {"TWILIO_API_BASE_URL": "http://localhost:8001"},
    "the sandbox by its service name": {"TWILIO_API_BASE_URL": "https://sandbox:8001"},
    "a provider without TLS": {"TWILIO_API_BASE_URL": "http://api.twilio.com"},
    "loopback with TLS": {"TWILIO_API_BASE_URL": "https://127.0.0.1:8001"},
    "loopback by name with TLS": {"TWILIO_API_BASE_URL": "https://localhost"},
    "a moved clock": {"CLOCK_FILE": "/tmp/clock.json"},
    "a link to the sandbox": {"SANDBOX_URL": "http://localhost:8001"},
    "debug pages": {"DEBUG": "true"},
}


def settings_from(monkeypatch: pytest.MonkeyPatch, **environment: str) -> dict[str, Any]:
    """The settings as a fresh process with this environment would read them."""
    for name in [*SOUND, "CLOCK_FILE", "SANDBOX_URL", "DEBUG", "EMAIL_URL"]:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(ROOT / "config" / "settings.py"))


def test_production_starts_with_a_sound_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    read = settings_from(monkeypatch, **SOUND)
    assert read["SESSION_COOKIE_SECURE"]
    assert read["CSRF_COOKIE_SECURE"]
    assert read["SECURE_HSTS_SECONDS"] > 0


@pytest.mark.parametrize("what", REFUSED)
def test_production_refuses(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    (name,) = REFUSED[what]
    with pytest.raises(ImproperlyConfigured, match=name):
        settings_from(monkeypatch, **SOUND | REFUSED[what])


@pytest.mark.parametrize("environment", ["prod", "Production", "", "staging"])
def test_a_name_nobody_knows_is_as_strict_as_production(
    monkeypatch: pytest.MonkeyPatch, environment: str
) -> None:
    with pytest.raises(ImproperlyConfigured):
        settings_from(
            monkeypatch, **SOUND | {"ENVIRONMENT": environment, "CLOCK_FILE": "/tmp/clock.json"}
        )


def test_without_an_environment_it_is_production(monkeypatch: pytest.MonkeyPatch) -> None:
    without = {name: value for name, value in SOUND.items() if name != "ENVIRONMENT"}
    with pytest.raises(ImproperlyConfigured):
        settings_from(monkeypatch, **without, DEBUG="true")


@pytest.mark.parametrize("environment", ["demo", "test"])
def test_the_demo_and_the_tests_may_do_all_of_it(
    monkeypatch: pytest.MonkeyPatch, environment: str
) -> None:
    allowed = {name: value for case in REFUSED.values() for name, value in case.items()}
    read = settings_from(monkeypatch, **SOUND | allowed | {"ENVIRONMENT": environment})
    assert read["CLOCK_FILE"] == "/tmp/clock.json"


@pytest.mark.parametrize("missing", ["SECRET_KEY", "DATABASE_URL", "REDIS_URL"])
def test_what_has_no_sensible_default_must_be_given(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    given = {name: value for name, value in SOUND.items() if name != missing}
    with pytest.raises(ImproperlyConfigured, match=missing):
        settings_from(monkeypatch, **given)


@pytest.mark.parametrize(
    ("changed", "starts"), [({}, True), ({"TWILIO_API_BASE_URL": "http://localhost:8001"}, False)]
)
def test_a_real_process_starts_or_says_why_not(changed: dict[str, str], starts: bool) -> None:
    started = subprocess.run(
        [sys.executable, "-c", "import django; django.setup()"],
        env={"PATH": os.defpath, "DJANGO_SETTINGS_MODULE": "config.settings", **SOUND, **changed},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (started.returncode == 0) is starts, started.stderr
    if not starts:
        assert "TWILIO_API_BASE_URL points at a development sandbox" in started.stderr


@pytest.mark.parametrize(
    "address",
    [
        "https://video.example/one-for-all",
        "http://video.example/{room}",
        "https://{room}.video.example/",
        "https://video.example/{room}/{room}",
        "https://video.example/{room}/{clinic}",
        "video.example/{room}",
    ],
)
def test_a_video_provider_needs_a_room_for_each_visit(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    with pytest.raises(ImproperlyConfigured, match="VIDEO_VISIT_URL"):
        settings_from(monkeypatch, **SOUND, VIDEO_VISIT_URL=address)


@pytest.mark.parametrize("address", ["https://video.example/{room}", "https://v.example/#{room}"])
def test_a_sound_video_provider_is_taken(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    read = settings_from(monkeypatch, **SOUND, VIDEO_VISIT_URL=address)
    assert read["VIDEO_VISIT_URL"] == address

"""Alive is one thing, ready another; and what is not ready is named."""

import json
import os
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from config.celery import BEAT_HEARTBEAT, HeartbeatScheduler, app, note_worker
from config.health import HEARTBEAT_WITHIN_SECONDS, OLDEST_DUE
from messaging.models import Message

NOWHERE = "redis://127.0.0.1:9/0"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def all_is_well(clock_at_now: datetime, db: None) -> None:
    """A beat and a worker have just shown that they live."""
    cache.set(BEAT_HEARTBEAT, time.time())
    note_worker()


def failing(client: Client) -> dict[str, str]:
    """The parts that /readyz names, and what it says of them."""
    answer = client.get("/readyz")
    told = answer.json()
    parts = {name: said for name, said in told["parts"].items() if said != "ok"}
    assert (answer.status_code, told["ready"]) == ((503, False) if parts else (200, True))
    return parts


def make_due_message(due_at: datetime, **changed: Any) -> Message:
    fields = {
        "key": f"due:{due_at}",
        "kind": "staff_reply",
        "channel": "sms",
        "address": "+12125550142",
        "state": "pending",
        "due_at": due_at,
        "created_at": due_at,
        "state_since": due_at,
    }
    return Message.objects.create(**fields | changed)


def test_it_is_alive_without_asking_anybody(client: Client) -> None:
    assert client.get("/healthz").json() == {"alive": True}


@pytest.mark.usefixtures("all_is_well")
def test_it_is_ready_when_every_part_works(client: Client) -> None:
    assert failing(client) == {}


@pytest.mark.usefixtures("all_is_well")
def test_a_broker_that_does_not_answer_is_named(client: Client, settings: Settings) -> None:
    settings.REDIS_URL = NOWHERE
    assert failing(client) == {"broker": "does not answer"}


@pytest.mark.usefixtures("all_is_well")
def test_without_redis_signs_of_life_cannot_be_asked_for(
    client: Client, settings: Settings
) -> None:
    settings.REDIS_URL = NOWHERE
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": NOWHERE}}
    assert set(failing(client)) == {"broker", "beat", "worker"}


@pytest.mark.usefixtures("all_is_well")
@pytest.mark.parametrize("part", ["beat", "worker"])
def test_a_part_that_shows_no_sign_of_life_is_named(client: Client, part: str) -> None:
    cache.delete(f"heartbeat:{part}")
    assert failing(client) == {part: "no sign of life"}


@pytest.mark.usefixtures("all_is_well")
@pytest.mark.parametrize("part", ["beat", "worker"])
def test_a_part_that_was_seen_long_ago_is_named(client: Client, part: str) -> None:
    cache.set(f"heartbeat:{part}", time.time() - HEARTBEAT_WITHIN_SECONDS - 5)
    assert set(failing(client)) == {part}


@pytest.mark.usefixtures("all_is_well")
def test_a_message_that_waits_too_long_is_named(client: Client, now: datetime) -> None:
    make_due_message(now - OLDEST_DUE)
    assert failing(client) == {}
    make_due_message(now - OLDEST_DUE - timedelta(seconds=1))
    assert failing(client) == {"oldest due message": "waiting for 301 s"}


@pytest.mark.usefixtures("all_is_well")
@pytest.mark.parametrize("state", ["accepted", "delivered", "suppressed", "dead"])
def test_a_message_that_waits_for_nobody_is_no_trouble(
    client: Client, now: datetime, state: str
) -> None:
    make_due_message(now - timedelta(days=1), state=state, reason="test")
    assert failing(client) == {}


def test_beat_shows_that_it_lives_each_time_it_looks(tmp_path: Path) -> None:
    HeartbeatScheduler(app=app, schedule_filename=str(tmp_path / "schedule")).tick(
        event_t=lambda *_: None
    )
    assert time.time() - cache.get(BEAT_HEARTBEAT) < HEARTBEAT_WITHIN_SECONDS


def test_it_answers_without_a_database() -> None:
    """Whoever watches must be told, not shown an error page."""
    asked = subprocess.run(
        [
            sys.executable,
            "-c",
            "import django; django.setup()\n"
            "from django.test import Client\n"
            "answer = Client(SERVER_NAME='localhost').get('/readyz')\n"
            "print(answer.status_code, answer.content.decode())",
        ],
        env={**os.environ, "DATABASE_URL": "postgres://127.0.0.1:9/none", "REDIS_URL": NOWHERE},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    status, _, told = asked.stdout.strip().splitlines()[-1].partition(" ")
    parts = json.loads(told)["parts"]
    assert status == "503"
    assert parts["database"] == "does not answer"
    assert "cannot be asked" in parts["oldest due message"]

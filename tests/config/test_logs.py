"""Logs tell one request from another and nothing about a patient."""

import json
import logging
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
import structlog
from django.http import HttpRequest
from django.test import Client

from config.logs import PRIVATE_KEYS, logging_config
from feedback.models import SurveyInvitation
from people.models import AuditEntry
from tests.builders import make_appointment
from tests.portal.visitor import Visitor, newest_code

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_at_now")]
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """What production writes: one JSON object a line, through the handler in use."""
    configured = logging.config.DictConfigurator(logging_config(human=False))
    formatter = configured.configure_formatter(dict(configured.config["formatters"]["structured"]))
    (handler,) = [
        each
        for each in logging.getLogger().handlers
        if isinstance(each.formatter, structlog.stdlib.ProcessorFormatter)
    ]
    assert isinstance(handler, logging.StreamHandler)
    written, before = StringIO(), (handler.stream, handler.formatter)
    handler.setStream(written)
    handler.setFormatter(formatter)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    handler.setStream(before[0])
    handler.setFormatter(before[1])


def test_an_answer_and_its_line_share_an_id(client: Client, lines: Lines) -> None:
    first, second = client.get("/sign-in/"), client.get("/nowhere/")
    assert [
        (line["request_id"], line["route"], line["status"], line["method"]) for line in lines()
    ] == [
        (first.headers["X-Request-ID"], "portal:sign_in", 200, "GET"),
        (second.headers["X-Request-ID"], "", 404, "GET"),
    ]
    assert first.headers["X-Request-ID"] != second.headers["X-Request-ID"]


def test_the_trail_and_the_problem_share_it_too(lines: Lines, now: Any) -> None:
    visit = make_appointment(now=now)
    assert visit.booked_by is not None
    browser = Client()
    browser.force_login(visit.booked_by, backend="people.backends.OneTimeCodeBackend")
    answer = browser.get(f"/visits/{visit.public_id}/")
    assert AuditEntry.objects.latest("pk").request_id == answer.headers["X-Request-ID"]
    refused = browser.get(f"/api/v1/appointments/{uuid4()}/")
    assert refused.json()["request_id"] == refused.headers["X-Request-ID"]


@pytest.mark.parametrize("key", sorted(PRIVATE_KEYS))
def test_private_values_are_dropped_by_their_key(lines: Lines, key: str) -> None:
    structlog.get_logger("test").warning("careless", **{key: "rosa@example.com"})
    (line,) = lines()
    assert line[key] == "[private]"
    assert "rosa" not in json.dumps(line)


def test_addresses_on_the_web_are_never_logged(
    client: Client, lines: Lines, now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They hold ids and tokens. Whatever the answer: found, missing, refused, broken."""
    visit = make_appointment(now=now)
    token = SurveyInvitation.objects.create(appointment=visit, planned_at=now, closes_at=now).token
    client.raise_request_exception = False
    statuses = [client.get(f"/s/{token}/thanks/").status_code]
    statuses.append(client.get(f"/s/{token}x/").status_code)
    statuses.append(client.get(f"/feeds/{token}.ics").status_code)
    statuses.append(client.get(f"/visits/{visit.public_id}/?next={token}").status_code)
    statuses.append(client.put(f"/visits/{visit.public_id}/booked/").status_code)
    guarded = Client(enforce_csrf_checks=True)
    statuses.append(guarded.post(f"/v/{visit.public_id}/").status_code)
    monkeypatch.setattr("portal.appointments.views.links.render", _break)
    statuses.append(client.get(f"/v/{visit.public_id}/").status_code)

    assert statuses == [200, 404, 404, 302, 302, 403, 500]
    told = json.dumps(lines())
    assert str(visit.public_id) not in told
    assert token not in told


def _break(request: HttpRequest, *_args: object) -> None:
    raise RuntimeError("broken on purpose")


def test_a_fault_is_logged_with_its_trace_and_its_request(
    client: Client, lines: Lines, now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = make_appointment(now=now)
    monkeypatch.setattr("portal.appointments.views.links.render", _break)
    client.raise_request_exception = False
    answer = client.get(f"/v/{visit.public_id}/")
    (fault,) = [line for line in lines() if line["level"] == "error"]
    assert "broken on purpose" in fault["exception"]
    assert fault["request_id"] == answer.headers["X-Request-ID"]


def test_a_whole_booking_leaves_nothing_private_in_the_logs(lines: Lines, now: Any) -> None:
    visit = make_appointment(now=now)
    rosa = Visitor()
    rosa.presses_a_time(visit.visit_type, visit.site, visit.ends_at)
    rosa.gives_details()
    digits = newest_code()
    rosa.types_code()
    rosa.presses_book()
    told = json.dumps(lines())
    assert len(lines()) >= 4
    for private in ("Rosa", "Alvarez", "1957", "5550142", "555 0142", "rosa@", digits):
        assert private not in told

"""GET never changes anything: scanners, previews and prefetchers open every link."""

import re
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.world import POST_ONLY, World, is_for_staff, make_world, readable

pytestmark = pytest.mark.django_db

WRITES = re.compile(r'^\s*(?:WITH .*?)?(INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.S | re.I)
# A browser's own session, and the trail of who read what.
MAY_BE_WRITTEN = {"django_session", "people_auditentry"}
# Pages that libraries bring answer as they like, as long as they write nothing.
OF_LIBRARIES = ("account_", "mfa_", "admin:")
# Ours that lead on: to the role's first page, to where a language was chosen, to where an e-mail
# is given; a visit in person has nothing to join; and no worker runs beside these tests.
ELSEWHERE = {
    "desk:home": 302,
    "set_language": 302,
    "portal:email_code": 302,
    "api:appointment-join": 404,
    "readyz": 503,
}


def opens(world: World, name: str, keys: list[str], **others: Any) -> tuple[int, set[str]]:
    """The status of an answer, and the tables that were written to."""
    browser = world.staff if is_for_staff(name) else world.rosa
    address = world.address(name, keys, **others)
    with CaptureQueriesContext(connection) as asked:
        answer = browser.get(address, world.query if name.startswith("api:") else {})
    return answer.status_code, written(asked)


def written(asked: CaptureQueriesContext) -> set[str]:
    found = (WRITES.match(each["sql"]) for each in asked.captured_queries)
    return {match[2] for match in found if match}


@pytest.fixture
def world(clock_at_now: datetime) -> World:
    return make_world(clock_at_now)


def test_opening_any_address_writes_nothing(world: World) -> None:
    changed, odd = {}, {}
    for name, keys in readable().items():
        status, tables = opens(world, name, keys)
        if tables - MAY_BE_WRITTEN:
            changed[name] = tables
        if status != (405 if name in POST_ONLY else 200) and not name.startswith(OF_LIBRARIES):
            odd[name] = status
    assert changed == {}
    assert odd == ELSEWHERE


def test_opening_a_visit_that_is_over_writes_nothing(world: World) -> None:
    about_a_visit = {name: keys for name, keys in readable().items() if "appointment_id" in keys}
    changed = {
        name: tables
        for name, keys in about_a_visit.items()
        if (tables := opens(world, name, keys, appointment_id=world.over.public_id)[1])
        - MAY_BE_WRITTEN
    }
    assert about_a_visit
    assert changed == {}


def test_a_scanner_without_a_session_writes_nothing(world: World) -> None:
    scanner = replace(world, rosa=Client(), staff=Client())
    for name, keys in readable().items():
        status, tables = opens(scanner, name, keys)
        # Whoever has a calendar's address reads as its owner, and leaves the owner's trail.
        assert tables <= (MAY_BE_WRITTEN if name == "feed" else {"django_session"}), name
        assert status < 500 or name == "readyz"  # no worker runs beside these tests


@pytest.mark.parametrize(
    ("sql", "table"),
    [
        ('INSERT INTO "people_person" ("x") VALUES (1)', "people_person"),
        ("\n    UPDATE messaging_message\n    SET state = 1", "messaging_message"),
        ('DELETE FROM "scheduling_hold" WHERE 1 = 1', "scheduling_hold"),
        ("WITH gone AS (SELECT 1) DELETE FROM scheduling_hold", "scheduling_hold"),
        ('SELECT "people_person"."id" FROM "people_person" FOR UPDATE', None),
    ],
)
def test_a_write_is_recognized(sql: str, table: str | None) -> None:
    match = WRITES.match(sql)
    assert (match[2] if match else None) == table

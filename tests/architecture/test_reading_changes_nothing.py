"""GET never changes anything: scanners, previews and prefetchers open every link."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.access import Who, rule_for
from feedback.models import SurveyInvitation
from feedback.services.surveys import plan_surveys
from messaging.models import Message, Task
from people.models import StaffRole, User
from scheduling.models import Appointment
from tests.architecture.test_routes import ALL, UNREACHABLE
from tests.builders import (
    at,
    days_after,
    make_appointment,
    make_clinician,
    make_group,
    make_site,
    make_staff,
    make_visit_type,
    see,
)
from tests.portal.visitor import PHONE, Visitor

pytestmark = pytest.mark.django_db

WRITES = re.compile(r'^\s*(?:WITH .*?)?(INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.S | re.I)
# A browser's own session, and the trail of who read what.
MAY_BE_WRITTEN = {"django_session", "people_auditentry"}
# These take a POST or nothing.
POST_ONLY = {
    "portal:hold",
    "portal:release",
    "portal:extend",
    "portal:sign_out",
    "checkin:check_in",
    "checkin:no_show",
    "checkin:call_in",
    "messaging:status",
    "messaging:voice",
    "messaging:voice_key",
    "inbound_sms",
    "api:holds",
    "api:hold-extend",
    "api:appointment-move",
    "api:appointment-confirm",
    "api:appointment-cancel",
}
# Pages that libraries bring answer as they like, as long as they write nothing.
OF_LIBRARIES = ("account_", "mfa_", "admin:")
# Ours that lead on: to the role's first page, to where a language was chosen, to where an e-mail
# is given; and no worker runs beside these tests.
ELSEWHERE = {"desk:home": 302, "set_language": 302, "portal:email_code": 302, "readyz": 503}
# Django's administration of accounts, by pages that take no row: the same code for every table.
ADMIN_WITH_A_ROW = re.compile(r"^admin:$|^admin:view_on_site$|_(history|delete|change)$")


KEY = re.compile(r"<(?:\w+:)?(\w+)>")


def readable() -> dict[str, list[str]]:
    """Every route that may be read, with the names of the keys in its address."""
    return {
        name: KEY.findall(pattern)
        for name, pattern in ALL
        if name not in UNREACHABLE
        and not (name.startswith("admin:") and ADMIN_WITH_A_ROW.search(name))
    }


@dataclass(frozen=True, slots=True)
class World:
    """Somebody about to book, with one visit to come and one that is over; and the staff."""

    rosa: Client
    staff: Client
    keys: dict[str, Any]
    over: Appointment
    query: dict[str, Any]

    def opens(self, name: str, keys: list[str], **others: Any) -> tuple[int, set[str]]:
        """The status of an answer, and the tables that were written to."""
        rule = rule_for(name)
        for_staff = isinstance(rule, frozenset) or rule is Who.SIGNED_IN
        browser = self.staff if for_staff else self.rosa
        address = reverse(name, kwargs={key: (self.keys | others)[key] for key in keys})
        with CaptureQueriesContext(connection) as asked:
            answer = browser.get(address, self.query if name.startswith("api:") else {})
        return answer.status_code, written(asked)


def written(asked: CaptureQueriesContext) -> set[str]:
    found = (WRITES.match(each["sql"]) for each in asked.captured_queries)
    return {match[2] for match in found if match}


@pytest.fixture
def world(clock_at_now: datetime) -> World:
    make_group()
    site, visit_type = make_site(), make_visit_type(slug="blood-test")
    staff = make_staff(*StaffRole.Role, sites=[site])
    User.objects.filter(pk=staff.pk).update(is_superuser=True)  # for the tables of Django admin
    clinician = make_clinician(site=site, visit_types=[visit_type], user=staff)
    day = days_after(clock_at_now, 2)
    rosa = Visitor()
    rosa.books(visit_type, site, at(site, day, 9))
    to_come = Appointment.objects.get()
    over = make_appointment(
        now=clock_at_now - timedelta(days=4),
        starts_at=at(site, days_after(clock_at_now, -3), 9),
        site=site,
        visit_type=visit_type,
        clinician=clinician,
        patient=(User.objects.get(phone=PHONE), to_come.person),
    )
    see(over, by=staff, now=over.ends_at)
    plan_surveys(now=over.ends_at + timedelta(hours=3))
    rosa.reaches_review(visit_type, site, at(site, day, 11))
    rosa.browser.post(reverse("portal:sign_in"), {"address": PHONE})
    task = Task.objects.create(
        key="call", kind="call_back", title="Call", due_at=clock_at_now, created_at=clock_at_now
    )
    at_desk = Client()
    at_desk.force_login(staff)
    return World(
        rosa=rosa.browser,
        staff=at_desk,
        keys={
            "visit_type": visit_type.slug,
            "hold_id": rosa.hold,
            "appointment_id": to_come.public_id,
            "person_id": to_come.person.public_id,
            "token": SurveyInvitation.objects.get().token,
            "task_id": task.pk,
            "message_id": Message.objects.all()[0].public_id,
            "app_label": "account",
        },
        over=over,
        query={
            "visit_type": visit_type.slug,
            "site": site.pk,
            "first_day": day.isoformat(),
            "last_day": day.isoformat(),
        },
    )


def test_opening_any_address_writes_nothing(world: World) -> None:
    changed, odd = {}, {}
    for name, keys in readable().items():
        status, tables = world.opens(name, keys)
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
        if (tables := world.opens(name, keys, appointment_id=world.over.public_id)[1])
        - MAY_BE_WRITTEN
    }
    assert about_a_visit
    assert changed == {}


def test_a_scanner_without_a_session_writes_nothing(world: World) -> None:
    scanner = World(Client(), Client(), world.keys, world.over, world.query)
    for name, keys in readable().items():
        status, tables = scanner.opens(name, keys)
        assert tables <= {"django_session"}, name
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

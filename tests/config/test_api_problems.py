"""Errors of the API: problem details (RFC 9457), each with a code that never changes."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.test import Client
from drf_spectacular.validation import validate_schema
from pytest_django import Settings
from redis import Redis

from config.problems import CONTENT_TYPE, FACTS, FRAMEWORK
from portal.account.sessions import BACKEND
from scheduling.api.urls import urlpatterns
from scheduling.booking.services import lifecycle
from scheduling.models import Appointment
from scheduling.transitions import SETTLED_AFTER
from scheduling.waitlist.services.backfill import offer_freed_times
from tests.builders import ask_questions, make_appointment, make_clinician, miss_visits
from tests.rates import at_most

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

pytestmark = pytest.mark.django_db
VISITS = "/api/v1/appointments/"
WAITLIST = "/api/v1/waitlist/"


class Caller:
    """A program that Rosa has given her session. She has one visit, in two days."""

    def __init__(self, visit: Appointment) -> None:
        assert visit.booked_by is not None
        self.visit = visit
        self.program = Client()
        self.program.force_login(visit.booked_by, backend=BACKEND)

    def get(self, path: str, **headers: str) -> "Answer":
        return self.program.get(path, headers=headers)

    def post(self, path: str, body: Any = None, **headers: str) -> "Answer":
        return self.program.post(path, body or {}, content_type="application/json", headers=headers)

    def wish(self, *, hours: int, **more: Any) -> dict[str, Any]:
        starts_at = self.visit.starts_at + timedelta(hours=hours)
        visit = self.visit
        return {
            "visit_type": visit.visit_type.slug,
            "site": visit.site_id,
            "starts_at": starts_at.isoformat(),
        } | more

    def own(self, action: str = "") -> str:
        return f"{VISITS}{self.visit.public_id}/{action}"

    def over(self) -> None:
        assert self.visit.booked_by is not None
        lifecycle.cancel_appointment(
            appointment=self.visit,
            user=self.visit.booked_by,
            reason="",
            now=self.visit.created_at,
        )


def same_key_for_another_time(caller: Caller) -> "Answer":
    caller.post(VISITS, caller.wish(hours=1), **{"Idempotency-Key": "one"})
    return caller.post(VISITS, caller.wish(hours=2), **{"Idempotency-Key": "one"})


def confirmed_after_all_is_over(caller: Caller) -> "Answer":
    caller.over()
    return caller.post(caller.own("confirm/"))


def moved_too_late(caller: Caller) -> "Answer":
    Appointment.objects.filter(pk=caller.visit.pk).update(
        starts_at=caller.visit.created_at + timedelta(minutes=30)
    )
    return caller.post(caller.own("move/"), caller.wish(hours=1))


def accepted_after_passing(caller: Caller) -> "Answer":
    """Somebody gives up a time an hour before Rosa's, and she says no and then yes."""
    visit, now = caller.visit, caller.visit.created_at
    gone = make_appointment(
        now=now,
        starts_at=visit.starts_at - timedelta(hours=1),
        site=visit.site,
        visit_type=visit.visit_type,
        clinician=visit.clinician,
    )
    caller.post(WAITLIST, {"replaces": str(visit.public_id), "sites": [visit.site_id]})
    assert gone.booked_by is not None
    settled = now - SETTLED_AFTER
    lifecycle.cancel_appointment(appointment=gone, user=gone.booked_by, reason="", now=settled)
    offer_freed_times(now=now)
    (offer,) = caller.get(f"{WAITLIST}offers/").json()
    caller.post(f"{WAITLIST}offers/{offer['id']}/decline/")
    return caller.post(f"{WAITLIST}offers/{offer['id']}/accept/")


def posted_without_a_token(caller: Caller) -> "Answer":
    caller.program.handler.enforce_csrf_checks = True
    return caller.post(caller.own("confirm/"))


def asked_without_a_session(caller: Caller) -> "Answer":
    return Client().get(VISITS)


def held_before_any_question(caller: Caller) -> "Answer":
    ask_questions(caller.visit.visit_type)
    return caller.post("/api/v1/holds/", caller.wish(hours=1))


def booked_over_the_own_visit(caller: Caller) -> "Answer":
    make_clinician(site=caller.visit.site, visit_types=[caller.visit.visit_type])
    return caller.post(VISITS, caller.wish(hours=0), **{"Idempotency-Key": "one"})


def booked_after_a_missed_visit(caller: Caller) -> "Answer":
    visit_type = caller.visit.visit_type
    miss_visits(caller.visit.person, 1, now=caller.visit.created_at)
    visit_type.no_shows_allowed = 1
    visit_type.save()
    return caller.post(VISITS, caller.wish(hours=1), **{"Idempotency-Key": "one"})


ASKED: dict[str, tuple[int, Callable[[Caller], "Answer"]]] = {
    "slot_taken": (409, lambda caller: caller.post("/api/v1/holds/", caller.wish(hours=0))),
    "slot_not_offered": (
        422,
        lambda caller: caller.post("/api/v1/holds/", caller.wish(hours=-10)),
    ),
    "questions_first": (409, held_before_any_question),
    "book_by_phone": (409, booked_after_a_missed_visit),
    "has_visit_then": (409, booked_over_the_own_visit),
    "hold_expired": (410, lambda caller: caller.get(f"/api/v1/holds/{uuid4()}/")),
    "offer_gone": (409, accepted_after_passing),
    "illegal_transition": (409, confirmed_after_all_is_over),
    "too_late_to_change": (409, moved_too_late),
    "undo_over": (409, lambda caller: caller.post(caller.own("undo/"))),
    "idempotency_key_reused": (422, same_key_for_another_time),
    "not_found": (404, lambda caller: caller.get(f"{VISITS}{uuid4()}/")),
    "sign_in_first": (401, asked_without_a_session),
    "forbidden": (403, posted_without_a_token),
    "invalid": (400, lambda caller: caller.post("/api/v1/holds/", {"site": "nowhere"})),
    "malformed": (400, lambda caller: caller.post("/api/v1/holds/", "{")),
    "method_not_allowed": (405, lambda caller: caller.post("/api/v1/slots/")),
    "not_acceptable": (406, lambda caller: caller.get(VISITS, Accept="text/html")),
    "unsupported_media_type": (
        415,
        lambda caller: caller.program.post("/api/v1/holds/", {"site": "1"}),
    ),
}


@pytest.fixture
def caller(clock_at_now: datetime) -> Caller:
    return Caller(make_appointment(now=clock_at_now))


@pytest.mark.parametrize("code", ASKED)
def test_a_problem_says_what_it_is(caller: Caller, code: str) -> None:
    status, ask = ASKED[code]
    answer = ask(caller)
    problem = answer.json()
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, CONTENT_TYPE)
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["type"] == f"/problems/{code.replace('_', '-')}"
    assert problem["title"].endswith(".")
    assert problem["request_id"] == answer.headers["X-Request-ID"]


def test_every_code_there_is_was_asked_for() -> None:
    codes = {code for _, code, _ in FACTS.values()} | {code for code, _ in FRAMEWORK.values()}
    assert codes == {*ASKED, "too_many_requests"}


@pytest.mark.parametrize("code", ["slot_taken", "slot_not_offered"])
def test_a_time_that_is_not_to_be_had_comes_with_others(caller: Caller, code: str) -> None:
    alternatives = ASKED[code][1](caller).json()["alternatives"]
    assert alternatives
    assert caller.post("/api/v1/holds/", caller.wish(hours=0) | alternatives[0]).status_code == 201


def test_what_is_invalid_is_named_by_field(caller: Caller) -> None:
    errors = caller.post("/api/v1/holds/", {"site": "nowhere"}).json()["errors"]
    assert set(errors) == {"site", "starts_at", "visit_type"}
    assert all(isinstance(text, str) for texts in errors.values() for text in texts)


def test_asking_too_much_is_told_when_to_come_back(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_most(settings, anon="3/min")
    monkeypatch.setattr("infrastructure.limits.Rate.timer", lambda self: 1_800_000_030.0)
    answers = [client.get("/api/v1/visit-types/") for _ in range(4)]
    assert [each.status_code for each in answers] == [200, 200, 200, 429]
    refused = answers[-1]
    assert refused.json()["code"] == "too_many_requests"
    assert refused.headers["Content-Type"] == CONTENT_TYPE
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    another = client.get("/api/v1/visit-types/", REMOTE_ADDR="203.0.113.9")
    assert another.status_code == 200


def test_the_next_minute_is_counted_anew(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_most(settings, anon="1/min")
    monkeypatch.setattr("infrastructure.limits.Rate.timer", lambda self: 1_800_000_030.0)
    assert client.get("/api/v1/visit-types/").status_code == 200
    assert client.get("/api/v1/visit-types/").status_code == 429
    monkeypatch.setattr("infrastructure.limits.Rate.timer", lambda self: 1_800_000_060.0)
    assert client.get("/api/v1/visit-types/").status_code == 200


def test_accounts_are_counted_apart_from_their_address(
    client: Client, settings: Settings, caller: Caller
) -> None:
    at_most(settings, anon="1/min", user="2/min")
    answers = [client.get("/api/v1/visit-types/") for _ in range(2)]
    assert [each.status_code for each in answers] == [200, 429]
    signed_in = [caller.get(VISITS) for _ in range(3)]
    assert [each.status_code for each in signed_in] == [200, 200, 429]


def test_nobody_is_refused_while_there_is_no_redis(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_most(settings, anon="1/min")
    nowhere = Redis.from_url("redis://127.0.0.1:9")
    monkeypatch.setattr("infrastructure.limits.redis", lambda: nowhere)
    answers = [client.get("/api/v1/visit-types/") for _ in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 200]


def test_the_schema_is_valid_openapi_and_names_every_route(client: Client) -> None:
    schema = client.get("/api/v1/schema/", headers={"Accept": "application/json"}).json()
    validate_schema(schema)  # type: ignore[no-untyped-call]
    routes = {re.sub(r"<\w+:(\w+)>", r"{\1}", str(each.pattern)) for each in urlpatterns}
    assert set(schema["paths"]) == {f"/api/v1/{route}" for route in routes}


def test_the_schema_is_made_without_a_warning() -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, file="/dev/null")


def test_the_schema_can_be_browsed(client: Client) -> None:
    page = client.get("/api/v1/docs/")
    assert page.status_code == 200
    assert "<script>" not in page.content.decode()

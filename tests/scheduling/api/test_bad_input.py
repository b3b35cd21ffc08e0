"""A time that was edited on its way: each is a clear problem at each door, and nothing is written.

The doors are holding, booking and moving, through the API; the portal's pages call the same
services, and ``tests/portal/test_held_times.py`` forges their buttons.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from people.models import User
from scheduling.models import Appointment, AvailabilityException
from tests.builders import make_appointment, make_patient, make_site, make_visit_type
from tests.scheduling.world import TOMORROW, Clinic, make_clinic, rows_written

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_at_now")]


@dataclass
class Desk:
    """A clinic with one visit of somebody else at 10:00 tomorrow, and Rosa with one at 14:00."""

    clinic: Clinic
    rosa: Client
    own: Appointment
    others: Appointment
    now: datetime

    def wish(self, starts_at: datetime, **more: Any) -> dict[str, Any]:
        return {
            "visit_type": self.clinic.visit_type.slug,
            "site": self.clinic.site.pk,
            "starts_at": starts_at.isoformat(),
            **more,
        }

    def post(self, name: str, body: dict[str, Any], *ids: object) -> Any:
        return self.rosa.post(
            reverse(f"api:{name}", args=ids),
            body,
            content_type="application/json",
            headers={"Idempotency-Key": uuid.uuid4().hex},
        )


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="people.backends.OneTimeCodeBackend")
    return client


@pytest.fixture
def desk(now: datetime) -> Desk:
    clinic = make_clinic(buffer_before=10, buffer_after=10, notice=120)
    rosa, other = make_patient(), make_patient(phone="+12125550177")

    def visit(patient: Any, hour: int) -> Appointment:
        return make_appointment(
            now=now,
            starts_at=clinic.at(hour),
            site=clinic.site,
            visit_type=clinic.visit_type,
            clinician=clinic.clinician,
            patient=patient,
        )

    return Desk(clinic, signed_in(rosa[0]), visit(rosa, 14), visit(other, 10), now)


def another_type(desk: Desk) -> dict[str, Any]:
    return desk.wish(desk.clinic.at(11), visit_type=make_visit_type(slug="x-ray").slug)


def closed_that_day(desk: Desk) -> dict[str, Any]:
    AvailabilityException.objects.create(
        site=desk.clinic.site, on_date=TOMORROW + timedelta(days=1), effect="closed"
    )
    return desk.wish(desk.clinic.at(11, day=TOMORROW + timedelta(days=1)))


def closed_for_good(desk: Desk) -> dict[str, Any]:
    closed = make_site(zone="America/New_York")
    closed.active = False
    closed.save()
    return desk.wish(desk.clinic.at(11), site=closed.pk)


@dataclass(frozen=True)
class Bad:
    """A request that cannot be granted, and how it is answered."""

    body: Callable[[Desk], dict[str, Any]]
    status: int
    code: str
    reason: str = ""
    field: str = ""


BAD = {
    "edited in the address": Bad(
        lambda desk: desk.wish(desk.clinic.at(11, 7)), 422, "slot_not_offered", "not_offered"
    ),
    "at night": Bad(
        lambda desk: desk.wish(desk.clinic.at(3)), 422, "slot_not_offered", "not_offered"
    ),
    "in the past": Bad(
        lambda desk: desk.wish(desk.now - timedelta(days=1)), 422, "slot_not_offered", "past"
    ),
    "too soon": Bad(
        lambda desk: desk.wish(desk.now + timedelta(minutes=30)),
        422,
        "slot_not_offered",
        "too_soon",
    ),
    "beyond the horizon": Bad(
        lambda desk: desk.wish(desk.clinic.at(11, day=TOMORROW + timedelta(days=400))),
        422,
        "slot_not_offered",
        "too_far",
    ),
    "somebody else's": Bad(lambda desk: desk.wish(desk.clinic.at(10)), 409, "slot_taken"),
    "inside a buffer": Bad(lambda desk: desk.wish(desk.clinic.at(10, 30)), 409, "slot_taken"),
    "a closed day": Bad(closed_that_day, 422, "slot_not_offered", "closed"),
    "a closed site": Bad(closed_for_good, 400, "invalid", field="site"),
    "an unknown site": Bad(
        lambda desk: desk.wish(desk.clinic.at(11), site=10**9), 400, "invalid", field="site"
    ),
    "a site that is no number": Bad(
        lambda desk: desk.wish(desk.clinic.at(11), site="'; --"), 400, "invalid", field="site"
    ),
    "a number too long for a row": Bad(
        lambda desk: desk.wish(desk.clinic.at(11), site=10**30), 400, "invalid", field="site"
    ),
    "a number too long for Python": Bad(
        lambda desk: desk.wish(desk.clinic.at(11), site="9" * 5000), 400, "invalid", field="site"
    ),
    "an unknown clinician": Bad(
        lambda desk: desk.wish(desk.clinic.at(11), clinician=10**9),
        400,
        "invalid",
        field="clinician",
    ),
    "no time at all": Bad(
        lambda desk: desk.wish(desk.clinic.at(11)) | {"starts_at": "soon"},
        400,
        "invalid",
        field="starts_at",
    ),
    "the end of time": Bad(
        lambda desk: desk.wish(desk.clinic.at(11)) | {"starts_at": "9999-12-31T23:59:59Z"},
        422,
        "slot_not_offered",
        "too_far",
    ),
}
OF_A_TYPE = {
    "another kind of visit": Bad(another_type, 422, "slot_not_offered", "not_offered"),
    "an unknown kind of visit": Bad(
        lambda desk: desk.wish(desk.clinic.at(11), visit_type="surgery"),
        400,
        "invalid",
        field="visit_type",
    ),
}


def refused(desk: Desk, bad: Bad, ask: Callable[[dict[str, Any]], Any]) -> None:
    body, before = bad.body(desk), rows_written()
    answer = ask(body)
    problem = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.status_code, problem["code"]) == (bad.status, bad.code), problem
    assert problem["title"]
    assert problem.get("reason", "") == bad.reason
    if bad.reason:
        assert problem["detail"]
    if bad.field:
        assert list(problem["errors"]) == [bad.field]
    wrote = {name: n for name, n in rows_written().items() if n != before[name]}
    assert wrote.keys() <= {"AuditEntry"}, "that it was looked at may be written down"


@pytest.mark.parametrize("bad", (BAD | OF_A_TYPE).values(), ids=(BAD | OF_A_TYPE).keys())
def test_it_is_not_held(desk: Desk, bad: Bad) -> None:
    refused(desk, bad, lambda body: desk.post("holds", body))


@pytest.mark.parametrize("bad", (BAD | OF_A_TYPE).values(), ids=(BAD | OF_A_TYPE).keys())
def test_it_is_not_booked(desk: Desk, bad: Bad) -> None:
    refused(desk, bad, lambda body: desk.post("appointments", body))


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_no_visit_is_moved_there(desk: Desk, bad: Bad) -> None:
    refused(desk, bad, lambda body: desk.post("appointment-move", body, desk.own.public_id))
    desk.own.refresh_from_db()
    assert (desk.own.starts_at, desk.own.version) == (desk.clinic.at(14), 1)


@pytest.mark.parametrize("door", ["appointment-move", "appointment-cancel", "appointment-confirm"])
@pytest.mark.parametrize("whose", ["nobody's", "another person's"])
def test_what_is_not_hers_does_not_exist(desk: Desk, door: str, whose: str) -> None:
    visit = desk.others.public_id if whose == "another person's" else uuid.uuid4()
    before = rows_written()
    answer = desk.post(door, desk.wish(desk.clinic.at(11)), visit)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert rows_written() == before


def test_a_hold_nobody_has_is_over(desk: Desk) -> None:
    before = rows_written()
    answer = desk.post("appointments", {"hold": str(uuid.uuid4())})
    assert (answer.status_code, answer.json()["code"]) == (410, "hold_expired")
    assert rows_written() == before

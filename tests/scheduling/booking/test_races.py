"""Many at once: real threads with connections of their own, through the whole API."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from random import Random
from time import monotonic
from typing import Any, TypeVar

import pytest
from django.db import connection, connections
from django.test import Client
from django.urls import reverse

from scheduling.models import Allocation, Appointment, AppointmentEvent, AvailabilityRule, Hold
from tests.builders import make_patient
from tests.scheduling.world import Clinic, make_clinic

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("clock_at_now", "no_deadlock"),
]
Told = TypeVar("Told")
HALF_HOUR = timedelta(minutes=30)

OVERLAPS = """
    SELECT count(*)
    FROM scheduling_allocation AS one
    JOIN scheduling_allocation AS other
      ON one.resource_id = other.resource_id AND one.unit = other.unit AND one.id < other.id
     AND one.during && other.during
    WHERE one.active AND other.active
"""


@dataclass
class Answer:
    status: int
    body: Any


def query(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.fetchone()[0])


def all_at_once(calls: Sequence[Callable[[], Told]]) -> list[Told]:
    """Make every call in a thread of its own, all starting together; and say how long it took."""
    start = threading.Barrier(len(calls) + 1)

    def run(call: Callable[[], Told]) -> Told:
        try:
            connection.ensure_connection()
            start.wait(timeout=60)
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        running = [pool.submit(run, call) for call in calls]
        start.wait(timeout=60)
        began = monotonic()
        told = [each.result() for each in running]
    print(f"\n{len(calls)} at once: {monotonic() - began:.2f} s")  # noqa: T201
    return told


def signed_in() -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(make_patient()[0], backend="people.backends.OneTimeCodeBackend")
    return client


def post(client: Client, name: str, body: Any, *ids: Any, key: str = "key") -> Answer:
    response = client.post(
        reverse(f"api:{name}", args=ids),
        body,
        content_type="application/json",
        headers={"Idempotency-Key": key},
    )
    return Answer(response.status_code, response.json())


def wish(clinic: Clinic, starts_at: datetime) -> dict[str, Any]:
    return {
        "visit_type": clinic.visit_type.slug,
        "site": clinic.site.pk,
        "starts_at": starts_at.isoformat(),
    }


def test_of_fifty_who_want_one_time_one_gets_it_and_the_others_are_offered_more() -> None:
    clinic = make_clinic()
    wanted = wish(clinic, clinic.at(10))
    clients = [signed_in() for _ in range(50)]
    answers = all_at_once([partial(post, client, "appointments", wanted) for client in clients])
    assert Counter(each.status for each in answers) == {201: 1, 409: 49}
    lost = [each.body for each in answers if each.status == 409]
    assert {body["code"] for body in lost} == {"slot_taken"}
    for body in lost:
        offered = [slot["starts_at"] for slot in body["alternatives"]]
        assert len(offered) == 5
        assert clinic.at(10).isoformat() not in offered
    assert Appointment.objects.count() == AppointmentEvent.objects.count() == 1
    assert query(OVERLAPS) == 0


def test_whoever_is_with_anyone_shares_the_clinicians_out() -> None:
    clinic = make_clinic()
    for _ in range(5):
        clinic.add_clinician()
    clients = [signed_in() for _ in range(24)]
    wanted = wish(clinic, clinic.at(10))
    answers = all_at_once([partial(post, client, "appointments", wanted) for client in clients])
    assert Counter(each.status for each in answers) == {201: 6, 409: 18}
    assert Appointment.objects.values("clinician").distinct().count() == 6


def test_twenty_requests_with_one_key_are_one_visit_and_one_answer() -> None:
    clinic = make_clinic()
    clinic.add_clinician()
    user, _ = make_patient()
    windows = [Client(raise_request_exception=False) for _ in range(20)]
    for window in windows:
        window.force_login(user, backend="people.backends.OneTimeCodeBackend")
    wanted = wish(clinic, clinic.at(10))
    answers = all_at_once([partial(post, window, "appointments", wanted) for window in windows])
    assert {each.status for each in answers} == {201}
    assert all(each.body == answers[0].body for each in answers)
    assert Appointment.objects.count() == 1
    assert Allocation.objects.filter(active=True).count() == 1


@dataclass
class Hurried:
    """A patient who books, moves and perhaps cancels, as fast as the answers come."""

    client: Client
    clinic: Clinic
    random: Random

    def any_time(self) -> dict[str, Any]:
        quarter = timedelta(minutes=15 * self.random.randrange(80))
        return wish(self.clinic, self.clinic.at(1) + quarter)

    def __call__(self) -> list[Answer]:
        answers = [post(self.client, "appointments", self.any_time(), key="first")]
        visit = answers[0].body.get("id")
        if visit is None:
            answers.append(post(self.client, "appointments", self.any_time(), key="second"))
            return answers
        answers.append(post(self.client, "appointment-move", self.any_time(), visit, key="move"))
        if self.random.random() < 0.5:
            answers.append(post(self.client, "appointment-cancel", {}, visit, key="cancel"))
        return answers


def test_bookings_moves_and_cancellations_on_one_clinician_never_overlap() -> None:
    """Hour-long visits on a grid of quarters: whatever two want, they mostly want the same."""
    clinic = make_clinic(minutes=60, step=15)
    AvailabilityRule.objects.update(starts=time(0), ends=time(23))
    hurried = [Hurried(signed_in(), clinic, Random(number)) for number in range(50)]
    answers = [answer for told in all_at_once(hurried) for answer in told]
    statuses = Counter(each.status for each in answers)
    print(dict(statuses))  # noqa: T201
    assert set(statuses) <= {200, 201, 409}
    assert statuses[201] >= 3
    assert query(OVERLAPS) == 0
    for visit in Appointment.objects.all():
        kept = list(visit.allocations.filter(active=True))
        assert len(kept) == (0 if visit.status == "canceled" else 1)
        for allocation in kept:
            assert allocation.during.lower == visit.starts_at
    moved = AppointmentEvent.objects.filter(kind="moved").count()
    assert moved == sum(visit.version - 1 for visit in Appointment.objects.all())


def test_of_thirty_browsers_one_holds_the_time() -> None:
    clinic = make_clinic()
    wanted = wish(clinic, clinic.at(10))
    browsers = [Client(raise_request_exception=False) for _ in range(30)]
    answers = all_at_once([partial(post, browser, "holds", wanted) for browser in browsers])
    assert Counter(each.status for each in answers) == {201: 1, 409: 29}


def test_one_browser_that_presses_ten_times_at_once_holds_two() -> None:
    clinic = make_clinic()
    browser = Client(raise_request_exception=False)
    post(browser, "holds", wish(clinic, clinic.at(16)))
    windows = []
    for _ in range(10):
        window = Client(raise_request_exception=False)
        window.cookies = browser.cookies
        windows.append(window)
    answers = all_at_once(
        [
            partial(post, window, "holds", wish(clinic, clinic.at(9) + n * HALF_HOUR))
            for n, window in enumerate(windows)
        ]
    )
    assert {each.status for each in answers} == {201}
    assert Hold.objects.filter(allocations__active=True).count() == 2

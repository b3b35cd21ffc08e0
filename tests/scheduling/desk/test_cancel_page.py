"""The desk cancels for somebody who calls, also when it is too late for them."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from messaging.models import Message
from scheduling.models import Appointment
from tests.builders import make_site, make_staff
from tests.scheduling.waiting import book
from tests.scheduling.world import Clinic, make_clinic

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Clinic:
    return make_clinic()


@pytest.fixture
def visit(clinic: Clinic, now: datetime) -> Appointment:
    return book(clinic, clinic.at(10), now=now)


def desk_at(*sites: Any) -> Client:
    client = Client()
    client.force_login(make_staff("front_desk", sites=list(sites)))
    return client


def cancel(client: Client, visit: Appointment, reason: str = "the bus") -> Any:
    to = reverse("calendar:cancel", args=[visit.public_id])
    return client.post(to, {"reason": reason, "version": visit.version}, follow=True)


def test_a_late_cancellation_is_done_told_and_recorded(
    clinic: Clinic, visit: Appointment, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = visit.starts_at - timedelta(minutes=30)
    monkeypatch.setattr("clock.now", lambda: late)
    desk = desk_at(clinic.site)
    page = desk.get(reverse("calendar:move", args=[visit.public_id])).content.decode()
    assert reverse("calendar:cancel", args=[visit.public_id]) in page
    assert "is canceled late" in cancel(desk, visit).content.decode()
    event = visit.events.get(to_status="canceled")
    assert (event.late, event.reason) == (True, "the bus")
    letters = Message.objects.filter(kind="appointment_canceled")
    assert {each.due_at for each in letters} == {late}


@pytest.mark.usefixtures("clock_at_now")
def test_it_takes_a_reason_and_the_right_site(clinic: Clinic, visit: Appointment) -> None:
    without = cancel(desk_at(clinic.site), visit, reason=" ")
    assert without.status_code == 422
    assert "Say why." in without.content.decode()
    assert cancel(desk_at(make_site()), visit).status_code == 404
    visit.refresh_from_db()
    assert visit.status == "booked"


@pytest.mark.usefixtures("clock_at_now")
def test_pressing_twice_is_fine(clinic: Clinic, visit: Appointment) -> None:
    desk = desk_at(clinic.site)
    for _ in range(2):
        assert "They will be told." in cancel(desk, visit).content.decode()
    assert visit.events.filter(to_status="canceled").count() == 1

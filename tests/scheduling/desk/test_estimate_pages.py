"""The desk's queue of price estimates, and giving one."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from messaging.models import Message
from people.models import StaffRole
from scheduling.models import Appointment, Estimate, Site
from scheduling.prices.services import plan_estimates
from tests.builders import make_site, make_staff
from tests.scheduling.prices.test_estimate_rows import visit_in

pytestmark = pytest.mark.django_db


def browser_of(*roles: str, sites: list[Site]) -> Client:
    browser = Client()
    browser.force_login(make_staff(*roles, sites=sites))
    return browser


def test_the_queue_says_who_and_by_when_and_what_is_late(
    clock_at_now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    near, far = visit_in(7, now=clock_at_now), visit_in(21, now=clock_at_now)
    plan_estimates(now=clock_at_now)
    monkeypatch.setattr("clock.now", lambda: clock_at_now + timedelta(days=2))
    desk = browser_of(StaffRole.Role.FRONT_DESK, sites=[near.site, far.site])
    page = desk.get("/desk/estimates/").content.decode()
    assert page.index("November 24") < page.index("November 27")
    assert page.count("Late</") == 1
    assert "Pays themselves" in page
    assert "Rosa Alvarez" in page


def test_one_is_read_printed_and_given_with_a_press(clock_at_now: datetime) -> None:
    visit = visit_in(7, now=clock_at_now)
    plan_estimates(now=clock_at_now)
    desk = browser_of(StaffRole.Role.FRONT_DESK, sites=[visit.site])
    address = f"/desk/estimates/{visit.public_id}/"
    page = desk.get(address).content.decode()
    for shown in ("Good faith estimate", "Rosa Alvarez", "March 28, 1957", "Blood test", "$45"):
        assert shown in page
    for _ in range(2):
        assert desk.post(address).headers["Location"] == "/desk/estimates/"
    assert "has the estimate" in desk.get("/desk/estimates/").content.decode()
    assert "Given on" in desk.get(address).content.decode()
    assert Message.objects.filter(kind="estimate_ready").count() == 1


def test_one_is_given_to_who_asks_on_the_phone(clock_at_now: datetime) -> None:
    visit = visit_in(1, now=clock_at_now, pays="")
    desk = browser_of(StaffRole.Role.AGENT, sites=[visit.site])
    address = f"/desk/estimates/{visit.public_id}/"
    assert "Not due by law." in desk.get(address).content.decode()
    assert not Estimate.objects.exists()
    desk.post(address)
    given = Estimate.objects.get()
    assert (given.requested_at, given.given_at) == (clock_at_now, clock_at_now)


def test_a_visit_that_is_over_takes_none(
    clock_at_now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = visit_in(1, now=clock_at_now, pays="")
    monkeypatch.setattr("clock.now", lambda: clock_at_now + timedelta(days=3))
    desk = browser_of(StaffRole.Role.AGENT, sites=[visit.site])
    address = f"/desk/estimates/{visit.public_id}/"
    assert "No estimate was given." in desk.get(address).content.decode()
    assert "It needs no estimate." in desk.post(address, follow=True).content.decode()
    assert not Estimate.objects.exists()


def test_it_is_printed_in_the_patients_language(clock_at_now: datetime) -> None:
    visit = visit_in(7, now=clock_at_now)
    visit.person.language = "es"
    visit.person.save()
    plan_estimates(now=clock_at_now)
    desk = browser_of(StaffRole.Role.AGENT, sites=[visit.site])
    page = desk.get(f"/desk/estimates/{visit.public_id}/").content.decode()
    assert "Presupuesto de buena fe" in page
    assert "Análisis de sangre" in page
    assert "Give it to the patient" in page


@pytest.mark.parametrize(
    ("role", "status"),
    [("front_desk", 200), ("agent", 200), ("administrator", 200), ("clinician", 404)],
)
def test_whose_work_it_is(clock_at_now: datetime, role: str, status: int) -> None:
    assert browser_of(role, sites=[make_site()]).get("/desk/estimates/").status_code == status


def test_other_sites_estimates_do_not_exist(clock_at_now: datetime) -> None:
    visit = visit_in(7, now=clock_at_now)
    plan_estimates(now=clock_at_now)
    elsewhere = browser_of(StaffRole.Role.FRONT_DESK, sites=[make_site()])
    address = f"/desk/estimates/{visit.public_id}/"
    assert elsewhere.get(address).status_code == 404
    assert elsewhere.post(address).status_code == 404
    assert Estimate.objects.get().given_at is None


def test_a_visit_that_was_canceled_meanwhile_is_told(clock_at_now: datetime) -> None:
    visit = visit_in(7, now=clock_at_now)
    plan_estimates(now=clock_at_now)
    visit.status = "canceled"
    visit.save()
    desk = browser_of(StaffRole.Role.FRONT_DESK, sites=[visit.site])
    answer = desk.post(f"/desk/estimates/{visit.public_id}/", follow=True)
    assert "It needs no estimate." in answer.content.decode()


def test_the_queue_is_paged_and_asks_the_same_however_long_it_is(clock_at_now: datetime) -> None:
    first = visit_in(7, now=clock_at_now)
    plan_estimates(now=clock_at_now)
    desk = browser_of(StaffRole.Role.FRONT_DESK, sites=[first.site])
    desk.get("/desk/estimates/")

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert desk.get("/desk/estimates/").status_code == 200
        return len(asked)

    alone = queries()
    Estimate.objects.bulk_create(
        [
            Estimate(
                appointment=copy_of(first, number),
                version=1,
                due_on=clock_at_now.date(),
                created_at=clock_at_now,
            )
            for number in range(1, 30)
        ]
    )
    assert queries() == alone
    page = desk.get("/desk/estimates/").content.decode()
    assert page.count("See and give") == 25
    assert "Page 1 of 2" in page


def copy_of(visit: Appointment, number: int) -> Appointment:
    """Another row of the same visit, a day later each."""
    copied = Appointment.objects.get(pk=visit.pk)
    copied.pk, copied.public_id = None, uuid4()
    copied.starts_at += timedelta(days=number)
    copied.ends_at += timedelta(days=number)
    copied.save()
    return copied

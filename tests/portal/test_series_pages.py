"""Ten visits in one press, on the pages: a wish, a plan with its conflicts, and what is left."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from portal.account.sessions import BACKEND
from scheduling.models import Appointment, AvailabilityException, Series, VisitType
from tests.builders import make_appointment, make_clinician, make_patient
from tests.portal.conftest import Clinic

WISH: dict[str, Any] = {
    "count": "10",
    "weekdays": ["1", "4"],
    "earliest": "15:00",
    "latest": "",
    "site": "lake",
    "first_day": "2026-11-24",
}


@pytest.fixture
def rosa(clinic: Clinic) -> Client:
    VisitType.objects.update(series_most=12)
    return browser()


def browser() -> Client:
    client = Client()
    client.force_login(make_patient()[0], backend=BACKEND)
    return client


def address(clinic: Clinic) -> str:
    return reverse("portal:plan_series", args=[clinic.visit_type.slug])


def plan(client: Client, clinic: Clinic, **wish: Any) -> Any:
    return client.get(address(clinic), WISH | wish)


def press(client: Client, planned: Any, clinic: Clinic, **more: Any) -> Any:
    """Take everything as the page proposes it."""
    chosen = {
        f"time-{each['field']}": (each["choice"] or each["alternatives"][0])["value"]
        for each in planned.context["plan"]
    }
    to = f"{address(clinic)}?{planned.wsgi_request.META['QUERY_STRING']}"
    return client.post(to, chosen | {"key": planned.context.get("key", "")} | more)


def has_ten(client: Client, clinic: Clinic) -> tuple[Series, list[Appointment]]:
    press(client, plan(client, clinic), clinic)
    series = Series.objects.get()
    return series, list(series.appointments.order_by("starts_at"))


def test_who_is_not_signed_in_signs_in_first_and_comes_back(clinic: Clinic, rosa: Client) -> None:
    answer = Client().get(address(clinic), {"count": "10"})
    assert answer.headers["Location"].startswith("/sign-in/?next=%2Fbook%2Fblood-test%2Fseries")


def test_one_at_a_time_has_no_such_page(clinic: Clinic, rosa: Client) -> None:
    VisitType.objects.update(series_most=None)
    assert rosa.get(address(clinic)).status_code == 404


def test_a_wish_becomes_a_plan_and_a_press_books_it(clinic: Clinic, rosa: Client) -> None:
    closed = date(2026, 11, 27)
    AvailabilityException.objects.create(site=clinic.site, on_date=closed, effect="closed")
    assert "Which days?" in rosa.get(address(clinic)).content.decode()
    planned = plan(rosa, clinic)
    page = planned.content.decode()
    assert "Friday, November 27 is not free." in page
    assert "Leave this one out" in page
    assert not Appointment.objects.exists()
    answer = press(rosa, planned, clinic)
    series = Series.objects.get()
    assert answer.headers["Location"] == reverse("portal:series", args=[series.public_id])
    shown = rosa.get(answer.headers["Location"]).content.decode()
    assert "10 visits are booked." in shown
    assert "10 of 10" in shown
    for _ in range(2):  # pressed again
        press(rosa, planned, clinic)
    assert Appointment.objects.count() == 10


def test_what_is_left_out_is_not_booked(clinic: Clinic, rosa: Client) -> None:
    planned = plan(rosa, clinic)
    press(rosa, planned, clinic, **{"time-1": "", "time-2": ""})
    assert Appointment.objects.count() == 8


def test_days_on_which_nobody_works_are_told_apart_from_better_ones(
    clinic: Clinic, rosa: Client
) -> None:
    clinic.clinician.resource.availability_rules.filter(weekday__in=[1, 4]).delete()
    planned = plan(rosa, clinic, weekdays=["1"])
    assert planned.context["better_days"] == ["Monday", "Wednesday"]
    assert "Most of these days are not free" in planned.content.decode()
    first = planned.context["plan"][0]["alternatives"][0]["starts_at"]
    assert first.date() >= date(2026, 11, 24), "never before the day to begin with"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"weekdays": []}, "Choose at least one day of the week."),
        ({"first_day": "soon"}, "Enter the day to begin with."),
        ({"first_day": "9999-12-31"}, "Choose a day no later than May 22, 2027."),
        ({"earliest": "15:00", "latest": "09:00"}, "Choose a later hour"),
        ({"count": "99"}, "Select a valid choice"),
    ],
)
def test_a_wish_that_cannot_be_says_what_to_do(
    clinic: Clinic, rosa: Client, wrong: dict[str, Any], words: str
) -> None:
    answer = plan(rosa, clinic, **wrong)
    assert words in answer.content.decode()
    assert "plan" not in answer.context


def test_a_first_day_long_ago_is_today(clinic: Clinic, rosa: Client) -> None:
    planned = plan(rosa, clinic, first_day="0001-01-01")
    assert planned.context["plan"][0]["choice"]["starts_at"].date() == date(2026, 11, 24)


def test_it_can_be_with_one_clinician(clinic: Clinic, rosa: Client) -> None:
    assert "With whom?" not in rosa.get(address(clinic)).content.decode()
    other = make_clinician(site=clinic.site, visit_types=[clinic.visit_type], name="Dr. Okafor")
    for chosen in (clinic.clinician, other):
        planned = plan(rosa, clinic, clinician=str(chosen.pk))
        assert "With whom?" in planned.content.decode()
        seen_by = {each["choice"]["clinician"] for each in planned.context["plan"]}
        assert seen_by == {chosen.name}
    press(rosa, planned, clinic)
    assert set(Appointment.objects.values_list("clinician", flat=True)) == {other.pk}


def test_it_can_be_by_video(clinic: Clinic, rosa: Client) -> None:
    assert "How do you want to meet?" not in rosa.get(address(clinic)).content.decode()
    VisitType.objects.update(modes=["in_person", "video"])
    assert "How do you want to meet?" in rosa.get(address(clinic)).content.decode()
    press(rosa, plan(rosa, clinic, mode="video"), clinic)
    assert set(Appointment.objects.values_list("mode", flat=True)) == {"video"}


def test_a_time_that_somebody_took_can_be_chosen_anew(
    clinic: Clinic, rosa: Client, now: datetime
) -> None:
    planned = plan(rosa, clinic)
    third = planned.context["plan"][2]["choice"]["starts_at"]
    make_appointment(
        now=now,
        starts_at=third,
        site=clinic.site,
        visit_type=clinic.visit_type,
        clinician=clinic.clinician,
    )
    answer = press(rosa, planned, clinic)
    assert answer.status_code == 409
    assert "Somebody else was faster" in answer.content.decode()
    (lost,) = answer.context["lost"]
    series = Series.objects.get()
    assert series.appointments.count() == 9
    slot = lost.alternatives[0]
    posted = {
        "key": answer.context["key"],
        "time-1": f"{slot.starts_at:%Y-%m-%dT%H:%M:%SZ}|{slot.clinician_id}",
    }
    rosa.post(reverse("portal:add_to_series", args=[series.public_id]), posted)
    assert series.appointments.count() == 10


def test_the_visit_says_where_it_stands(clinic: Clinic, rosa: Client) -> None:
    _, visits = has_ten(rosa, clinic)
    page = rosa.get(reverse("portal:appointment", args=[visits[2].public_id])).content.decode()
    assert "Visit 3 of 10" in page
    assert "Cancel this and all later ones" in page


def test_the_rest_is_canceled_in_one_press_and_taken_back(clinic: Clinic, rosa: Client) -> None:
    series, visits = has_ten(rosa, clinic)
    to = reverse("portal:cancel_series", args=[series.public_id])
    asked = f"{to}?from={visits[4].public_id}"
    page = rosa.get(asked)
    assert "These 6 visits" in page.content.decode()
    shown = rosa.post(asked, {"reason": "cost", "key": page.context["key"]}, follow=True)
    assert "6 visits are canceled." in shown.content.decode()
    assert series.appointments.filter(status="booked").count() == 4
    back = rosa.post(reverse("portal:undo_series", args=[series.public_id]), follow=True)
    assert "Your visits are as they were before." in back.content.decode()
    assert series.appointments.filter(status="booked").count() == 10


def test_the_rest_is_moved_to_another_day_and_hour(clinic: Clinic, rosa: Client) -> None:
    series, visits = has_ten(rosa, clinic)
    to = reverse("portal:move_series", args=[series.public_id])
    asked = {"from": str(visits[8].public_id), "weekday": "2", "at": "16:00"}
    planned = rosa.get(to, asked)
    # A Tuesday and a Friday move by a day: the Saturday is not free, and Friday is closest.
    assert [bool(each["choice"]) for each in planned.context["plan"]] == [True, False]
    chosen = {
        f"time-{each['field']}": (each["choice"] or {"value": ""})["value"]
        for each in planned.context["plan"]
    }
    shown = rosa.post(
        f"{to}?from={visits[8].public_id}", chosen | {"key": planned.context["key"]}, follow=True
    )
    assert "1 visit has a new time." in shown.content.decode()
    after = list(series.appointments.order_by("starts_at"))
    assert after[8].starts_at - visits[8].starts_at == timedelta(days=1, hours=1)
    assert after[9].starts_at == visits[9].starts_at


def test_anothers_series_does_not_exist(clinic: Clinic, rosa: Client) -> None:
    series, visits = has_ten(rosa, clinic)
    stranger = browser()
    for name in ("series", "cancel_series", "move_series"):
        to = reverse(f"portal:{name}", args=[series.public_id])
        assert stranger.get(to, {"from": str(visits[0].public_id)}).status_code == 404
    for name in ("undo_series", "add_to_series"):
        assert stranger.post(reverse(f"portal:{name}", args=[series.public_id])).status_code == 404


@pytest.mark.parametrize("forged", ["tea", "2026-11-24T15:00:00Z|x", "2026-11-24T15:00:00|1"])
def test_a_forged_time_does_not_exist(clinic: Clinic, rosa: Client, forged: str) -> None:
    planned = plan(rosa, clinic)
    assert press(rosa, planned, clinic, **{"time-1": forged}).status_code == 404
    assert not Appointment.objects.exists()

"""Series through the API: planned, booked, moved, canceled and taken back."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from people.models import ActsFor
from scheduling.models import Appointment, VisitType
from tests.builders import make_patient, make_person, make_visit_type
from tests.scheduling.waiting import book
from tests.scheduling.world import Clinic, make_clinic, rows_written

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_at_now")]


@pytest.fixture
def clinic() -> Clinic:
    clinic = make_clinic()
    VisitType.objects.update(series_most=12)
    return clinic


def signed_in() -> Client:
    client = Client()
    client.force_login(make_patient()[0], backend="people.backends.OneTimeCodeBackend")
    return client


@pytest.fixture
def rosa() -> Client:
    return signed_in()


def post(client: Client, name: str, body: Any, *ids: Any, key: str = "") -> Any:
    return client.post(
        reverse(f"api:{name}", args=ids),
        body,
        content_type="application/json",
        headers={"Idempotency-Key": key} if key else {},
    )


def wish(clinic: Clinic, **more: Any) -> dict[str, Any]:
    return {
        "visit_type": clinic.visit_type.slug,
        "site": clinic.site.pk,
        "count": 4,
        "weekdays": [1, 4],
        "first_day": "2026-11-24",
        "earliest": "15:00",
        **more,
    }


def times_of(plan: Any) -> list[dict[str, Any]]:
    return [
        {name: each["time"][name] for name in ("starts_at", "clinician")} for each in plan["visits"]
    ]


def booked(client: Client, clinic: Clinic) -> Any:
    plan = post(client, "series-plan", wish(clinic)).json()
    asked = wish(clinic, times=times_of(plan))
    return post(client, "series-list", asked, key="one").json()


def test_a_plan_is_booked_and_read(clinic: Clinic, rosa: Client) -> None:
    plan = post(rosa, "series-plan", wish(clinic)).json()
    assert [each["day"] for each in plan["visits"]] == [
        "2026-11-24",
        "2026-11-27",
        "2026-12-01",
        "2026-12-04",
    ]
    assert not Appointment.objects.exists()
    asked = wish(clinic, times=times_of(plan))
    series = post(rosa, "series-list", asked, key="one").json()
    assert (len(series["visits"]), len(series["changed"]), series["lost"]) == (4, 4, [])
    assert rosa.get(reverse("api:series", args=[series["id"]])).json()["visits"] == series["visits"]
    again = post(rosa, "series-list", asked, key="one").json()
    assert (again["id"], again["changed"]) == (series["id"], series["changed"])


def test_what_is_gone_is_told(clinic: Clinic, rosa: Client, now: datetime) -> None:
    plan = post(rosa, "series-plan", wish(clinic)).json()
    book(clinic, datetime.fromisoformat(plan["visits"][1]["time"]["starts_at"]), now=now)
    series = post(rosa, "series-list", wish(clinic, times=times_of(plan)), key="one").json()
    assert len(series["visits"]) == 3
    (lost,) = series["lost"]
    instead = {name: lost["alternatives"][0][name] for name in ("starts_at", "clinician")}
    more = wish(clinic, times=[instead], series=series["id"])
    assert len(post(rosa, "series-list", more, key="two").json()["visits"]) == 4


def test_the_rest_is_canceled_and_taken_back(clinic: Clinic, rosa: Client) -> None:
    series = booked(rosa, clinic)
    rest = {"first": series["visits"][1]["id"], "reason": "cost"}
    canceled = post(rosa, "series-cancel-rest", rest, series["id"]).json()
    assert [each["status"] for each in canceled["visits"]] == ["booked"] + ["canceled"] * 3
    back = post(rosa, "series-undo", {}, series["id"]).json()
    assert {each["status"] for each in back["visits"]} == {"booked"}


def test_the_rest_is_moved_by_a_shift(clinic: Clinic, rosa: Client) -> None:
    series = booked(rosa, clinic)
    first = series["visits"][2]["id"]
    shift = {"first": first, "days": -1, "minutes": 60}
    plan = post(rosa, "series-plan-move", shift, series["id"]).json()
    times = [
        {"visit": each["visit"], **time}
        for each, time in zip(plan["visits"], times_of(plan), strict=True)
    ]
    moved = post(rosa, "series-move-rest", {"first": first, "times": times}, series["id"]).json()
    days = [date.fromisoformat(each["local"][:10]) for each in moved["visits"]]
    assert days[2:] == [date(2026, 11, 30), date(2026, 12, 3)]
    assert len(moved["changed"]) == 2


def test_anothers_series_does_not_exist(clinic: Clinic, rosa: Client) -> None:
    series, stranger = booked(rosa, clinic), signed_in()
    assert stranger.get(reverse("api:series", args=[series["id"]])).status_code == 404
    rest = {"first": series["visits"][0]["id"], "times": []}
    for name in ("series-cancel-rest", "series-undo", "series-plan-move"):
        assert post(stranger, name, rest, series["id"]).status_code == 404
    assert not Appointment.objects.exclude(status="booked").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"weekdays": []},
        {"weekdays": [7]},
        {"count": 0},
        {"count": 31},
        {"first_day": "tomorrow"},
        {"visit_type": "tea"},
        {"site": 0},
        {"days_between": 0},
    ],
)
def test_a_wish_that_cannot_be_is_refused(clinic: Clinic, rosa: Client, wrong: Any) -> None:
    answer = post(rosa, "series-plan", wish(clinic, **wrong))
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


@pytest.mark.parametrize("day", ["0001-01-01", "2026-11-22", "9999-12-30", "9999-12-31"])
def test_a_wish_from_any_day_has_an_answer(clinic: Clinic, rosa: Client, day: str) -> None:
    plan = post(rosa, "series-plan", wish(clinic, first_day=day))
    assert plan.status_code == 200
    days = [each["day"] for each in plan.json()["visits"]]
    if day < "2026-12":
        assert days[0] == "2026-11-24"
    times = [{"starts_at": f"{day}T23:30:00Z", "clinician": clinic.clinician.pk}]
    asked = post(rosa, "series-list", wish(clinic, times=times), key="one")
    assert (asked.status_code, len(asked.json()["lost"])) == (201, 1)


def test_a_visit_of_another_person_or_kind_joins_no_series(
    clinic: Clinic, rosa: Client, now: datetime
) -> None:
    series = booked(rosa, clinic)
    own = Appointment.objects.all()[0].person
    child = make_person(given_name="Maya", phone=None, email=None)
    ActsFor.objects.create(
        user=own.acted_for_by.get().user, person=child, relationship="relative", since=now
    )
    other = make_visit_type(series_most=3)
    clinic.clinician.visit_types.add(other)
    free = [{"starts_at": clinic.at(11).isoformat(), "clinician": clinic.clinician.pk}]
    more = wish(clinic, times=free, series=series["id"])
    before = rows_written()
    for who, kind in ((child, clinic.visit_type), (own, other)):
        named = more | {"person": str(who.public_id), "visit_type": kind.slug}
        answer = post(rosa, "series-list", named, key=kind.slug)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
        assert "another person or another kind of visit" in answer.content.decode()
    assert post(signed_in(), "series-list", more, key="three").status_code == 404
    assert rows_written() | {"AuditEntry": 0} == before | {"AuditEntry": 0}


def test_times_that_are_not_offered_are_lost_and_too_many_are_refused(
    clinic: Clinic, rosa: Client, now: datetime
) -> None:
    night = {"starts_at": (now + timedelta(days=1, hours=12)).isoformat()}
    time = night | {"clinician": clinic.clinician.pk}
    series = post(rosa, "series-list", wish(clinic, times=[time]), key="one").json()
    assert (series["id"], series["visits"], len(series["lost"])) == (None, [], 1)
    many = post(rosa, "series-list", wish(clinic, times=[time] * 13), key="two")
    assert many.status_code == 400
    no_key = post(rosa, "series-list", wish(clinic, times=[time]))
    assert no_key.status_code == 400

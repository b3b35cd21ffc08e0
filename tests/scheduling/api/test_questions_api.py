"""The questions of a visit type through the API, and what cannot be booked without them."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from scheduling.booking.services.holds import hold_slot
from scheduling.exceptions import QuestionsFirst
from scheduling.models import Appointment, Hold, WaitlistEntry
from tests.builders import ask_questions, make_patient, make_visit_type
from tests.scheduling.world import TOMORROW, Clinic, make_clinic

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_at_now")]

FINE = {"pain": "no", "fever": "no"}


@pytest.fixture
def clinic() -> Clinic:
    clinic = make_clinic(slug="check-up")
    ask_questions(clinic.visit_type)
    return clinic


@pytest.fixture
def rosa() -> Client:
    browser = Client()
    browser.force_login(make_patient()[0])
    return browser


def post(browser: Client, path: str, body: dict[str, Any], **headers: str) -> Any:
    return browser.post(
        f"/api/v1/{path}", body, content_type="application/json", headers=headers or None
    )


def token(browser: Client, **said: str) -> str:
    return str(post(browser, QUESTIONS, {"answers": FINE | said}).json()["token"])


QUESTIONS = "visit-types/check-up/questions/"


def wish(clinic: Clinic, **more: str) -> dict[str, Any]:
    return {
        "visit_type": "check-up",
        "site": clinic.site.pk,
        "starts_at": clinic.at(9).isoformat(),
        **more,
    }


def test_questions_do_not_tell_where_answers_lead(clinic: Clinic, rosa: Client) -> None:
    first, _ = rosa.get(f"/api/v1/{QUESTIONS}").json()
    assert first == {
        "name": "pain",
        "asks": "Do you have chest pain?",
        "answers": [{"name": "yes", "says": "Yes"}, {"name": "no", "says": "No"}],
    }


def test_a_visit_type_says_whether_it_asks(clinic: Clinic, rosa: Client) -> None:
    make_visit_type(slug="flu-shot")
    asks = {each["slug"]: each["asks_first"] for each in rosa.get("/api/v1/visit-types/").json()}
    assert asks == {"check-up": True, "flu-shot": False}


def test_answers_lead_somewhere(clinic: Clinic, rosa: Client) -> None:
    make_visit_type(slug="new-patient")
    ask_questions(clinic.visit_type, better="new-patient")
    urgent = post(rosa, QUESTIONS, {"answers": {"pain": "yes"}}).json()
    assert (urgent["outcome"], urgent["urgent"], urgent["token"]) == ("urgent", "emergency", "")
    assert urgent["title"] == "Call 911 now"
    other = post(rosa, QUESTIONS, {"answers": FINE | {"new": "yes"}}).json()
    assert (other["outcome"], other["visit_type"]) == ("other_visit_type", "new-patient")
    on = post(rosa, QUESTIONS, {"answers": FINE | {"new": "no"}}).json()
    assert on["outcome"] == "go_on"
    assert on["token"]


def test_open_questions_are_named(clinic: Clinic, rosa: Client) -> None:
    answer = post(rosa, QUESTIONS, {"answers": {"pain": "no"}})
    assert answer.status_code == 400
    assert list(answer.json()["errors"]["answers"]) == ["fever"]


@pytest.mark.parametrize("path", ["holds/", "appointments/"])
def test_nothing_is_held_or_booked_around_the_questions(
    clinic: Clinic, rosa: Client, path: str
) -> None:
    for shown in ("", "forged", token(Client()), token(rosa, fever="yes")):
        refused = post(rosa, path, wish(clinic, questions=shown), **{"Idempotency-Key": "a"})
        assert (refused.status_code, refused.json()["code"]) == (409, "questions_first")
    assert not Hold.objects.exists()
    assert not Appointment.objects.exists()
    made = post(rosa, path, wish(clinic, questions=token(rosa)), **{"Idempotency-Key": "a"})
    assert made.status_code == 201


def test_a_token_is_good_for_its_visit_type_and_two_hours(
    clinic: Clinic, rosa: Client, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = ask_questions(make_visit_type(slug="skin-check"))
    clinic.clinician.visit_types.add(other)
    shown = token(rosa)
    refused = post(rosa, "holds/", wish(clinic, questions=shown) | {"visit_type": "skin-check"})
    assert refused.json()["code"] == "questions_first"
    monkeypatch.setattr("clock.now", lambda: now + timedelta(hours=2))
    refused = post(rosa, "holds/", wish(clinic, questions=shown))
    assert refused.json()["code"] == "questions_first"


def test_waiting_asks_first_too(clinic: Clinic, rosa: Client) -> None:
    asked = {"visit_type": "check-up", "sites": [clinic.site.pk]}
    assert post(rosa, "waitlist/", asked).json()["code"] == "questions_first"
    assert not WaitlistEntry.objects.exists()
    assert post(rosa, "waitlist/", asked | {"questions": token(rosa)}).status_code == 201


def test_a_hold_is_refused_in_the_domain(clinic: Clinic, now: datetime) -> None:
    wanted: dict[str, Any] = {
        "visit_type": clinic.visit_type,
        "site": clinic.site,
        "starts_at": clinic.at(9),
    }
    with pytest.raises(QuestionsFirst):
        hold_slot(**wanted, holder="h", now=now)
    assert hold_slot(**wanted, holder="h", asked=True, now=now).starts_at.date() == TOMORROW

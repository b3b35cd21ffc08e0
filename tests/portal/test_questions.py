"""Short questions before a time: urgent advice, a better visit, or on to the times."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse

from scheduling.models import Hold, WaitlistEntry
from tests.builders import ask_questions, make_visit_type
from tests.portal.conftest import Clinic
from tests.portal.test_booking_pages import html
from tests.portal.visitor import Visitor

Passes = Callable[[timedelta], datetime]
FINE = {"pain": "no", "fever": "no", "new": "no"}


@pytest.fixture
def asking(clinic: Clinic) -> Clinic:
    make_visit_type(slug="new-patient")
    ask_questions(clinic.visit_type, better="new-patient")
    return clinic


def answers(visitor: Visitor, query: str = "", **said: str) -> object:
    return visitor.browser.post(f"/book/blood-test/questions/{query}", FINE | said)


def test_a_visit_with_questions_shows_them_before_its_times(asking: Clinic, rosa: Visitor) -> None:
    first = rosa.browser.get("/book/blood-test/?near=Buffalo")
    assert first.headers["Location"] == "/book/blood-test/questions/?near=Buffalo"
    page = html(rosa.browser.get(first.headers["Location"]))
    assert "Do you have chest pain?" in page
    assert "Do you have a fever?" in page

    on = answers(rosa, "?near=Buffalo")
    assert on.headers["Location"] == "/book/blood-test/?near=Buffalo"  # type: ignore[attr-defined]
    assert "Free times" in html(rosa.browser.get("/book/blood-test/?near=Buffalo"))
    assert rosa.books(asking.visit_type, asking.site, asking.nine).status_code == 302


def test_a_visit_without_questions_asks_none(clinic: Clinic, rosa: Visitor) -> None:
    answer = rosa.browser.get("/book/blood-test/questions/?day=2026-11-25")
    assert answer.headers["Location"] == "/book/blood-test/?day=2026-11-25"


def test_an_urgent_answer_shows_advice_and_no_way_to_book(asking: Clinic, rosa: Visitor) -> None:
    led = answers(rosa, pain="yes")
    page = html(rosa.browser.get(led.headers["Location"]))  # type: ignore[attr-defined]
    assert "Call 911 now" in page
    assert 'href="tel:911"' in page
    assert "(212) 555-0100" in page
    assert "/book/" not in page.partition("<main")[2].partition("</main>")[0].replace(
        'action="/book/blood-test/questions/"', ""
    )
    again = rosa.browser.get("/book/blood-test/")
    assert again.headers["Location"] == "/book/blood-test/questions/"
    held = rosa.presses_a_time(asking.visit_type, asking.site, asking.nine)
    assert held.headers["Location"] == "/book/blood-test/questions/"
    assert not Hold.objects.exists()


def test_urgent_advice_needs_no_other_answer(asking: Clinic, rosa: Visitor) -> None:
    rosa.browser.post("/book/blood-test/questions/", {"pain": "yes"})
    assert "Call 911 now" in html(rosa.browser.get("/book/blood-test/questions/"))


def test_advice_comes_in_spanish_too(asking: Clinic, rosa: Visitor) -> None:
    answers(rosa, pain="yes")
    rosa.browser.post(reverse("set_language"), {"language": "es"})
    page = html(rosa.browser.get("/book/blood-test/questions/"))
    assert "Llame al 911 ahora" in page
    assert "Respondí por error" in page


def test_less_urgent_advice_is_to_call_us(asking: Clinic, rosa: Visitor) -> None:
    answers(rosa, fever="yes")
    page = html(rosa.browser.get("/book/blood-test/questions/"))
    assert "Please call us first" in page
    assert "(212) 555-0100" in page


def test_who_answered_by_mistake_answers_again(asking: Clinic, rosa: Visitor) -> None:
    answers(rosa, pain="yes")
    back = rosa.browser.post("/book/blood-test/questions/", {"again": "1"})
    assert back.headers["Location"] == "/book/blood-test/questions/"
    assert "Do you have chest pain?" in html(rosa.browser.get("/book/blood-test/questions/"))
    answers(rosa)
    assert rosa.browser.get("/book/blood-test/").status_code == 200


def test_a_better_visit_is_named_and_one_press_away(asking: Clinic, rosa: Visitor) -> None:
    answers(rosa, new="yes")
    page = html(rosa.browser.get("/book/blood-test/questions/"))
    assert "Another visit fits you better" in page
    assert 'href="/book/new-patient/"' in page


def test_an_open_question_is_told(asking: Clinic, rosa: Visitor) -> None:
    answer = rosa.browser.post("/book/blood-test/questions/", {"pain": "no"})
    assert answer.status_code == 200
    assert html(answer).count("Choose an answer: Do you have a fever?") == 2
    assert "Choose an answer: Do you have chest pain?" not in html(answer)
    assert "checked" in html(answer)


def test_the_answers_are_kept_nowhere(asking: Clinic, rosa: Visitor) -> None:
    led = answers(rosa, pain="yes")
    assert "pain" not in led.headers["Location"]  # type: ignore[attr-defined]
    kept = json.dumps([each.get_decoded() for each in Session.objects.all()])
    assert "pain" not in kept
    answers(rosa)
    assert "emergency" not in json.dumps([each.get_decoded() for each in Session.objects.all()])


def test_answers_are_asked_again_after_two_hours(
    asking: Clinic, rosa: Visitor, time_passes: Passes
) -> None:
    answers(rosa)
    time_passes(timedelta(hours=1, minutes=59))
    assert rosa.browser.get("/book/blood-test/").status_code == 200
    time_passes(timedelta(hours=2))
    assert rosa.browser.get("/book/blood-test/").status_code == 302


def test_another_browser_answers_for_itself(
    asking: Clinic, rosa: Visitor, stranger: Visitor
) -> None:
    answers(rosa)
    assert stranger.browser.get("/book/blood-test/").status_code == 302


def test_moving_a_visit_asks_nothing_again(
    asking: Clinic, rosa: Visitor, time_passes: Passes
) -> None:
    answers(rosa)
    booked = rosa.books(asking.visit_type, asking.site, asking.nine).headers["Location"]
    time_passes(timedelta(hours=3))
    assert rosa.browser.get(booked.replace("booked", "move")).status_code == 200


def test_waiting_for_a_time_asks_first(asking: Clinic, rosa: Visitor, time_passes: Passes) -> None:
    answers(rosa)
    rosa.books(asking.visit_type, asking.site, asking.nine)
    time_passes(timedelta(hours=3))
    answer = rosa.browser.post("/book/blood-test/waitlist/", {"sites": asking.site.pk})
    assert answer.headers["Location"] == "/book/blood-test/questions/"
    assert not WaitlistEntry.objects.exists()

"""Booking in four screens, and what happens to people who are slow, late, or press twice."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from messaging.models import Message
from people.models import Person, User
from scheduling.models import Appointment
from tests.portal.conftest import Clinic
from tests.portal.visitor import PHONE, Visitor, newest_code, wrong

Passes = Callable[[timedelta], datetime]


def html(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined,no-any-return]


def test_a_visit_is_booked_in_four_screens(clinic: Clinic, rosa: Visitor) -> None:
    times = rosa.browser.get(f"/book/{clinic.visit_type.slug}/")
    assert f'value="{clinic.nine:%Y-%m-%dT%H:%M:%SZ}"' in html(times)

    assert rosa.presses_a_time(clinic.visit_type, clinic.site, clinic.nine).status_code == 302
    assert "Who is coming?" in html(rosa.browser.get(rosa.page("details")))

    assert rosa.gives_details().headers["Location"] == rosa.page("code")
    assert "0142" in html(rosa.browser.get(rosa.page("code")))

    assert rosa.types_code().headers["Location"] == rosa.page("review")
    review = html(rosa.browser.get(rosa.page("review")))
    for shown in ("Rosa Alvarez", "Lakeside Clinic", "Dr. Chen", "$45", "Do not eat for 8 hours"):
        assert shown in review

    booked = rosa.presses_book()
    appointment = Appointment.objects.get()
    assert booked.headers["Location"] == f"/visits/{appointment.public_id}/booked/"
    assert "You are booked" in html(rosa.browser.get(booked.headers["Location"]))
    assert (appointment.starts_at, appointment.person.full_name) == (clinic.nine, "Rosa Alvarez")
    assert set(
        Message.objects.filter(kind="appointment_booked").values_list("channel", flat=True)
    ) == {"sms", "email"}


def test_details_survive_an_error(clinic: Clinic, rosa: Visitor) -> None:
    rosa.presses_a_time(clinic.visit_type, clinic.site, clinic.nine)
    page = html(rosa.gives_details(phone="555", born_on_day="31", born_on_month="2"))
    for typed in ('value="Rosa"', 'value="Alvarez"', 'value="31"', 'value="1957"', 'value="555"'):
        assert typed in page
    assert "Enter a phone number that gets texts" in page
    assert "month, day and year" in page
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"given_name": " "}, "Enter your first name."),
        ({"born_on_year": "1857"}, "Check the year of your date of birth."),
        ({"born_on_year": "2157"}, "Check the year of your date of birth."),
        ({"born_on_month": "", "born_on_day": "", "born_on_year": ""}, "Enter your date of birth."),
        ({"email": "rosa"}, "Enter an e-mail address like"),
        ({"email": "", "preferred_channel": "email"}, "Enter your e-mail, so that we can write"),
    ],
)
def test_each_mistake_is_told_in_plain_words(
    clinic: Clinic, rosa: Visitor, changed: dict[str, str], said: str
) -> None:
    rosa.presses_a_time(clinic.visit_type, clinic.site, clinic.nine)
    answer = rosa.gives_details(**changed)
    assert answer.status_code == 200
    assert said in html(answer)


def test_a_wrong_code_says_what_to_do_and_books_nothing(clinic: Clinic, rosa: Visitor) -> None:
    rosa.presses_a_time(clinic.visit_type, clinic.site, clinic.nine)
    rosa.gives_details()
    page = rosa.types_code(wrong(newest_code()))
    assert "That code does not fit" in html(page)
    assert not User.objects.exists()
    assert not Person.objects.exists()
    assert rosa.browser.get(rosa.page("review")).status_code == 302


def test_a_code_is_good_in_the_browser_that_asked_only(
    clinic: Clinic, rosa: Visitor, stranger: Visitor
) -> None:
    rosa.presses_a_time(clinic.visit_type, clinic.site, clinic.nine)
    rosa.gives_details()
    hers = newest_code()
    stranger.presses_a_time(clinic.visit_type, clinic.site, clinic.later(30))
    stranger.gives_details()
    answer = stranger.types_code(hers if hers != newest_code() else wrong(hers))
    assert "That code does not fit" in html(answer)


def test_pressing_book_twice_books_once(clinic: Clinic, rosa: Visitor) -> None:
    rosa.reaches_review(clinic.visit_type, clinic.site, clinic.nine)
    first, second = rosa.presses_book(), rosa.presses_book()
    assert first.headers["Location"] == second.headers["Location"]
    assert Appointment.objects.count() == 1
    assert Message.objects.filter(kind="appointment_booked", channel="sms").count() == 1


def test_a_lost_answer_and_a_retry_by_the_other_door_book_once(
    clinic: Clinic, rosa: Visitor
) -> None:
    """The page's script books by the API; when its answer is lost, the form is posted."""
    review = rosa.reaches_review(clinic.visit_type, clinic.site, clinic.nine)
    by_api = rosa.browser.post(
        "/api/v1/appointments/",
        {"hold": rosa.hold, "person": str(review.context["person"].public_id)},
        content_type="application/json",
        headers={"Idempotency-Key": review.context["idempotency_key"]},
    )
    by_form = rosa.presses_book()
    assert by_api.status_code == 201
    assert by_api.json()["id"] in by_form.headers["Location"]
    assert Appointment.objects.count() == 1


def test_somebody_signed_in_with_a_proven_phone_needs_no_second_code(
    clinic: Clinic, rosa: Visitor
) -> None:
    rosa.books(clinic.visit_type, clinic.site, clinic.nine)
    rosa.presses_a_time(clinic.visit_type, clinic.site, clinic.later(60))
    assert 'value="Rosa"' in html(rosa.browser.get(rosa.page("details")))
    assert rosa.gives_details().headers["Location"] == rosa.page("review")
    assert rosa.presses_book().status_code == 302
    assert Person.objects.count() == 1


def test_who_books_for_themselves_alone_is_not_asked_who_comes(
    clinic: Clinic, rosa: Visitor
) -> None:
    rosa.books(clinic.visit_type, clinic.site, clinic.nine)
    pressed = rosa.presses_a_time(clinic.visit_type, clinic.site, clinic.later(60))
    assert pressed.headers["Location"] == rosa.page("review")
    review = html(rosa.browser.get(rosa.page("review")))
    assert "Rosa Alvarez" in review
    assert f'href="{rosa.page("details")}"' in review, "somebody else may come instead"


def test_who_books_for_others_too_is_asked_who_comes(clinic: Clinic, rosa: Visitor) -> None:
    rosa.books(clinic.visit_type, clinic.site, clinic.nine)
    rosa.presses_a_time(clinic.visit_type, clinic.site, clinic.later(60))
    rosa.gives_details(given_name="Mateo", born_on_year="2019")
    pressed = rosa.presses_a_time(clinic.visit_type, clinic.site, clinic.later(90))
    assert pressed.headers["Location"] == rosa.page("details")


def test_booking_for_a_child_keeps_two_records_under_one_account(
    clinic: Clinic, rosa: Visitor
) -> None:
    rosa.books(clinic.visit_type, clinic.site, clinic.nine)
    child = {"given_name": "Mateo", "born_on_year": "2019"}
    rosa.presses_a_time(clinic.visit_type, clinic.site, clinic.later(60))
    rosa.gives_details(**child)
    rosa.presses_book()
    user = User.objects.get(phone=PHONE)
    assert set(Appointment.objects.values_list("person__given_name", flat=True)) == {
        "Rosa",
        "Mateo",
    }
    assert set(user.acts_for.values_list("relationship", flat=True)) == {"self", "relative"}


def test_too_many_codes_are_refused_in_plain_words(clinic: Clinic, rosa: Visitor) -> None:
    rosa.presses_a_time(clinic.visit_type, clinic.site, clinic.nine)
    for _ in range(5):
        assert rosa.gives_details().status_code == 302
    answer = rosa.gives_details()
    assert answer.status_code == 429
    assert "Please wait an hour" in html(answer)
    assert Message.objects.filter(kind="one_time_code").count() == 5


def test_an_unknown_kind_of_visit_does_not_exist(clinic: Clinic, rosa: Visitor) -> None:
    assert rosa.browser.get("/book/brain-surgery/").status_code == 404


def test_a_broken_day_in_the_address_is_forgiven(clinic: Clinic, rosa: Visitor) -> None:
    for day in ("2026-02-31", "yesterday", "1066-10-14", "9999-12-31"):
        assert rosa.browser.get(f"/book/blood-test/?day={day}").status_code == 200

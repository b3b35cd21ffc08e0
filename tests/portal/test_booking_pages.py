"""Booking in four screens, and what happens to people who are slow, late, or press twice."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from messaging.models import Message
from people.models import Person, User
from scheduling.models import Allocation, Appointment, Hold
from scheduling.services.holds import release_expired_holds
from tests.builders import make_appointment
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


def test_a_time_that_is_held_is_not_offered_to_others(
    clinic: Clinic, rosa: Visitor, stranger: Visitor
) -> None:
    rosa.presses_a_time(clinic.visit_type, clinic.site, clinic.nine)
    offered = html(stranger.browser.get(f"/book/{clinic.visit_type.slug}/"))
    assert f'value="{clinic.nine:%Y-%m-%dT%H:%M:%SZ}"' not in offered
    assert f'value="{clinic.later(30):%Y-%m-%dT%H:%M:%SZ}"' in offered


def test_whoever_comes_second_is_offered_the_nearest_times(
    clinic: Clinic, rosa: Visitor, stranger: Visitor
) -> None:
    rosa.presses_a_time(clinic.visit_type, clinic.site, clinic.nine)
    gone = stranger.presses_a_time(clinic.visit_type, clinic.site, clinic.nine)
    assert gone.status_code == 409
    assert "That time was just taken" in html(gone)
    assert f'value="{clinic.later(30):%Y-%m-%dT%H:%M:%SZ}"' in html(gone)


@pytest.mark.parametrize(
    "forged",
    [
        {"starts_at": "tomorrow"},
        {"starts_at": ""},
        {"starts_at": "2026-13-45T99:00:00Z"},
        {"starts_at": "2026-11-25T14:00:00"},  # no zone
        {"starts_at": "2026-11-25T14:00:00Z", "site": "another-group"},
        {"site": "lake"},
    ],
)
def test_a_forged_time_button_holds_nothing(
    clinic: Clinic, rosa: Visitor, forged: dict[str, str]
) -> None:
    answer = rosa.browser.post("/book/blood-test/hold/", {"site": "lake"} | forged)
    assert answer.status_code == 404
    assert not Hold.objects.exists()


@pytest.mark.parametrize("minutes", [1, 24 * 60 * 400, -24 * 60 * 3])
def test_a_time_that_is_not_offered_is_refused_with_times_that_are(
    clinic: Clinic, rosa: Visitor, minutes: int
) -> None:
    """Between two starts, beyond the horizon, in the past."""
    answer = rosa.presses_a_time(clinic.visit_type, clinic.site, clinic.later(minutes))
    assert answer.status_code == 409
    assert "cannot be booked any more" in html(answer)
    assert not Allocation.objects.exists()


def test_an_expired_hold_is_kept_while_nobody_else_wants_the_time(
    clinic: Clinic, rosa: Visitor, time_passes: Passes
) -> None:
    rosa.reaches_review(clinic.visit_type, clinic.site, clinic.nine)
    now = time_passes(timedelta(minutes=45))
    release_expired_holds(now=now)
    assert rosa.presses_book().status_code == 302
    assert Appointment.objects.get().starts_at == clinic.nine


def test_an_expired_hold_gives_way_to_whoever_wants_the_time(
    clinic: Clinic, rosa: Visitor, stranger: Visitor, time_passes: Passes
) -> None:
    rosa.reaches_review(clinic.visit_type, clinic.site, clinic.nine)
    time_passes(timedelta(minutes=45))
    assert stranger.presses_a_time(clinic.visit_type, clinic.site, clinic.nine).status_code == 302
    gone = rosa.presses_book()
    assert gone.status_code == 409
    assert "That time was just taken" in html(gone)
    assert f'value="{clinic.later(30):%Y-%m-%dT%H:%M:%SZ}"' in html(gone)
    assert not Appointment.objects.exists()


def test_details_are_kept_when_the_time_is_lost(
    clinic: Clinic, rosa: Visitor, stranger: Visitor, time_passes: Passes
) -> None:
    rosa.presses_a_time(clinic.visit_type, clinic.site, clinic.nine)
    time_passes(timedelta(minutes=45))
    stranger.presses_a_time(clinic.visit_type, clinic.site, clinic.nine)
    assert rosa.gives_details().status_code == 409
    rosa.presses_a_time(clinic.visit_type, clinic.site, clinic.later(30))
    page = html(rosa.browser.get(rosa.page("details")))
    for typed in ('value="Rosa"', 'value="Alvarez"', 'value="1957"', "rosa@example.com"):
        assert typed in page


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


def test_two_tabs_hold_two_times_and_book_what_each_shows(clinic: Clinic, rosa: Visitor) -> None:
    rosa.reaches_review(clinic.visit_type, clinic.site, clinic.nine)
    first_tab = rosa.hold
    rosa.presses_a_time(clinic.visit_type, clinic.site, clinic.later(60))
    rosa.gives_details()
    assert rosa.presses_book().status_code == 302
    rosa.hold = first_tab
    assert rosa.presses_book().status_code == 302
    assert set(Appointment.objects.values_list("starts_at", flat=True)) == {
        clinic.nine,
        clinic.later(60),
    }


def test_a_third_tab_lets_go_of_the_oldest_time(clinic: Clinic, rosa: Visitor) -> None:
    for minutes in (0, 60, 120):
        rosa.presses_a_time(clinic.visit_type, clinic.site, clinic.later(minutes))
    held = Allocation.objects.filter(kind="hold", active=True)
    assert {each.during.lower for each in held} == {clinic.later(60), clinic.later(120)}


@pytest.mark.parametrize("step", ["details", "code", "review"])
def test_another_browsers_hold_shows_nothing(
    clinic: Clinic, rosa: Visitor, stranger: Visitor, step: str
) -> None:
    rosa.reaches_review(clinic.visit_type, clinic.site, clinic.nine)
    stranger.books(clinic.visit_type, clinic.site, clinic.later(60), phone="212 555 0199")
    for answer in (
        stranger.browser.get(rosa.page(step)),
        stranger.browser.post(rosa.page(step)),
        stranger.browser.post(rosa.page("release")),
    ):
        assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert rosa.presses_book().status_code == 302
    assert Appointment.objects.filter(starts_at=clinic.nine).count() == 1


def test_somebody_signed_in_with_a_proven_phone_needs_no_second_code(
    clinic: Clinic, rosa: Visitor
) -> None:
    rosa.books(clinic.visit_type, clinic.site, clinic.nine)
    rosa.presses_a_time(clinic.visit_type, clinic.site, clinic.later(60))
    assert 'value="Rosa"' in html(rosa.browser.get(rosa.page("details")))
    assert rosa.gives_details().headers["Location"] == rosa.page("review")
    assert rosa.presses_book().status_code == 302
    assert Person.objects.count() == 1


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


def test_a_hold_that_became_one_persons_visit_is_not_another_persons(
    clinic: Clinic, rosa: Visitor
) -> None:
    rosa.books(clinic.visit_type, clinic.site, clinic.nine)
    booked = rosa.hold
    rosa.presses_a_time(clinic.visit_type, clinic.site, clinic.later(60))
    rosa.gives_details(given_name="Mateo", born_on_year="2019")
    rosa.hold = booked
    assert rosa.presses_book().headers["Location"] == "/book/blood-test/"
    assert Appointment.objects.get().person.given_name == "Rosa"


def test_more_time_is_given_on_the_page_where_it_was_asked_for(
    clinic: Clinic, rosa: Visitor, time_passes: Passes
) -> None:
    rosa.reaches_review(clinic.visit_type, clinic.site, clinic.nine)
    now = time_passes(timedelta(minutes=4))
    answer = rosa.browser.post(rosa.page("extend"), {"step": "review"})
    assert answer.headers["Location"] == rosa.page("review")
    assert Hold.objects.get().expires_at == now + timedelta(minutes=5)


def test_letting_go_frees_the_time_at_once(
    clinic: Clinic, rosa: Visitor, stranger: Visitor
) -> None:
    rosa.presses_a_time(clinic.visit_type, clinic.site, clinic.nine)
    assert rosa.browser.post(rosa.page("release")).headers["Location"] == "/book/blood-test/"
    assert stranger.presses_a_time(clinic.visit_type, clinic.site, clinic.nine).status_code == 302


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


def test_a_booked_time_is_gone_for_everyone_else(clinic: Clinic, stranger: Visitor) -> None:
    make_appointment(
        now=clinic.nine - timedelta(days=2),
        starts_at=clinic.nine,
        site=clinic.site,
        visit_type=clinic.visit_type,
        clinician=clinic.clinician,
    )
    assert stranger.presses_a_time(clinic.visit_type, clinic.site, clinic.nine).status_code == 409

"""A time is held for one browser: what that promises, and to whom it gives way."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings
from redis import Redis

from portal.account.sessions import BACKEND
from scheduling.booking.services.holds import release_expired_holds
from scheduling.models import Allocation, Appointment, Hold
from tests.builders import make_appointment, make_patient
from tests.portal.conftest import Clinic
from tests.portal.visitor import Visitor, newest_code
from tests.rates import at_most

Passes = Callable[[timedelta], datetime]


def html(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined,no-any-return]


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


def test_pressing_again_in_a_tab_that_booked_shows_its_own_visit(
    clinic: Clinic, rosa: Visitor
) -> None:
    first = rosa.books(clinic.visit_type, clinic.site, clinic.nine)
    booked = rosa.hold
    rosa.presses_a_time(clinic.visit_type, clinic.site, clinic.later(60))
    rosa.gives_details(given_name="Mateo", born_on_year="2019")
    rosa.hold = booked
    assert rosa.presses_book().headers["Location"] == first.headers["Location"]
    assert Appointment.objects.get().person.given_name == "Rosa"


def test_who_canceled_and_goes_back_is_not_told_to_come(
    clinic: Clinic, rosa: Visitor, time_passes: Passes
) -> None:
    booked = rosa.books(clinic.visit_type, clinic.site, clinic.nine).headers["Location"]
    assert "You are booked" in html(rosa.browser.get(booked))
    visit = Appointment.objects.get()
    its_page = reverse("portal:appointment", args=[visit.public_id])
    rosa.browser.post(reverse("portal:cancel", args=[visit.public_id]), {"reason": "cost"})
    time_passes(timedelta(minutes=2))
    for answer in (
        rosa.browser.post(rosa.page("review"), follow=True),
        rosa.browser.get(rosa.page("details"), follow=True),
        rosa.browser.get(booked, follow=True),
    ):
        page = html(answer)
        assert answer.wsgi_request.path == its_page
        assert "You are booked" not in page
        assert "This visit is canceled" in page
        assert "Find a new time" in page


def test_more_time_is_given_on_the_page_where_it_was_asked_for(
    clinic: Clinic, rosa: Visitor, time_passes: Passes
) -> None:
    rosa.reaches_review(clinic.visit_type, clinic.site, clinic.nine)
    now = time_passes(timedelta(minutes=4))
    answer = rosa.browser.post(rosa.page("extend"), {"step": "review"})
    assert answer.headers["Location"] == rosa.page("review")
    assert Hold.objects.get().expires_at == now + timedelta(minutes=5)


def test_one_address_cannot_hold_a_clinics_week(
    clinic: Clinic, rosa: Visitor, settings: Settings
) -> None:
    at_most(settings, hold="3/min")
    browsers = [Visitor() for _ in range(4)]
    answers = [
        each.presses_a_time(clinic.visit_type, clinic.site, clinic.later(30 * number))
        for number, each in enumerate(browsers)
    ]
    assert [each.status_code for each in answers] == [302, 302, 302, 429]
    # Nor by a program, which is counted along.
    held = Client().post(
        "/api/v1/holds/",
        {
            "visit_type": clinic.visit_type.slug,
            "site": clinic.site.pk,
            "starts_at": clinic.later(90).isoformat(),
        },
        content_type="application/json",
    )
    assert (held.status_code, held.json()["code"]) == (429, "too_many_requests")
    assert "Please wait a moment" in html(answers[-1])
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert Hold.objects.count() == 3
    # Another address is not concerned, nor is who is signed in.
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    rosa.browser.defaults |= elsewhere
    assert rosa.presses_a_time(clinic.visit_type, clinic.site, clinic.later(90)).status_code == 302
    signed_in = Visitor()
    signed_in.browser.force_login(make_patient()[0], backend=BACKEND)
    pressed = signed_in.presses_a_time(clinic.visit_type, clinic.site, clinic.later(120))
    assert pressed.status_code == 302


def test_while_nobody_can_count_nobody_is_refused(
    clinic: Clinic, rosa: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = Redis.from_url("redis://127.0.0.1:9")
    monkeypatch.setattr("infrastructure.limits.redis", lambda: nowhere)
    assert rosa.presses_a_time(clinic.visit_type, clinic.site, clinic.nine).status_code == 302


def test_letting_go_frees_the_time_at_once(
    clinic: Clinic, rosa: Visitor, stranger: Visitor
) -> None:
    rosa.presses_a_time(clinic.visit_type, clinic.site, clinic.nine)
    assert (
        rosa.browser.post(rosa.page("release")).headers["Location"] == "/book/blood-test/?site=lake"
    )
    assert stranger.presses_a_time(clinic.visit_type, clinic.site, clinic.nine).status_code == 302


def test_a_booked_time_is_gone_for_everyone_else(clinic: Clinic, stranger: Visitor) -> None:
    make_appointment(
        now=clinic.nine - timedelta(days=2),
        starts_at=clinic.nine,
        site=clinic.site,
        visit_type=clinic.visit_type,
        clinician=clinic.clinician,
    )
    assert stranger.presses_a_time(clinic.visit_type, clinic.site, clinic.nine).status_code == 409


def test_each_tab_books_for_the_person_it_shows(clinic: Clinic, rosa: Visitor) -> None:
    rosa.reaches_review(clinic.visit_type, clinic.site, clinic.nine)
    first_tab = rosa.hold
    rosa.presses_a_time(clinic.visit_type, clinic.site, clinic.later(60))
    rosa.gives_details(given_name="Mateo", born_on_year="2019")
    rosa.hold = first_tab
    assert "Rosa Alvarez" in html(rosa.browser.get(rosa.page("review")))
    rosa.presses_book()
    assert Appointment.objects.get().person.given_name == "Rosa"


def test_each_tab_asks_for_the_code_of_the_phone_it_shows(clinic: Clinic, rosa: Visitor) -> None:
    rosa.presses_a_time(clinic.visit_type, clinic.site, clinic.nine)
    rosa.gives_details()
    first_tab, first_code = rosa.hold, newest_code()
    rosa.presses_a_time(clinic.visit_type, clinic.site, clinic.later(60))
    rosa.gives_details(phone="212 555 0199")
    rosa.hold = first_tab
    assert "0142" in html(rosa.browser.get(rosa.page("code")))
    assert rosa.types_code(first_code).headers.get("Location") == rosa.page("review")

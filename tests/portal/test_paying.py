"""The price before booking, with what coverage changes; and the written estimate."""

from datetime import datetime, timedelta

import pytest

from people.models import Coverage, Person, StaffRole, User
from scheduling.models import Appointment, Estimate, Plan
from scheduling.prices.services import give_estimate, plan_estimates
from tests.builders import at, days_after, make_patient, make_staff
from tests.portal.conftest import Clinic
from tests.portal.test_booking_pages import html
from tests.portal.visitor import Visitor


@pytest.fixture
def plans(clinic: Clinic) -> list[Plan]:
    return Plan.objects.bulk_create(
        [
            Plan(slug="lakeshore", name="Lakeshore Health Plan", copay=2000),
            Plan(slug="great-elm", name="Great Elm", share=20, position=1),
            Plan(slug="full", name="Full Care", share=20, in_full=["blood-test"], position=2),
        ]
    )


@pytest.mark.parametrize(
    ("pays", "said"),
    [
        ("plan:lakeshore", "With Lakeshore Health Plan you usually pay $20."),
        ("plan:great-elm", "With Great Elm you usually pay $9."),
        ("plan:full", "With Full Care you usually pay nothing."),
        ("other", "We do not take your plan. You would pay the full price."),
        ("self_pay", "You told us that you pay this yourself."),
        ("unknown", "before any coverage"),
    ],
)
def test_the_last_look_says_what_coverage_changes(
    clinic: Clinic, rosa: Visitor, plans: list[Plan], pays: str, said: str
) -> None:
    page = html(rosa.reaches_review(clinic.visit_type, clinic.site, clinic.nine, pays=pays))
    assert said in page
    assert "$45" in page
    booked = rosa.presses_book().headers["Location"]
    visit = html(rosa.browser.get(booked.replace("booked/", "")))
    assert said in visit


def test_a_clinic_that_names_no_plans_says_nothing_of_them(clinic: Clinic, rosa: Visitor) -> None:
    page = html(rosa.reaches_review(clinic.visit_type, clinic.site, clinic.nine, pays="other"))
    assert "We do not take" not in page


def test_it_is_asked_on_the_details_page_and_remembered(
    clinic: Clinic, rosa: Visitor, plans: list[Plan]
) -> None:
    rosa.presses_a_time(clinic.visit_type, clinic.site, clinic.nine)
    page = html(rosa.browser.get(rosa.page("details")))
    assert "How will you pay?" in page
    assert "Lakeshore Health Plan" in page
    rosa.books(clinic.visit_type, clinic.site, clinic.nine, pays="plan:lakeshore")
    rosa.browser.session.flush()
    rosa.browser.force_login(User.objects.get())
    rosa.presses_a_time(clinic.visit_type, clinic.site, clinic.later(60))
    again = html(rosa.browser.get(rosa.page("details")))
    assert '<option value="plan:lakeshore" selected>' in again


def test_what_my_details_say_counts_for_the_next_booking_in_the_same_browser(
    clinic: Clinic, rosa: Visitor, plans: list[Plan]
) -> None:
    rosa.books(clinic.visit_type, clinic.site, clinic.nine, pays="unknown")
    address = f"/you/{Person.objects.get().public_id}/coverage/"
    rosa.browser.post(address, {"pays": "plan:lakeshore"})
    rosa.presses_a_time(clinic.visit_type, clinic.site, clinic.later(60))
    again = html(rosa.browser.get(rosa.page("details")))
    assert '<option value="plan:lakeshore" selected>' in again


def test_a_booking_that_was_not_asked_keeps_what_is_known(
    clinic: Clinic, rosa: Visitor, plans: list[Plan]
) -> None:
    rosa.books(clinic.visit_type, clinic.site, clinic.nine, pays="plan:lakeshore")
    rosa.books(clinic.visit_type, clinic.site, clinic.later(60))
    assert Coverage.objects.get().plan == "lakeshore"


def test_my_details_show_and_change_it(clinic: Clinic, rosa: Visitor, plans: list[Plan]) -> None:
    rosa.books(clinic.visit_type, clinic.site, clinic.nine, pays="plan:lakeshore")
    assert "Lakeshore Health Plan" in html(rosa.browser.get("/you/"))
    address = f"/you/{Person.objects.get().public_id}/coverage/"
    card = {"pays": "other", "plan_name": "Harbor Plan", "subscriber_id": "A 1"}
    assert rosa.browser.post(address, card).headers["Location"] == "/you/"
    assert "Harbor Plan" in html(rosa.browser.get("/you/"))
    page = html(rosa.browser.get(address))
    assert 'value="Harbor Plan"' in page
    assert 'value="A 1"' in page
    rosa.browser.post(address, card | {"pays": "self_pay"})
    assert "I pay myself" in html(rosa.browser.get("/you/"))


def test_nobody_sees_how_others_pay(clinic: Clinic, rosa: Visitor, plans: list[Plan]) -> None:
    rosa.books(clinic.visit_type, clinic.site, clinic.nine)
    _, other = make_patient()
    assert rosa.browser.get(f"/you/{other.public_id}/coverage/").status_code == 404
    theirs = f"/api/v1/people/{other.public_id}/coverage/"
    assert rosa.browser.get(theirs).status_code == 404
    refused = rosa.browser.put(theirs, {"kind": "self_pay"}, content_type="application/json")
    assert refused.status_code == 404
    assert not Coverage.objects.filter(person=other).exists()


def books_far_ahead(rosa: Visitor, clinic: Clinic, now: datetime) -> Appointment:
    rosa.books(
        clinic.visit_type, clinic.site, at(clinic.site, days_after(now, 7), 9), pays="self_pay"
    )
    return Appointment.objects.get()


def test_an_estimate_is_read_once_it_is_given(
    clinic: Clinic, rosa: Visitor, clock_at_now: datetime
) -> None:
    visit = books_far_ahead(rosa, clinic, clock_at_now)
    address = f"/visits/{visit.public_id}/estimate/"
    assert "Ask for my estimate" in html(rosa.browser.get(address))
    plan_estimates(now=clock_at_now)
    assert "You have it by Tuesday, November 24" in html(rosa.browser.get(address))
    staff = make_staff(StaffRole.Role.FRONT_DESK, sites=[clinic.site])
    give_estimate(estimate=Estimate.objects.get(), user=staff, now=clock_at_now)
    paper = html(rosa.browser.get(address))
    for shown in ("Good faith estimate", "Rosa Alvarez", "March 28, 1957", "Dr. Chen", "$45"):
        assert shown in paper
    assert "$400 or more above this estimate" in paper
    assert "Read your price estimate" in html(rosa.browser.get(f"/visits/{visit.public_id}/"))


def test_asking_for_one_says_when_it_comes(
    clinic: Clinic, rosa: Visitor, clock_at_now: datetime
) -> None:
    rosa.books(clinic.visit_type, clinic.site, clinic.nine)
    address = f"/visits/{Appointment.objects.get().public_id}/estimate/"
    for _ in range(2):
        assert rosa.browser.post(address).headers["Location"] == address
    page = html(rosa.browser.get(address))
    assert "You have it by Wednesday, November 25" in page
    assert "Ask for my estimate" not in page


def test_others_have_no_estimate_of_mine(
    clinic: Clinic, rosa: Visitor, stranger: Visitor, clock_at_now: datetime
) -> None:
    visit = books_far_ahead(rosa, clinic, clock_at_now)
    stranger.books(clinic.visit_type, clinic.site, clinic.later(60), phone="212 555 0177")
    for path in ("visits", "api/v1/appointments"):
        address = f"/{path}/{visit.public_id}/estimate/"
        assert stranger.browser.get(address).status_code == 404
        assert stranger.browser.post(address).status_code == 404
    assert not Estimate.objects.exists()


def test_the_api_says_the_same(
    clinic: Clinic, rosa: Visitor, plans: list[Plan], clock_at_now: datetime
) -> None:
    visit = books_far_ahead(rosa, clinic, clock_at_now)
    person = visit.person.public_id
    api = rosa.browser
    assert [each["slug"] for each in api.get("/api/v1/plans/").json()] == [
        "lakeshore",
        "great-elm",
        "full",
    ]
    assert api.get(f"/api/v1/people/{person}/coverage/").json()["kind"] == "self_pay"
    said = {"kind": "insurance", "plan": "lakeshore", "subscriber_id": "A1"}
    told = api.put(f"/api/v1/people/{person}/coverage/", said, content_type="application/json")
    assert (told.status_code, told.json()["plan"]) == (200, "lakeshore")
    price = api.get("/api/v1/price/", {"visit_type": "blood-test", "person": str(person)}).json()
    assert price["full"] == {"low": 4500, "high": 4500}
    assert price["expected"] == {"low": 2000, "high": 2000}
    assert api.get("/api/v1/price/", {"visit_type": "blood-test"}).json()["expected"] is None
    for wrong in ({"kind": "insurance", "plan": "nobody"}, {"kind": "self_pay", "plan": "full"}):
        refused = api.put(
            f"/api/v1/people/{person}/coverage/", wrong, content_type="application/json"
        )
        assert refused.status_code == 400
    estimate = f"/api/v1/appointments/{visit.public_id}/estimate/"
    assert api.get(estimate).json()["due_on"] is None
    assert api.post(estimate).json()["due_on"] == "2026-11-27"
    staff = make_staff(StaffRole.Role.FRONT_DESK, sites=[clinic.site])
    give_estimate(estimate=Estimate.objects.get(), user=staff, now=clock_at_now)
    given = api.get(estimate).json()
    assert given["items"] == [{"name": "Blood test", "low": 4500, "high": 4500}]
    assert given["total"] == "$45"


def test_the_price_of_somebody_else_is_not_told(clinic: Clinic, rosa: Visitor) -> None:
    _, other = make_patient()
    asked = {"visit_type": "blood-test", "person": str(other.public_id)}
    assert rosa.browser.get("/api/v1/price/", asked).status_code == 404


def test_a_visit_that_is_over_takes_no_wish_for_an_estimate(
    clinic: Clinic, rosa: Visitor, time_passes: object
) -> None:
    rosa.books(clinic.visit_type, clinic.site, clinic.nine)
    visit = Appointment.objects.get()
    time_passes(timedelta(days=5))  # type: ignore[operator]
    answer = rosa.browser.post(f"/visits/{visit.public_id}/estimate/")
    assert answer.status_code == 409

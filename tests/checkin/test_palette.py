"""The desk by keyboard alone: the palette, the keys, and a check-in that leaves the board open."""

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from people.models import StaffRole, User
from scheduling.models import Appointment, Site
from scheduling.transitions import Status
from tests.builders import (
    check_in,
    make_appointment,
    make_clinician,
    make_group,
    make_site,
    make_staff,
)
from tests.builders import make_visit_type as make_type

Role = StaffRole.Role


# --- What the server answers


@pytest.fixture
def visit(db: None, clock_at_now: datetime) -> Appointment:
    make_group()
    return make_appointment(now=clock_at_now)


@pytest.fixture
def board(client: Client, visit: Appointment) -> Client:
    client.force_login(make_staff(Role.FRONT_DESK, sites=[visit.site]))
    client.defaults["HTTP_HX_REQUEST"] = "true"
    return client


BOTH = {"identity": "on", "contact": "on"}


def test_the_board_gets_a_part_of_a_page_to_verify_with(board: Client, visit: Appointment) -> None:
    part = board.get(reverse("checkin:patient", args=[visit.public_id])).content.decode()
    assert "March 28, 1957" in part
    assert "<html" not in part


def test_a_check_in_answers_with_the_board_as_it_is_then(board: Client, visit: Appointment) -> None:
    answer = board.post(reverse("checkin:check_in", args=[visit.public_id]), BOTH)
    told = json.loads(answer.headers["HX-Trigger-After-Swap"])["board:changed"]
    assert told == {"said": "Rosa Alvarez is checked in.", "row": f"visit-{visit.pk}", "waiting": 1}
    assert answer.headers["HX-Retarget"] == "[data-board]"
    here = answer.content.decode().partition('id="here-title"')[2].partition("</section>")[0]
    assert f'id="visit-{visit.pk}"' in here


def test_what_was_not_verified_is_asked_again_in_place(board: Client, visit: Appointment) -> None:
    answer = board.post(reverse("checkin:check_in", args=[visit.public_id]), {"identity": "on"})
    assert answer.status_code == 422
    assert "HX-Retarget" not in answer.headers
    assert "Check the phone and the e-mail" in answer.content.decode()
    visit.refresh_from_db()
    assert visit.status == Status.BOOKED


def test_a_visit_that_was_canceled_meanwhile_is_told_in_place(
    board: Client, visit: Appointment
) -> None:
    Appointment.objects.filter(pk=visit.pk).update(status=Status.CANCELED)
    answer = board.post(reverse("checkin:check_in", args=[visit.public_id]), BOTH)
    assert answer.status_code == 409
    assert "can no longer be checked in" in answer.content.decode()
    assert "<form" not in answer.content.decode()


# --- In a browser


@pytest.fixture
def site(transactional_db: None) -> Site:
    make_group()
    return make_site(slug="lake", name="Lakeside Clinic")


@pytest.fixture
def workday() -> datetime:
    """Ten o'clock in New York on the next weekday, so that the builders' clinicians work."""
    moment = datetime.now(UTC).replace(hour=15, minute=0, second=0, microsecond=0)
    while moment.weekday() > 4:
        moment += timedelta(days=1)
    return moment


@pytest.fixture
def today(site: Site, workday: datetime, monkeypatch: pytest.MonkeyPatch) -> list[Appointment]:
    """Rosa, José and Wei, expected one after the other on a day that began an hour ago."""
    visit_type = make_type(slug="blood-test")
    clinician = make_clinician(site=site, visit_types=[visit_type], name="Dr. Chen")
    visits = []
    for number, (given, family) in enumerate(
        [("Rosa", "Alvarez"), ("José", "Núñez"), ("Wei", "Chen")]
    ):
        visit = make_appointment(
            now=workday - timedelta(days=1),
            starts_at=workday + timedelta(minutes=30 * number),
            site=site,
            visit_type=visit_type,
            clinician=clinician,
        )
        visit.person.given_name, visit.person.family_name = given, family
        visit.person.born_on = date(1957, 3, 28 - number)
        visit.person.save()
        visits.append(visit)
    monkeypatch.setattr("clock.now", lambda: workday)
    return visits


@pytest.fixture
def sits_down(live_server: LiveServer, context: BrowserContext) -> Callable[[User, str], Page]:
    """Somebody of the staff, signed in, at a page; nothing may log an error there."""

    def open_page(user: User, path: str) -> Page:
        signed_in = Client()
        signed_in.force_login(user)
        session = signed_in.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
        )
        page = context.new_page()
        page.on("pageerror", lambda error: pytest.fail(str(error)))
        page.goto(f"{live_server.url}{path}")
        return page

    return open_page


@pytest.fixture
def desk(sits_down: Callable[[User, str], Page], site: Site, today: list[Appointment]) -> Page:
    return sits_down(make_staff(Role.FRONT_DESK, sites=[site]), "/desk/arrivals/")


@pytest.mark.browser
@pytest.mark.parametrize("keys", ["Control+k", "Meta+k", "/"])
def test_the_palette_finds_a_patient_by_keys_alone(
    desk: Page, today: list[Appointment], keys: str
) -> None:
    desk.keyboard.press(keys)
    box = desk.get_by_role("searchbox", name="Find a patient or page")
    expect(box).to_be_focused()
    desk.keyboard.type("nunez")
    option = desk.get_by_role("dialog").get_by_role("link", name=re.compile("José Núñez"))
    expect(option).to_be_visible()
    expect(desk.get_by_role("status").filter(has_text="1 result")).to_have_count(1)
    desk.keyboard.press("ArrowDown")
    expect(option).to_be_focused()
    desk.keyboard.press("ArrowUp")
    expect(box).to_be_focused()
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("Enter")
    expect(desk).to_have_url(re.compile(f"/desk/patients/{today[1].public_id}/"))


@pytest.mark.browser
def test_someone_in_a_hurry_types_and_presses_enter(desk: Page, today: list[Appointment]) -> None:
    desk.keyboard.press("Control+k")
    desk.keyboard.type("wei 3/26/1957")
    desk.keyboard.press("Enter")
    expect(desk).to_have_url(re.compile(f"/desk/patients/{today[2].public_id}/"))


@pytest.mark.browser
def test_a_page_is_found_by_its_name(desk: Page) -> None:
    desk.keyboard.press("Control+k")
    desk.keyboard.type("pass")
    desk.keyboard.press("Enter")
    expect(desk).to_have_url(re.compile("/accounts/"))


@pytest.mark.browser
def test_focus_stays_in_the_palette_and_returns_where_it_was(desk: Page) -> None:
    filter_box = desk.get_by_label("Find a name here")
    filter_box.focus()
    desk.keyboard.press("Control+k")
    box = desk.get_by_role("searchbox", name="Find a patient or page")
    desk.keyboard.type("a")
    for _ in range(12):
        desk.keyboard.press("Tab")
        outside = desk.evaluate(
            "document.activeElement !== document.body && "
            "!document.activeElement.closest('dialog[open]')"
        )
        assert not outside
    box.focus()
    desk.keyboard.press("ArrowDown")
    desk.keyboard.type("l")
    expect(box).to_have_value("al")
    desk.keyboard.press("Escape")
    desk.keyboard.press("Escape")  # the first may only have emptied the search box
    expect(desk.get_by_role("dialog")).to_have_count(0)
    expect(filter_box).to_be_focused()


@pytest.mark.browser
def test_nothing_that_was_typed_stands_in_an_address(desk: Page, today: list[Appointment]) -> None:
    asked: list[str] = []
    desk.on("request", lambda request: asked.append(request.url))
    desk.keyboard.press("Control+k")
    desk.keyboard.type("nunez")
    found = desk.get_by_role("dialog").get_by_role("link", name=re.compile("José Núñez"))
    expect(found).to_be_visible()
    assert asked
    assert not [url for url in asked if "nunez" in url]


@pytest.mark.browser
def test_a_manager_jumps_to_pages_and_finds_no_patients(
    sits_down: Callable[[User, str], Page], site: Site, today: list[Appointment]
) -> None:
    page = sits_down(make_staff(Role.MANAGER, sites=[site]), "/desk/feedback/")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("searchbox", name="Find a page")).to_be_focused()
    page.keyboard.type("work")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/desk/worklist/"))


@pytest.mark.browser
def test_the_keys_are_listed_and_single_ones_can_be_switched_off(desk: Page) -> None:
    desk.keyboard.press("?")
    listed = desk.get_by_role("dialog", name="Keys")
    expect(listed).to_contain_text("Find a patient or page")
    expect(listed).to_contain_text("Arrivals")
    desk.keyboard.press("Escape")
    desk.keyboard.press("f")
    expect(desk.get_by_label("Find a name here")).to_be_focused()
    desk.keyboard.type("?/1")
    expect(desk.get_by_label("Find a name here")).to_have_value("?/1")
    desk.get_by_role("button", name="Keys").click()
    listed.get_by_label("Use single keys in this browser").uncheck(force=True)
    desk.keyboard.press("Escape")
    desk.reload()
    desk.keyboard.press("?")
    desk.keyboard.press("/")
    expect(desk.get_by_role("dialog")).to_have_count(0)
    desk.keyboard.press("Control+k")
    expect(desk.get_by_role("dialog")).to_have_count(1)


@pytest.mark.browser
def test_a_patient_is_checked_in_without_leaving_the_board(
    desk: Page, today: list[Appointment]
) -> None:
    desk.evaluate("window.stillHere = true")
    desk.get_by_role("link", name="Check in Rosa Alvarez").focus()
    desk.keyboard.press("Enter")
    dialog = desk.get_by_role("dialog", name="Rosa Alvarez")
    expect(dialog).to_contain_text("March 28, 1957")
    desk.keyboard.press("Space")
    desk.keyboard.press("Enter")
    expect(
        dialog.get_by_role("link", name=re.compile("Check the phone and the e-mail"))
    ).to_be_visible()
    expect(dialog.locator("[data-error-summary]")).to_be_focused()
    dialog.get_by_label("Phone and e-mail are right").focus()
    desk.keyboard.press("Space")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("dialog")).to_have_count(0)
    here = desk.get_by_role("region", name=re.compile("Here, waiting"))
    expect(here.get_by_role("link", name="Rosa Alvarez")).to_be_focused()
    expect(desk.get_by_role("status").filter(has_text="Rosa Alvarez is checked in.")).to_have_count(
        1
    )
    assert desk.evaluate("window.stillHere"), "the page was not loaded again"
    today[0].refresh_from_db()
    assert today[0].status == Status.CHECKED_IN
    desk.get_by_role("link", name="Check in José Núñez").click()
    expect(desk.get_by_role("dialog", name="José Núñez")).to_be_visible()


@pytest.mark.browser
def test_a_session_that_ended_leads_to_the_sign_in_page(desk: Page) -> None:
    desk.context.clear_cookies()
    desk.get_by_role("link", name="Check in Rosa Alvarez").click()
    expect(desk).to_have_url(re.compile("/accounts/login/"))


@pytest.mark.browser
def test_a_clinician_calls_in_without_leaving_the_page(
    sits_down: Callable[[User, str], Page], site: Site, today: list[Appointment], workday: datetime
) -> None:
    clinician = today[0].clinician
    clinician.user = make_staff(Role.CLINICIAN, sites=[site])
    clinician.save()
    check_in(today[0], by=clinician.user, now=workday)
    page = sits_down(clinician.user, "/desk/my-day/")
    page.evaluate("window.stillHere = true")
    page.get_by_role("button", name=re.compile("Call in")).click()
    with_me = page.get_by_role("region", name="With me")
    expect(with_me).to_contain_text("Rosa Alvarez")
    expect(page.locator("#main")).to_be_focused()
    assert page.evaluate("window.stillHere")

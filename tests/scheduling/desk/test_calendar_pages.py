"""The calendar's pages at the desk: looking, moving, booking, blocking, and a clinician away."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from local import calendar_rows
from messaging.models import Task
from people.models import AuditEntry, StaffRole, User
from scheduling.models import Allocation, Appointment, AvailabilityException, Resource
from tests.builders import make_appointment, make_group, make_patient, make_site, make_staff
from tests.scheduling.world import TOMORROW, Clinic, make_clinic

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

ROOT = Path(__file__).parents[3]
ROUTES = ["day", "site_week", "week", "book", "block", "absence"]
Role = StaffRole.Role


@pytest.fixture
def clinic(db: None, clock_at_now: datetime) -> Clinic:
    make_group()
    return make_clinic()


@pytest.fixture
def visit(clinic: Clinic, now: datetime) -> Appointment:
    """Rosa's, tomorrow at ten."""
    return visit_at(clinic, 10, now, "Rosa")


def visit_at(clinic: Clinic, hour: int, now: datetime, name: str) -> Appointment:
    return make_appointment(
        now=now,
        starts_at=clinic.at(hour),
        site=clinic.site,
        visit_type=clinic.visit_type,
        clinician=clinic.clinician,
        patient=make_patient(given_name=name),
    )


@pytest.fixture
def desk_user(clinic: Clinic) -> User:
    return make_staff(Role.FRONT_DESK, sites=[clinic.site])


@pytest.fixture
def desk(desk_user: User) -> Client:
    return browser_of(desk_user)


def browser_of(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def address(name: str, *args: Any) -> str:
    return reverse(f"calendar:{name}", args=args)


def where(clinic: Clinic, time: str, **more: Any) -> dict[str, Any]:
    return {
        "site": clinic.site.slug,
        "who": clinic.clinician.resource.slug,
        "day": TOMORROW.isoformat(),
        "time": time,
        **more,
    }


def accepted(answer: "Answer") -> dict[str, Any]:
    """What the page that told the conflicts sends back of them."""
    html = answer.content.decode()
    keys = re.findall(r'name="accepted" value="([^"]*)"', html)
    (about,) = re.findall(r'name="accepted_for" value="([^"]*)"', html)
    return {"accepted": keys, "accepted_for": about}


# --- Looking


def test_the_day_shows_who_comes_and_leaves_a_trail(desk: Client, visit: Appointment) -> None:
    answer = desk.get(address("day"), {"day": TOMORROW.isoformat()})
    html = answer.content.decode()
    assert visit.person.full_name in html
    assert address("move", visit.public_id) in html
    assert AuditEntry.objects.filter(action="calendar.read", person=visit.person).count() == 1
    assert 'style="' not in html


def test_the_week_shows_one_clinician(desk: Client, visit: Appointment, clinic: Clinic) -> None:
    asked = {"of": clinic.clinician.resource.slug, "day": TOMORROW.isoformat()}
    answer = desk.get(address("week"), asked)
    assert len(answer.context["grid"].columns) == 7
    assert visit.person.full_name in answer.content.decode()
    assert desk.get(address("week"), {"of": "nobody"}).status_code == 404


@pytest.mark.parametrize("day", ["", "2026-13-01", "soon", "2026-02-30"])
def test_a_broken_day_is_today(desk: Client, now: datetime, day: str) -> None:
    assert desk.get(address("day"), {"day": day}).context["day"] == now.date()


@pytest.mark.parametrize("day", ["0001-01-01", "1999-12-31", "2100-01-01", "9999-12-31"])
def test_the_ends_of_time_are_not_reached(
    desk: Client, visit: Appointment, clinic: Clinic, day: str
) -> None:
    """A day in an address is brought near; one that is typed is told."""
    asked = {"day": day, "of": clinic.clinician.resource.slug}
    for name in ("day", "site_week", "week"):
        assert desk.get(address(name), asked).status_code == 200
    assert desk.get(address("book"), where(clinic, "10:00", day=day)).status_code == 200
    assert desk.get(address("block"), {"day": day}).status_code == 200
    typed = where(clinic, "10:00", day=day, until="11:00", reason="Rest", key="k", wanted="rosa")
    typed["visit_type"] = clinic.visit_type.slug
    for page in (address("move", visit.public_id), address("book"), address("block")):
        assert "Choose a day from 2000 to 2099" in desk.post(page, typed).content.decode()
    away: dict[str, Any] = {"who": clinic.clinician.public_id, "first_day": day, "last_day": day}
    assert desk.get(address("absence"), away).status_code == 422
    find = address("find_time", visit.person.public_id)
    assert desk.get(find, typed).status_code == 422
    pressed = typed | {"day": TOMORROW.isoformat(), "starts_at": f"{day}T00:00:00Z"}
    assert desk.post(find, pressed).status_code == 404


def test_every_row_of_a_day_has_its_class() -> None:
    """What no class places would stand anywhere. The longest day has 25 hours."""
    css = (ROOT / "static" / "css" / "calendar-rows.css").read_text()
    assert {int(each) for each in re.findall(r"\.r(\d+) ", css)} == set(range(1, 301))
    assert {int(each) for each in re.findall(r"\.h(\d+) ", css)} == set(range(3, 301))
    assert len(re.findall(r"\.lane-\d-\d ", css)) == 10
    assert css == calendar_rows.style_sheet(), "run make styles"


# --- Who may


@pytest.mark.parametrize("role", [Role.AGENT, Role.CLINICIAN, Role.MANAGER])
@pytest.mark.parametrize("name", ROUTES)
def test_for_other_roles_there_is_no_calendar(clinic: Clinic, role: str, name: str) -> None:
    assert browser_of(make_staff(role, sites=[clinic.site])).get(address(name)).status_code == 404


def test_the_desk_of_another_site_finds_nothing_here(clinic: Clinic, visit: Appointment) -> None:
    outsider = browser_of(make_staff(Role.FRONT_DESK, sites=[make_site()]))
    page = address("move", visit.public_id)
    assert outsider.get(page).status_code == 404
    assert outsider.post(page, where(clinic, "11:00")).status_code == 404
    seen = outsider.get(address("day"), {"site": clinic.site.slug, "day": TOMORROW.isoformat()})
    assert visit.person.full_name not in seen.content.decode()
    assert outsider.post(address("block"), where(clinic, "12:00", until="13:00")).status_code == 422
    tomorrow = TOMORROW.isoformat()
    asked = {
        "who": str(clinic.clinician.public_id),
        "first_day": tomorrow,
        "last_day": tomorrow,
    }
    assert outsider.get(address("absence"), asked).status_code == 422
    visit.refresh_from_db()
    assert visit.version == 1


def test_staff_without_a_site_have_no_calendar(clinic: Clinic) -> None:
    assert browser_of(make_staff(Role.FRONT_DESK)).get(address("day")).status_code == 404


# --- Moving


def test_a_free_time_is_one_press(desk: Client, visit: Appointment, clinic: Clinic) -> None:
    page = address("move", visit.public_id)
    looked = desk.get(page, where(clinic, "11:00"))
    assert "This time is free" in looked.content.decode()
    answer = desk.post(page, where(clinic, "11:00", version=1))
    assert answer.headers["Location"].endswith(f"day={TOMORROW.isoformat()}")
    visit.refresh_from_db()
    assert (visit.starts_at, visit.version) == (clinic.at(11), 2)


def test_looking_moves_nothing(desk: Client, visit: Appointment, clinic: Clinic) -> None:
    desk.get(address("move", visit.public_id), where(clinic, "11:00"))
    visit.refresh_from_db()
    assert visit.version == 1


def test_all_conflicts_are_told_and_a_reason_moves_it_all_the_same(
    desk: Client, visit: Appointment, clinic: Clinic, now: datetime
) -> None:
    visit_at(clinic, 14, now, "Omar")
    page, wanted = address("move", visit.public_id), where(clinic, "14:10", version=1)
    told = desk.post(page, wanted)
    assert told.status_code == 409
    assert [line["key"].split(":")[0] for line in told.context["conflicts"]] == [
        "visit",
        "not_offered",
    ]
    assert "Omar Alvarez has a visit then" in told.content.decode()
    without = desk.post(page, wanted | accepted(told))
    assert without.status_code == 422
    assert "Say why" in without.content.decode()
    moved = desk.post(page, wanted | accepted(told) | {"reason": "The bus comes at two"})
    assert moved.status_code == 302
    visit.refresh_from_db()
    assert visit.starts_at == clinic.at(14, 10)
    assert visit.events.latest("pk").reason == "The bus comes at two"


def test_what_was_seen_for_one_time_is_not_accepted_for_another(
    desk: Client, visit: Appointment, clinic: Clinic
) -> None:
    page = address("move", visit.public_id)
    told = desk.post(page, where(clinic, "08:00", version=1))
    other = where(clinic, "07:00", version=1, reason="Early bird") | accepted(told)
    assert desk.post(page, other).status_code == 409
    visit.refresh_from_db()
    assert visit.version == 1


@pytest.mark.parametrize(
    "broken", [{"time": "25:00"}, {"day": "soon"}, {"who": "nobody"}, {"site": "nowhere"}]
)
def test_a_broken_form_is_told_kindly(
    desk: Client, visit: Appointment, clinic: Clinic, broken: dict[str, str]
) -> None:
    answer = desk.post(address("move", visit.public_id), where(clinic, "11:00") | broken)
    assert answer.status_code == 422


def test_a_time_that_the_clocks_skip_is_told(
    desk: Client, visit: Appointment, clinic: Clinic
) -> None:
    spring = where(clinic, "02:30") | {"day": "2027-03-14"}
    answer = desk.post(address("move", visit.public_id), spring)
    assert answer.status_code == 422
    assert "The clocks change then" in answer.content.decode()


# --- Booking


def test_the_desk_finds_the_patient_and_books(
    desk: Client, visit: Appointment, clinic: Clinic
) -> None:
    form = where(clinic, "11:00", wanted="rosa", visit_type=clinic.visit_type.slug, key="one-press")
    found = desk.post(address("book"), form)
    assert list(found.context["people"]) == [visit.person]
    chosen = form | {"person": str(visit.person.public_id)}
    for _ in range(2):
        assert desk.post(address("book"), chosen).status_code == 302
    assert Appointment.objects.filter(person=visit.person).count() == 2


def test_overbooking_needs_the_conflicts_seen_and_a_reason(
    desk: Client, visit: Appointment, clinic: Clinic, now: datetime
) -> None:
    other = visit_at(clinic, 14, now, "Omar")
    form = where(
        clinic,
        "10:00",
        wanted="omar",
        visit_type=clinic.visit_type.slug,
        key="one-press",
        person=str(other.person.public_id),
    )
    told = desk.post(address("book"), form)
    assert told.status_code == 409
    assert desk.post(address("book"), form | accepted(told)).status_code == 422
    done = desk.post(address("book"), form | accepted(told) | {"reason": "In pain"})
    assert done.status_code == 302
    booked = Appointment.objects.latest("pk")
    assert booked.person == other.person
    assert booked.allocations.get().overbook


def test_only_patients_of_these_sites_are_found(
    desk: Client, clinic: Clinic, now: datetime
) -> None:
    stranger = make_appointment(now=now, patient=make_patient(given_name="Quentin"))
    form = where(
        clinic,
        "11:00",
        wanted="quentin",
        visit_type=clinic.visit_type.slug,
        key="k",
        person=str(stranger.person.public_id),
    )
    answer = desk.post(address("book"), form)
    assert list(answer.context["people"]) == []
    assert Appointment.objects.count() == 1


# --- Blocking


def test_blocking_tells_the_visits_in_the_way(
    desk: Client, visit: Appointment, clinic: Clinic
) -> None:
    form = where(clinic, "09:30", until="11:00", reason="Team meeting")
    told = desk.post(address("block"), form)
    assert told.status_code == 409
    assert visit.person.full_name in told.content.decode()
    assert desk.post(address("block"), form | accepted(told)).status_code == 302
    row = Allocation.objects.get(kind="block")
    assert (row.reason, row.during.lower) == ("Team meeting", clinic.at(9, 30))
    desk.post(address("unblock"), {"block": row.pk})
    row.refresh_from_db()
    assert not row.active


@pytest.mark.parametrize("broken", [{"until": "09:00"}, {"reason": ""}, {"until": ""}])
def test_a_block_says_until_when_and_why(
    desk: Client, clinic: Clinic, broken: dict[str, str]
) -> None:
    form = where(clinic, "12:00", until="13:00", reason="Team meeting") | broken
    assert desk.post(address("block"), form).status_code == 422
    assert not Allocation.objects.exists()


def test_a_room_is_blocked_too(desk: Client, clinic: Clinic) -> None:
    room = Resource.objects.create(slug="exam", kind="room", site=clinic.site, category="exam")
    form = where(clinic, "12:00", until="13:00", reason="New lamp") | {"who": room.slug}
    assert desk.post(address("block"), form).headers["Location"].endswith("by=rooms")
    assert Allocation.objects.get().resource == room


@pytest.mark.parametrize("number", ["", "0", "99999", "abc", "²"])
def test_what_is_no_block_is_not_unblocked(desk: Client, clinic: Clinic, number: str) -> None:
    assert desk.post(address("unblock"), {"block": number}).status_code == 404


# --- A clinician away


def test_one_press_sees_to_every_visit(
    desk: Client, visit: Appointment, clinic: Clinic, now: datetime
) -> None:
    second = visit_at(clinic, 14, now, "Omar")
    clinic.add_clinician()
    asked: dict[str, Any] = {
        "who": clinic.clinician.public_id,
        "first_day": TOMORROW.isoformat(),
        "last_day": TOMORROW.isoformat(),
    }
    shown = desk.get(address("absence"), asked)
    values = [value for _, value in shown.context["suggestions"]]
    assert len(values) == 2
    nothing = desk.post(address("absence"), asked | {"move": values})
    assert nothing.status_code == 422
    assert not AvailabilityException.objects.exists()
    done = desk.post(address("absence"), asked | {"move": values[:1], "reason": "Ill"})
    assert [(each.visit.pk, each.what) for each in done.context["outcomes"]] == [
        (visit.pk, "moved"),
        (second.pk, "handed_over"),
    ]
    assert Task.objects.get(status=Task.Status.OPEN).person == second.person


@pytest.mark.parametrize("value", ["", "1.2.3", "a.b.c.d", "1.99999.1.1", f"1.1.1.{10**17}"])
def test_a_new_time_that_no_page_sends_is_refused(
    desk: Client, visit: Appointment, clinic: Clinic, value: str
) -> None:
    asked = {
        "who": clinic.clinician.public_id,
        "first_day": TOMORROW.isoformat(),
        "last_day": TOMORROW.isoformat(),
        "reason": "Ill",
        "move": [value],
    }
    assert desk.post(address("absence"), asked).status_code == 404
    assert not AvailabilityException.objects.exists()


# --- In a browser


@pytest.fixture
def opened(
    browser: Browser, live_server: LiveServer, desk: Client
) -> Iterator[Callable[..., Page]]:
    """The desk's browser; without scripts when asked."""
    contexts = []

    def open_it(*, scripts: bool = True) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": 1440, "height": 900},
            java_script_enabled=scripts,
        )
        contexts.append(context)
        context.add_cookies(
            [
                {"name": name, "value": cookie.value, "url": live_server.url}
                for name, cookie in desk.cookies.items()
            ]
        )
        context.set_default_timeout(15_000)
        return context.new_page()

    yield open_it
    for context in contexts:
        context.close()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_visit_is_moved_by_keyboard_alone(
    opened: Callable[..., Page], visit: Appointment, clinic: Clinic
) -> None:
    page = opened(scripts=False)
    page.goto(f"{address('day')}?day={TOMORROW.isoformat()}")
    page.get_by_role("link", name=re.compile("Rosa Alvarez")).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Move this visit")).to_be_visible()
    page.get_by_label("Time").focus()
    page.keyboard.type("0800AM")
    page.get_by_role("button", name="Move", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("does not work here at this time")
    page.get_by_label("Reason").focus()
    page.keyboard.type("Works early for her")
    page.get_by_role("button", name="Move all the same").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Rosa Alvarez is moved, and will be told.")).to_be_visible()
    visit.refresh_from_db()
    assert visit.starts_at == clinic.at(8)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_visit_is_dragged_to_a_time_that_is_then_looked_at(
    opened: Callable[..., Page], visit: Appointment, clinic: Clinic
) -> None:
    page = opened()
    page.goto(f"{address('day')}?day={TOMORROW.isoformat()}")
    link = page.get_by_role("link", name=re.compile("Rosa Alvarez"))
    column = page.locator("[data-column]").first
    top, held = column.bounding_box(), link.bounding_box()
    assert top
    assert held
    two_hours = 2 * 12 * 8  # five-minute rows of eight pixels
    link.drag_to(
        column,
        source_position={"x": 20, "y": 5},
        target_position={"x": 60, "y": held["y"] - top["y"] + 5 + two_hours},
    )
    expect(page.get_by_text("This time is free")).to_be_visible()
    expect(page.get_by_label("Time")).to_have_value("12:00")
    visit.refresh_from_db()
    assert visit.version == 1
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_text("Rosa Alvarez is moved, and will be told.")).to_be_visible()
    visit.refresh_from_db()
    assert visit.starts_at == clinic.at(12)

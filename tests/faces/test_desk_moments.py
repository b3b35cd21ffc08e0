"""What the desk meets while it books for a caller: somebody new, a waitlist, a visit that moved.

axe finds nothing wrong with it, in English (in light colors and in dark) and in Spanish.
"""

from collections.abc import Callable
from datetime import datetime

import pytest
from playwright.sync_api import Page, expect

from scheduling.booking.services.rescheduling import reschedule_appointment
from scheduling.models import Appointment, VisitType
from tests.builders import ask_questions, at, days_after
from tests.faces.pressing import press, send, sends_with_a_mistake
from tests.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("language", ["en", "es"]),
    pytest.mark.complete,
]

Look = Callable[[Page, str], None]


def test_somebody_new(world: World, open_browser: Callable[..., Page], look: Look) -> None:
    rosa = Appointment.objects.get(public_id=world.keys["appointment_id"]).person
    desk = open_browser(like=world.staff, desktop=True)
    desk.goto(world.address("calendar:new_patient", []))
    sends_with_a_mistake(desk, look, "nothing is typed about somebody new")
    desk.locator("[name=given_name]").fill(rosa.given_name)
    desk.locator("[name=family_name]").fill(rosa.family_name)
    desk.locator("[name=born_on]").fill(rosa.born_on.isoformat())
    desk.locator("[name=phone]").fill("716 555 0177")
    send(desk)
    expect(desk.locator("[name=same]")).not_to_have_count(0)
    look(desk, "somebody may be the same")
    desk.locator("#same-new").check()
    with desk.expect_navigation():
        desk.locator("main .form-actions button[type=submit]").click()
    expect(desk.locator("[name=visit_type]")).to_be_visible()
    look(desk, "on to the time")


def test_what_to_ask_first(world: World, open_browser: Callable[..., Page], look: Look) -> None:
    ask_questions(VisitType.objects.get(slug="blood-test"))
    desk = open_browser(like=world.staff, desktop=True)
    desk.goto(world.address("calendar:book", []))
    desk.locator("[name=visit_type]").select_option("check-up")
    expect(desk.locator("[data-asks=check-up]")).to_be_visible()
    expect(desk.locator("[data-asks=blood-test]")).to_be_hidden()
    look(desk, "what to ask first")


def test_a_caller_waits(world: World, open_browser: Callable[..., Page], look: Look) -> None:
    desk = open_browser(like=world.staff, desktop=True)
    desk.goto(world.address("calendar:wait", ["person_id"]))
    desk.locator("[name=latest]").fill("2026-01-01")
    sends_with_a_mistake(desk, look, "days that are over")
    desk.goto(world.address("calendar:sooner", ["appointment_id"]))
    send(desk)
    look(desk, "on the list")


def test_a_visit_that_was_moved_meanwhile(
    world: World, open_browser: Callable[..., Page], look: Look, clock_at_now: datetime
) -> None:
    visit = Appointment.objects.get(public_id=world.keys["appointment_id"])
    desk = open_browser(like=world.staff, desktop=True)
    desk.goto(world.address("calendar:move", ["appointment_id"]))
    assert visit.booked_by is not None
    reschedule_appointment(
        appointment=visit,
        site=visit.site,
        starts_at=at(visit.site, days_after(clock_at_now, 2), 14),
        user=visit.booked_by,
        now=clock_at_now,
    )
    desk.locator("[name=time]").fill("15:30")
    with desk.expect_navigation():
        desk.locator("main .form-actions button[type=submit]").first.click()
    expect(desk.locator("[role=alert]")).to_be_visible()
    expect(desk.locator("[name=time]")).to_have_value("15:30")
    look(desk, "moved meanwhile")
    desk.goto(world.address("calendar:move", ["appointment_id"]))
    desk.locator("details[data-disclosure] summary").click()
    press(desk.locator("form[action$='/cancel/'] button[type=submit]"))
    expect(desk.locator("[data-error-summary]")).to_be_visible()
    look(desk, "no reason to cancel")

"""A visit goes through the clinic with the keyboard alone, and what a screen reader is told."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import MONDAY
from tests.journeys.keyboard import Keyboard
from tests.journeys.steps import (
    CLINICIAN_TODAY,
    colleague_checks_in,
    have_visits_today,
    link_texted,
    six_digits,
)
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.complete]

OMAR, VERA, TESS = "+17165550152", "+17165550153", "+17165550154"
People = Callable[..., Page]


def test_a_visit_goes_through_the_clinic(stack: Stack, new_person: People) -> None:
    have_visits_today(stack, {"Omar Haddad": OMAR, "Vera Lindqvist": VERA, "Tess Brandt": TESS})
    desk = Keyboard(new_person(desktop=True))
    manager = Keyboard(new_person(desktop=True))
    clinician, agent = (Keyboard(new_person(desktop=True, dark=True)) for _ in range(2))
    signs_in(desk, stack, "desk")
    the_desk_looks_for_a_name_and_opens_the_dialog(desk)
    the_desk_checks_a_patient_in_without_leaving_the_board(desk)
    the_desk_hears_that_somebody_else_is_waiting(desk, stack)
    the_desk_jumps_to_a_patient(desk)
    signs_in(clinician, stack, CLINICIAN_TODAY)
    the_clinician_calls_in_and_writes_the_summary(clinician)
    the_patient_says_how_it_was(Keyboard(new_person()), stack)
    the_desk_marks_who_did_not_come(desk)
    an_agent_does_a_task(agent, stack)
    the_manager_reads_the_feedback(manager, stack)


def signs_in(staff: Keyboard, stack: Stack, email: str) -> None:
    known, page = stack.staff(email), staff.page
    page.goto("/accounts/login/")
    staff.fill(page.get_by_label(re.compile("E-?mail")), known["email"])
    staff.press("Enter")
    staff.is_taken_to(page.locator(".error-summary"))
    staff.fill(page.get_by_label("Password"), known["password"])
    staff.press("Enter")
    expect(page.get_by_role("heading", name="Type your sign-in code")).to_be_visible()
    staff.is_taken_to(page.get_by_label(re.compile("code", re.IGNORECASE)))
    staff.write(six_digits(known["secret"]))
    staff.press("Enter")
    page.wait_for_url("**/desk/**")


def the_desk_looks_for_a_name_and_opens_the_dialog(desk: Keyboard) -> None:
    page = desk.page
    desk.use(page.get_by_role("link", name="Northfield Buffalo"))
    page.wait_for_url("**/?site=buffalo")
    desk.goes_through_the_rest()
    desk.press("f")
    desk.is_taken_to(page.get_by_label("Find a name here"))
    desk.write("nobody")
    desk.hears("Nobody here has that name.")
    desk.press("Control+A", "Delete")
    opener = page.get_by_role("link", name="Check in Omar Haddad")
    desk.use(opener)
    dialog = page.get_by_role("dialog", name="Omar Haddad")
    expect(dialog).to_be_visible()
    assert desk.is_within(dialog)
    desk.cannot_leave(dialog)
    desk.press("Escape")
    expect(dialog).to_be_hidden()
    desk.is_taken_to(opener)


def the_desk_checks_a_patient_in_without_leaving_the_board(desk: Keyboard) -> None:
    page = desk.page
    desk.press("Enter")
    dialog = page.get_by_role("dialog", name="Omar Haddad")
    expect(dialog).to_be_visible()
    desk.use(dialog.get_by_role("button", name="Check in"))
    desk.is_taken_to(dialog.locator(".error-summary"))
    desk.sees_where_they_are()
    desk.use(dialog.get_by_label("Full name and date of birth match"), "Space")
    desk.use(dialog.get_by_label("Phone and e-mail are right"), "Space")
    desk.use(dialog.get_by_role("button", name="Check in"))
    desk.hears("Omar Haddad is checked in.")
    desk.is_taken_to(page.get_by_role("link", name="Omar Haddad", exact=True))
    desk.sees_where_they_are()


def the_desk_hears_that_somebody_else_is_waiting(desk: Keyboard, stack: Stack) -> None:
    colleague_checks_in(stack, "Vera")
    desk.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    desk.hears("Waiting now: 2")
    desk.is_taken_to(desk.page.get_by_role("link", name="Omar Haddad", exact=True))


def the_desk_jumps_to_a_patient(desk: Keyboard) -> None:
    page = desk.page
    desk.press("Control+k")
    palette = page.get_by_role("dialog", name="Find a patient or page")
    desk.is_taken_to(palette.get_by_role("searchbox"))
    desk.cannot_leave(palette)
    desk.press("Escape")
    expect(palette).to_be_hidden()
    desk.is_taken_to(page.get_by_role("link", name="Omar Haddad", exact=True))
    desk.press("Control+k")
    desk.write("tess")
    desk.hears("1 result")
    desk.press("ArrowDown")
    desk.sees_where_they_are()
    assert desk.is_at(palette.get_by_role("link", name=re.compile("Tess Brandt")))
    desk.press("Enter")
    expect(page.get_by_role("heading", name="Tess Brandt")).to_be_visible()


def the_clinician_calls_in_and_writes_the_summary(clinician: Keyboard) -> None:
    page = clinician.page
    clinician.use(page.get_by_role("button", name="Call in Omar Haddad"))
    clinician.is_taken_to(page.get_by_role("main"))
    clinician.hears("Omar Haddad is with you now.")
    write = page.get_by_role("link", name="Write summary and complete Omar Haddad")
    expect(write).to_be_visible()
    clinician.use(write)
    clinician.use(page.get_by_role("button", name="Complete the visit"))
    clinician.is_taken_to(page.locator(".error-summary"))
    clinician.fill(page.get_by_label("What we said"), "All went well.")
    clinician.fill(page.get_by_label("What to do next"), "Rest today.")
    clinician.fill(page.get_by_label("Next visit"), "Follow")
    clinician.fill(page.get_by_label("In how many weeks"), "4")
    clinician.use(page.get_by_role("button", name="Complete the visit"))
    expect(page.get_by_text("Visit completed.")).to_be_visible()
    clinician.goes_through_the_rest()


def the_patient_says_how_it_was(omar: Keyboard, stack: Stack) -> None:
    stack.move_clock(MONDAY + timedelta(hours=6))
    page = omar.page
    page.goto(link_texted(stack, OMAR, "how was your visit"))
    omar.use(page.get_by_role("button", name="Send"))
    omar.is_taken_to(page.locator(".error-summary"))
    omar.choose(page.get_by_label("Very good", exact=True))
    omar.choose(page.get_by_label("Not long at all"))
    omar.fill(page.get_by_label(re.compile("What could we do better")), "Everybody was kind.")
    omar.use(page.get_by_role("button", name="Send"))
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()


def the_desk_marks_who_did_not_come(desk: Keyboard) -> None:
    page = desk.page
    page.reload()
    question = page.get_by_text("Did not come", exact=True)
    opener = page.locator("summary").filter(has=question)
    sure = page.get_by_role("button", name="Yes, did not come")
    desk.use(opener)
    desk.go_to(sure)
    desk.press("Escape")
    expect(sure).to_be_hidden()
    desk.is_taken_to(opener)
    desk.press("Enter")
    desk.use(page.get_by_role("button", name="Go back"))
    desk.is_taken_to(opener)
    desk.press("Enter")
    desk.use(sure)
    expect(page.get_by_text("Marked as missed.")).to_be_visible()


def an_agent_does_a_task(agent: Keyboard, stack: Stack) -> None:
    stack.sandbox("reply", **{"from": OMAR, "body": "I lost my umbrella, is it with you?"})
    page = agent.page
    signs_in(agent, stack, "agent")
    expect(page.get_by_role("heading", name="Worklist")).to_be_visible()
    task = page.get_by_role("rowheader").get_by_role("link").first
    expect(task).to_be_visible()
    agent.use(task)
    agent.use(page.get_by_role("button", name="Save"))
    agent.is_taken_to(page.locator(".error-summary"))
    agent.choose(page.get_by_role("radio").first)
    agent.fill(page.get_by_label("Note"), "It is at the desk.")
    agent.use(page.get_by_role("button", name="Save"))
    expect(page.get_by_role("heading", name="Worklist")).to_be_visible()


def the_manager_reads_the_feedback(manager: Keyboard, stack: Stack) -> None:
    page = manager.page
    signs_in(manager, stack, "manager")
    manager.use(page.get_by_role("link", name="Patient feedback"))
    manager.use(page.get_by_text("See the numbers as a table"))
    expect(page.get_by_role("table", name=re.compile("said their visit was good"))).to_be_visible()
    manager.go_to(page.get_by_role("link", name="Download the numbers"))
    manager.goes_through_the_rest()


def test_the_list_of_keys_gives_focus_back(stack: Stack, new_person: People) -> None:
    desk = Keyboard(new_person(desktop=True))
    page = desk.page
    signs_in(desk, stack, "admin")
    opener = page.get_by_role("button", name="Keys")
    desk.use(opener)
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_be_visible()
    desk.cannot_leave(keys)
    desk.press("Escape")
    expect(keys).to_be_hidden()
    desk.is_taken_to(opener)
    desk.press("?")
    expect(keys).to_be_visible()
    desk.press("Escape", "/")
    desk.is_taken_to(page.get_by_role("searchbox", name="Find a patient or page"))
    desk.press("Escape", "3")
    expect(page.get_by_role("heading", name="Worklist")).to_be_visible()

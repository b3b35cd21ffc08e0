"""A patient's journeys with the keyboard alone, and what a screen reader is told on the way."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.keyboard import Keyboard
from tests.journeys.steps import code_texted
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.complete]

ROSA = "+17165550151"
People = Callable[..., Page]


def test_a_patient_books_moves_and_cancels(stack: Stack, new_person: People) -> None:
    rosa = Keyboard(new_person())
    she_skips_to_the_main_part(rosa)
    she_finds_a_time(rosa)
    she_is_led_through_what_she_left_out(rosa)
    she_says_who_she_is(rosa)
    she_proves_her_phone_and_books(rosa, stack)
    she_moves_her_visit(rosa)
    she_cancels_it(rosa)
    she_signs_out_and_in_again(rosa, stack)


def she_skips_to_the_main_part(rosa: Keyboard) -> None:
    rosa.page.goto("/")
    rosa.tab()
    assert rosa.is_at(rosa.page.get_by_role("link", name="Skip to the main part"))
    rosa.press("Enter")
    rosa.tab()
    assert rosa.is_within(rosa.page.get_by_role("main"))


def she_finds_a_time(rosa: Keyboard) -> None:
    page = rosa.page
    rosa.fill(page.get_by_label("Your ZIP code or town"), "Buffalo")
    rosa.use(page.get_by_role("button", name="Blood test"))
    expect(page.get_by_role("heading", name="Choose a time")).to_be_visible()
    later = page.get_by_role("link", name="Later")
    rosa.use(later)
    rosa.hears("December 8 to December 15")
    assert rosa.is_at(later), "and can press it again"
    third_day = page.locator("details.day").nth(2)
    rosa.use(third_day.locator("summary"))
    rosa.use(third_day.locator("button.slot").nth(1))
    expect(page.get_by_role("heading", name="Who is coming?")).to_be_visible()


def she_is_led_through_what_she_left_out(rosa: Keyboard) -> None:
    page = rosa.page
    rosa.use(page.get_by_role("button", name="Continue"))
    rosa.is_taken_to(page.locator(".error-summary"))
    rosa.sees_where_they_are()
    rosa.use(page.get_by_role("link", name="Enter your date of birth."))
    rosa.is_taken_to(page.get_by_label("Month"))
    rosa.sees_where_they_are()
    rosa.go_to(page.get_by_role("link", name="Enter your first name."), key="Shift+Tab")
    rosa.press("Enter")
    rosa.is_taken_to(page.get_by_label("First name"))
    rosa.sees_where_they_are()


def she_says_who_she_is(rosa: Keyboard) -> None:
    page = rosa.page
    rosa.write("Rosa")
    rosa.fill(page.get_by_label("Last name"), "Alvarez")
    rosa.fill(page.get_by_label("Month"), "3")
    rosa.fill(page.get_by_label("Day"), "28")
    rosa.fill(page.get_by_label("Year"), "1957")
    rosa.fill(page.get_by_label("Mobile phone"), ROSA)
    rosa.choose(page.get_by_role("radio", name="Español"))
    rosa.press("ArrowUp")
    assert page.get_by_role("radio", name="English").is_checked()
    rosa.choose(page.get_by_role("radio", name="Text message"))
    rosa.use(page.get_by_role("button", name="Continue"))


def she_proves_her_phone_and_books(rosa: Keyboard, stack: Stack) -> None:
    page = rosa.page
    expect(page.get_by_role("heading", name="Enter your code")).to_be_visible()
    rosa.fill(page.get_by_label("Your code"), "000000")
    rosa.press("Enter")
    rosa.is_taken_to(page.locator(".error-summary"))
    rosa.use(page.get_by_role("link", name=re.compile("That code does not fit")))
    rosa.is_taken_to(page.get_by_label("Your code"))
    rosa.write(code_texted(stack, ROSA))
    rosa.press("Enter")
    expect(page.get_by_role("heading", name="Is this right?")).to_be_visible()
    rosa.use(page.get_by_role("button", name="Book this visit"))
    expect(page.get_by_role("heading", name="You are booked")).to_be_visible()
    rosa.goes_through_the_rest()


def she_moves_her_visit(rosa: Keyboard) -> None:
    page = rosa.page
    rosa.use(page.get_by_role("link", name="Move this visit"))
    expect(page.get_by_role("heading", name="Move your visit")).to_be_visible()
    rosa.use(page.get_by_role("link", name="Take back: Northfield Buffalo"))
    expect(page.get_by_role("link", name="Take back: Northfield Buffalo")).to_have_count(0)
    rosa.use(page.get_by_role("link", name="Later"))
    rosa.hears("December 8 to December 15")
    rosa.use(page.locator("details.offer summary", has_text="Rochester").first)
    rosa.use(page.locator("details.offer", has_text="Rochester").first.locator("button.slot").first)
    expect(page.get_by_text("Your visit has a new time.").first).to_be_visible()
    rosa.goes_through_the_rest()


def she_cancels_it(rosa: Keyboard) -> None:
    page = rosa.page
    rosa.use(page.get_by_role("link", name=re.compile("^Cancel")))
    expect(page.get_by_role("heading", name="Cancel your visit")).to_be_visible()
    rosa.use(page.get_by_role("button", name="I cannot come that day"))
    expect(page.get_by_text("Your visit is canceled.")).to_be_visible()
    rosa.use(page.get_by_role("button", name="Undo"))
    expect(page.get_by_text("Undone.")).to_be_visible()
    rosa.use(page.get_by_role("link", name=re.compile("^Cancel")))
    rosa.use(page.get_by_role("button", name="The cost"))
    expect(page.get_by_text("Your visit is canceled.")).to_be_visible()


def she_signs_out_and_in_again(rosa: Keyboard, stack: Stack) -> None:
    page = rosa.page
    rosa.use(page.get_by_role("button", name="Sign out"))
    rosa.use(page.get_by_role("link", name="Sign in"))
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    rosa.fill(page.get_by_role("textbox"), ROSA)
    rosa.press("Enter")
    rosa.fill(page.get_by_label("Your code"), code_texted(stack, ROSA, number=2))
    rosa.press("Enter")
    expect(page.get_by_role("heading", name="My visits")).to_be_visible()


# --- What changes by itself is told


def test_a_hold_says_when_it_is_about_to_end(new_person: People) -> None:
    nora = Keyboard(new_person(dark=True))
    nora.page.clock.install()
    nora.page.goto("/book/blood-test/?near=Buffalo")
    nora.use(nora.page.locator("button.slot").first)
    expect(nora.page.get_by_role("heading", name="Who is coming?")).to_be_visible()
    nora.page.clock.fast_forward("04:05")
    nora.hears("One minute left.")
    nora.page.clock.fast_forward("01:00")
    nora.hears("Time is up. Press Give me more time to see if it is still free.")
    nora.use(nora.page.get_by_role("button", name="Give me more time"))
    expect(nora.page.get_by_text(re.compile(r"^[45]:\d\d$"))).to_be_visible()


def test_a_time_that_somebody_else_took_is_told_where_focus_goes(new_person: People) -> None:
    nora, other = Keyboard(new_person(dark=True)), new_person()
    nora.page.goto("/book/x-ray/?near=Buffalo")
    slot = nora.page.locator("button.slot").first
    other.goto(nora.page.url)
    other.locator(f'button.slot[value="{slot.get_attribute("value")}"]').click()
    expect(other.get_by_role("heading", name="Who is coming?")).to_be_visible()
    nora.use(slot)
    nora.hears("That time was just taken. Here are the closest ones.")
    nora.tab()
    assert nora.is_within(nora.page.get_by_role("alert")), "the closest times are next"
    nora.press("Enter")
    expect(nora.page.get_by_role("heading", name="Who is coming?")).to_be_visible()


def test_the_last_week_leaves_focus_where_it_can_be_seen(new_person: People) -> None:
    nora = Keyboard(new_person(dark=True))
    nora.page.goto("/book/blood-test/?near=Buffalo&day=2027-03-17")
    nora.use(nora.page.get_by_role("link", name="Later"))
    nora.hears("March 25 to March 30")
    expect(nora.page.get_by_role("link", name="Later")).to_have_count(0)
    assert nora.is_within(nora.page.get_by_role("main")), "the link that had focus is gone"
    nora.sees_where_they_are()

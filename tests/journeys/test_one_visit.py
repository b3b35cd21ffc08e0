"""The whole life of one appointment, as the people in it see it."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar
from playwright.sync_api import Page, expect

from tests.journeys.conftest import MONDAY
from tests.journeys.steps import code_texted, sign_in
from tests.stack import Stack, eventually

pytestmark = [pytest.mark.browser, pytest.mark.stack]

PHONE, EMAIL = "+17165550142", "rosa@example.com"
Take = Callable[[Page, str], None]
People = Callable[..., Page]


def test_the_whole_life_of_one_appointment(stack: Stack, new_person: People, look: Take) -> None:
    rosa = new_person()
    rosa_looks_for_a_blood_test_near_her(rosa, look)
    first_time = she_holds_a_time_that_nobody_else_can_then_take(rosa, new_person(), look)
    she_says_who_she_is_and_proves_her_phone(rosa, stack, look)
    she_sees_the_price_and_how_to_prepare_and_books_in_two_windows_at_once(rosa, stack, look)
    a_confirmation_arrives_by_text_and_by_letter(stack, first_time)
    second_time = she_moves_it_to_another_day_and_the_old_time_is_free(
        rosa, new_person(), stack, first_time, look
    )
    two_days_before_she_is_reminded_to_fast_and_answers_1(rosa, stack, second_time, look)
    clinician = on_the_day_the_desk_checks_her_in(
        new_person(desktop=True), stack, second_time, look
    )
    the_clinician_sees_who_waits_and_completes_the_visit(
        new_person(desktop=True), stack, clinician, look
    )
    she_reads_what_was_said_and_what_to_do_next(rosa, stack, look)
    she_says_how_it_was(rosa, stack, second_time, look)
    the_manager_sees_her_answer_counted(new_person(desktop=True), stack, look)


def rosa_looks_for_a_blood_test_near_her(rosa: Page, look: Take) -> None:
    rosa.goto("/")
    look(rosa, "1-home")
    rosa.get_by_label("Your ZIP code or town").fill("Buffalo")
    rosa.get_by_role("button", name="Blood test").click()
    expect(rosa.get_by_role("heading", name="Choose a time")).to_be_visible()
    expect(rosa.get_by_role("heading", name="Northfield Buffalo").first).to_be_visible()
    expect(rosa.get_by_text("miles from Buffalo").first).to_be_visible()
    look(rosa, "1-times")


def she_holds_a_time_that_nobody_else_can_then_take(rosa: Page, other: Page, look: Take) -> str:
    other.goto(rosa.url)
    third_day = rosa.locator("details.day").nth(2)
    third_day.locator("summary").click()
    look(rosa, "1-times-of-another-day")
    slot = third_day.locator("button.slot").first
    wanted = slot.get_attribute("value") or ""
    expect(other.locator(f'button.slot[value="{wanted}"]')).to_have_count(1)
    slot.click()
    expect(rosa.get_by_role("heading", name="Who is coming?")).to_be_visible()
    return wanted


def she_says_who_she_is_and_proves_her_phone(rosa: Page, stack: Stack, look: Take) -> None:
    rosa.get_by_role("button", name="Continue").click()
    expect(rosa.get_by_role("link", name="Enter your first name.")).to_be_visible()
    look(rosa, "1-details-missing")
    rosa.get_by_label("First name").fill("Rosa")
    rosa.get_by_label("Last name").fill("Alvarez")
    rosa.get_by_label("Month").fill("3")
    rosa.get_by_label("Day").fill("28")
    rosa.get_by_label("Year").fill("1957")
    rosa.get_by_label("Mobile phone").fill("716 555 0142")
    rosa.get_by_label("E-mail", exact=False).first.fill(EMAIL)
    rosa.get_by_label("English").check(force=True)
    rosa.get_by_label("Text message").check(force=True)
    look(rosa, "1-details")
    rosa.get_by_role("button", name="Continue").click()
    expect(rosa.get_by_role("heading", name="Enter your code")).to_be_visible()
    look(rosa, "1-code")
    rosa.get_by_label("Your code").fill(code_texted(stack, PHONE))
    rosa.get_by_role("button", name="Continue").click()


def she_sees_the_price_and_how_to_prepare_and_books_in_two_windows_at_once(
    rosa: Page, stack: Stack, look: Take
) -> None:
    expect(rosa.get_by_role("heading", name="Is this right?")).to_be_visible()
    expect(rosa.get_by_text(re.compile(r"\$\d+")).first).to_be_visible()
    expect(rosa.get_by_text(re.compile("8 hours")).first).to_be_visible()
    look(rosa, "1-review")
    second_window = rosa.context.new_page()
    second_window.goto(rosa.url)
    for window in (rosa, second_window):
        window.get_by_role("button", name="Book this visit").click()
    for window in (rosa, second_window):
        expect(window.get_by_role("heading", name="You are booked")).to_be_visible()
    assert rosa.url == second_window.url
    second_window.close()
    look(rosa, "1-booked")
    assert stack.query("SELECT count(*) FROM scheduling_appointment") == [(1,)]


def a_confirmation_arrives_by_text_and_by_letter(stack: Stack, first_time: str) -> None:
    text = eventually(lambda: text_about(stack, "is booked"), what="the confirmation text")
    assert "Blood" not in text, "a text says where and when, never why"
    letter = eventually(lambda: letter_about(stack, "is booked"), what="the letter")
    event = event_of(letter)
    assert event["SEQUENCE"] == 0
    assert event["DTSTART"].dt == datetime.fromisoformat(first_time)


def text_about(stack: Stack, words: str) -> str | None:
    said = [text["body"] for text in stack.texts_to(PHONE) if words in text["body"]]
    return said[-1] if said else None


def letter_about(stack: Stack, words: str) -> dict[str, Any] | None:
    written = [each for each in stack.letters_to(EMAIL) if words in each["subject"]]
    return written[-1] if written else None


def event_of(letter: dict[str, Any]) -> Any:
    (file,) = letter["attachments"]
    assert file["content_type"].startswith("text/calendar")
    (event,) = Calendar.from_ical(file["text"]).walk("VEVENT")
    return event


def she_moves_it_to_another_day_and_the_old_time_is_free(
    rosa: Page, other: Page, stack: Stack, first_time: str, look: Take
) -> datetime:
    first_uid = event_of(letter_about(stack, "is booked") or {})["UID"]
    rosa.get_by_role("link", name="My visits").first.click()
    look(rosa, "3-visits")
    rosa.get_by_role("link", name=re.compile("Blood test")).first.click()
    rosa.get_by_role("link", name=re.compile("^Move")).click()
    this_week = rosa.locator("button.slot").first.get_attribute("value")
    rosa.get_by_role("link", name="Later").first.click()
    expect(rosa.locator(f'button.slot[value="{this_week}"]')).to_have_count(0)
    slot = rosa.get_by_role("button", name=re.compile("10:.. AM")).first
    moved_to = slot.get_attribute("value") or ""
    assert moved_to != first_time
    look(rosa, "3-move")
    slot.click()
    expect(rosa.get_by_role("button", name="I will be there")).to_be_visible()
    look(rosa, "3-moved")

    # She could undo it for a minute, and hears of it when that is over.
    stack.move_clock(MONDAY + timedelta(minutes=10))
    eventually(lambda: text_about(stack, "has moved"), what="the text about the move")
    letter = eventually(lambda: letter_about(stack, "is now on"), what="the letter")
    event = event_of(letter)
    assert (event["SEQUENCE"], event["UID"]) == (1, first_uid), "replaces it in the calendar"
    assert event["DTSTART"].dt == datetime.fromisoformat(moved_to)
    other.goto("/book/blood-test/?near=Buffalo")
    expect(other.locator(f'button.slot[value="{first_time}"]')).to_have_count(1)
    return datetime.fromisoformat(moved_to)


def two_days_before_she_is_reminded_to_fast_and_answers_1(
    rosa: Page, stack: Stack, visit: datetime, look: Take
) -> None:
    stack.move_clock(visit - timedelta(days=2) + timedelta(minutes=1))
    reminder = eventually(
        lambda: text_about(stack, "Reply 1 if you will come"), what="the reminder"
    )
    assert "8 hours" in reminder
    stack.sandbox("reply", **{"from": PHONE, "body": "1"})
    eventually(lambda: text_about(stack, "We will see you then"), what="the answer")
    rosa.reload()
    expect(rosa.get_by_text("Confirmed").first).to_be_visible()
    look(rosa, "4-confirmed")
    phone = rosa.context.new_page()
    phone.goto(f"{stack.sandbox_url}/phones/{PHONE}/")
    look(phone, "4-phone")
    phone.close()


def on_the_day_the_desk_checks_her_in(desk: Page, stack: Stack, visit: datetime, look: Take) -> str:
    stack.move_clock(visit - timedelta(minutes=12))
    sign_in(desk, stack, "desk")
    desk.goto("/desk/arrivals/?site=buffalo")
    look(desk, "5-arrivals")
    desk.get_by_role("link", name="Rosa Alvarez", exact=True).click()
    expect(desk.get_by_text("March 28, 1957").first).to_be_visible()
    desk.get_by_label("Full name and date of birth match").check(force=True)
    desk.get_by_label("Phone and e-mail are right").check(force=True)
    look(desk, "5-verify")
    desk.get_by_role("button", name=re.compile("Check in")).click()
    expect(desk.get_by_text("Rosa Alvarez is checked in.")).to_be_visible()
    look(desk, "5-here")
    ((email,),) = stack.query(
        "SELECT account.email FROM scheduling_appointment AS visit "
        "JOIN scheduling_clinician AS clinician ON clinician.id = visit.clinician_id "
        "JOIN people_user AS account ON account.id = clinician.user_id"
    )
    return str(email)


def the_clinician_sees_who_waits_and_completes_the_visit(
    clinician: Page, stack: Stack, email: str, look: Take
) -> None:
    stack.sandbox("clock", advance_seconds=9 * 60)
    sign_in(clinician, stack, email)
    clinician.goto("/desk/my-day/")
    expect(clinician.get_by_text("Rosa Alvarez").first).to_be_visible()
    expect(clinician.get_by_text(re.compile(r"\b9 min")).first).to_be_visible()
    look(clinician, "5-my-day")
    clinician.get_by_role("button", name=re.compile("Call in")).click()
    clinician.get_by_role("link", name=re.compile("summary")).click()
    clinician.get_by_label("What we said").fill("Your blood was taken. All went well.")
    clinician.get_by_label("What to do next").fill("Drink plenty of water.\nEat when you like.")
    clinician.get_by_label("Next visit").select_option(label="Follow-up visit")
    clinician.get_by_label("In how many weeks").fill("4")
    look(clinician, "5-summary")
    clinician.get_by_role("button", name=re.compile("[Cc]omplete")).click()
    expect(clinician.get_by_text("Visit completed.")).to_be_visible()


def she_reads_what_was_said_and_what_to_do_next(rosa: Page, stack: Stack, look: Take) -> None:
    told = eventually(lambda: text_about(stack, "notes from your visit"), what="the follow-up")
    assert "blood" not in told.lower()
    link = re.search(r"https?://\S+", told)
    assert link
    rosa.goto(link.group())
    expect(rosa.get_by_text("Your blood was taken. All went well.")).to_be_visible()
    expect(rosa.get_by_text("Drink plenty of water.")).to_be_visible()
    look(rosa, "6-summary")
    rosa.get_by_role("link", name=re.compile("Find a time")).click()
    expect(rosa.get_by_role("heading", name="A few questions first")).to_be_visible()


def she_says_how_it_was(rosa: Page, stack: Stack, visit: datetime, look: Take) -> None:
    stack.move_clock(visit + timedelta(hours=3))
    asked = eventually(lambda: text_about(stack, "how was your visit"), what="the survey")
    link = re.search(r"https?://\S+", asked)
    assert link
    rosa.goto(link.group())
    rosa.get_by_label("Very good", exact=True).check(force=True)
    rosa.get_by_label("Not long at all").check(force=True)
    rosa.get_by_label(re.compile("What could we do better")).fill("Everybody was kind.")
    look(rosa, "7-survey")
    rosa.get_by_role("button", name=re.compile("Send")).click()
    expect(rosa.get_by_role("heading", name=re.compile("Thank you"))).to_be_visible()
    look(rosa, "7-thanks")


def the_manager_sees_her_answer_counted(manager: Page, stack: Stack, look: Take) -> None:
    sign_in(manager, stack, "manager")
    manager.goto("/desk/feedback/")
    expect(manager.get_by_text("100% said their visit was good (1 answer)").first).to_be_visible()
    expect(manager.get_by_text("Everybody was kind.")).to_be_visible()
    look(manager, "8-dashboard")

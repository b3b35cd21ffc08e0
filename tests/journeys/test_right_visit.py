"""The right visit, at a price that is known: questions first, and an estimate in time."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.steps import code_texted, link_texted, sign_in
from tests.stack import Stack, eventually

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.complete]

PHONE = "+17165550144"
Take = Callable[[Page, str], None]
People = Callable[..., Page]


def test_who_has_chest_pain_is_sent_to_911_and_who_is_new_to_a_first_visit(
    stack: Stack, new_person: People, look: Take
) -> None:
    rosa = new_person()
    rosa.goto("/?near=Buffalo")
    rosa.get_by_role("button", name="Yearly check-up").click()
    expect(rosa.get_by_role("heading", name="A few questions first")).to_be_visible()
    look(rosa, "right-visit-questions")
    pain = rosa.get_by_role("group", name=re.compile("chest pain"))
    pain.get_by_label("Yes").check(force=True)
    rosa.get_by_role("button", name="Continue").click()

    expect(rosa.get_by_role("heading", name="Call 911 now")).to_be_visible()
    expect(rosa.get_by_role("link", name="Call 911")).to_have_attribute("href", "tel:911")
    expect(rosa.locator("button.slot")).to_have_count(0)
    assert "chest" not in rosa.url
    look(rosa, "right-visit-urgent")
    rosa.goto("/book/check-up/")
    expect(rosa.get_by_role("heading", name="Call 911 now")).to_be_visible()

    rosa.get_by_role("button", name="I answered by mistake").click()
    rosa.get_by_role("group", name=re.compile("chest pain")).get_by_label("No").check(force=True)
    before = rosa.get_by_role("group", name=re.compile("one of our clinics"))
    before.get_by_label("No, this is my first time").check(force=True)
    rosa.get_by_role("button", name="Continue").click()
    expect(rosa.get_by_role("heading", name="First visit")).to_be_visible()
    look(rosa, "right-visit-better")
    rosa.get_by_role("link", name="See times for this visit").click()
    expect(rosa.get_by_role("heading", name="Choose a time")).to_be_visible()
    expect(rosa.locator("button.slot").first).to_be_visible()


def test_who_pays_themselves_has_an_estimate_in_time(
    stack: Stack, new_person: People, look: Take
) -> None:
    rosa = new_person()
    she_books_next_week_and_says_that_she_pays_herself(rosa, stack, look)
    the_desk_finds_her_on_its_list_and_gives_the_estimate(new_person(desktop=True), stack, look)
    she_is_told_and_reads_it(rosa, stack, look)


def she_books_next_week_and_says_that_she_pays_herself(
    rosa: Page, stack: Stack, look: Take
) -> None:
    rosa.goto("/book/blood-test/?near=Buffalo&site=buffalo&day=2026-12-09")
    rosa.locator("button.slot").first.click()
    expect(rosa.get_by_role("heading", name="Who is coming?")).to_be_visible()
    rosa.get_by_label("First name").fill("Rosa")
    rosa.get_by_label("Last name").fill("Alvarez")
    rosa.get_by_label("Month").fill("3")
    rosa.get_by_label("Day").fill("28")
    rosa.get_by_label("Year").fill("1957")
    rosa.get_by_label("Mobile phone").fill(PHONE)
    rosa.get_by_label("English").check(force=True)
    rosa.get_by_label("Text message").check(force=True)
    rosa.get_by_label("How will you pay?").select_option(label="I pay myself")
    rosa.get_by_role("button", name="Continue").click()
    rosa.get_by_label("Your code").fill(code_texted(stack, PHONE))
    rosa.get_by_role("button", name="Continue").click()
    expect(rosa.get_by_text("You told us that you pay this yourself.")).to_be_visible()
    expect(rosa.get_by_text("$35 to $60").first).to_be_visible()
    look(rosa, "right-visit-price")
    rosa.get_by_role("button", name="Book this visit").click()
    expect(rosa.get_by_role("heading", name="You are booked")).to_be_visible()


def the_desk_finds_her_on_its_list_and_gives_the_estimate(
    desk: Page, stack: Stack, look: Take
) -> None:
    eventually(
        lambda: stack.query("SELECT 1 FROM scheduling_estimate WHERE due_on = '2026-12-01'"),
        what="the day when her estimate is due",
    )
    sign_in(desk, stack, "desk")
    desk.get_by_role("link", name="Price estimates").click()
    row = desk.get_by_role("row", name=re.compile("Rosa Alvarez"))
    expect(row).to_contain_text("December 1")
    look(desk, "right-visit-queue")
    row.get_by_role("link", name=re.compile("See and give")).click()
    expect(desk.get_by_role("heading", name="Good faith estimate")).to_be_visible()
    look(desk, "right-visit-paper")
    desk.get_by_role("button", name="Give it to the patient").click()
    expect(desk.get_by_text("Rosa Alvarez has the estimate, and will be told.")).to_be_visible()


def she_is_told_and_reads_it(rosa: Page, stack: Stack, look: Take) -> None:
    link = link_texted(stack, PHONE, "your price estimate is ready")
    assert not [each for each in stack.texts_to(PHONE) if re.search(r"\$|Blood", each["body"])]
    rosa.goto(link)
    expect(rosa.get_by_role("heading", name="Good faith estimate")).to_be_visible()
    expect(rosa.get_by_text("March 28, 1957")).to_be_visible()
    expect(rosa.get_by_text("$35 to $60").first).to_be_visible()
    look(rosa, "right-visit-estimate")

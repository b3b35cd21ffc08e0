"""Several visits, on a phone: ten with a conflict, one taken back, and two children together."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.steps import code_texted
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.complete]

ROSA = "+17165550171"
People = Callable[..., Page]
Look = Callable[[Page, str], None]

CLOSED = """
from datetime import date
from scheduling.models import AvailabilityException, Site
AvailabilityException.objects.create(
    site=Site.objects.get(slug="buffalo"), on_date=date(2026, 12, 7), effect="closed", reason="snow"
)
"""


def test_several_visits(stack: Stack, new_person: People, look: Look) -> None:
    stack.manage("shell", "-c", CLOSED)
    rosa = new_person()
    she_books_once_so_that_we_know_her(rosa, stack)
    she_cancels_in_one_press_and_takes_it_back(rosa, look)
    she_books_ten_with_a_conflict(rosa, look)
    she_moves_the_last_ones_and_cancels_them(rosa, look)
    she_brings_two_children(rosa, look)


def she_books_once_so_that_we_know_her(rosa: Page, stack: Stack) -> None:
    rosa.goto("/book/blood-test/?near=Buffalo")
    rosa.locator("details.day").last.locator("summary").click()
    rosa.locator("details.day").last.get_by_role("button").first.click()
    rosa.get_by_label("First name").fill("Rosa")
    rosa.get_by_label("Last name").fill("Alvarez")
    rosa.get_by_label("Month").fill("3")
    rosa.get_by_label("Day").fill("28")
    rosa.get_by_label("Year").fill("1987")
    rosa.get_by_label("Mobile phone").fill(ROSA)
    rosa.get_by_label("English").check(force=True)
    rosa.get_by_label("Text message").check(force=True)
    rosa.get_by_role("button", name="Continue").click()
    rosa.get_by_label("Your code").fill(code_texted(stack, ROSA))
    rosa.get_by_role("button", name="Continue").click()
    rosa.get_by_role("button", name="Book this visit").click()
    expect(rosa.get_by_role("heading", name="You are booked")).to_be_visible()


def she_cancels_in_one_press_and_takes_it_back(rosa: Page, look: Look) -> None:
    rosa.get_by_role("link", name="Cancel this visit").click()
    expect(rosa.get_by_role("heading", name="Would another time help?")).to_be_visible()
    look(rosa, "s1-cancel")
    rosa.get_by_role("button", name="I cannot come that day").click()
    expect(rosa.get_by_text("Your visit is canceled.")).to_be_visible()
    look(rosa, "s1-canceled")
    rosa.get_by_role("button", name="Undo").click()
    expect(rosa.get_by_text("Your visit is as it was before.")).to_be_visible()
    expect(rosa.get_by_role("button", name="I will be there")).to_be_visible()


def nothing_worrying(rosa: Page) -> None:
    """The questions before a time, each answered with the last of its answers: no."""
    expect(rosa.get_by_role("heading", name="A few questions first")).to_be_visible()
    for question in rosa.get_by_role("group").all():
        question.get_by_role("radio").last.check(force=True)
    rosa.get_by_role("button", name="Continue").click()


def she_books_ten_with_a_conflict(rosa: Page, look: Look) -> None:
    rosa.goto("/book/physiotherapy/?near=Buffalo")
    nothing_worrying(rosa)
    rosa.get_by_role("link", name="Book several visits").click()
    rosa.get_by_label("How many visits?").select_option("10")
    rosa.get_by_label("Monday").check(force=True)
    rosa.get_by_label("Wednesday").check(force=True)
    rosa.get_by_label("Not before").select_option("14:00")
    look(rosa, "s2-wish")
    rosa.get_by_role("button", name="Find the times").click()
    conflict = rosa.get_by_role("group", name=re.compile("December 7 is not free"))
    expect(conflict).to_be_visible()
    expect(conflict.get_by_role("radio").first).to_be_checked()
    look(rosa, "s2-plan")
    rosa.get_by_role("button", name="Book these visits").click()
    expect(rosa.get_by_text("10 visits are booked.")).to_be_visible()
    expect(rosa.get_by_text("10 of 10")).to_be_visible()
    look(rosa, "s2-booked")


def she_moves_the_last_ones_and_cancels_them(rosa: Page, look: Look) -> None:
    series = rosa.url
    rosa.get_by_role("link", name=re.compile("8 of 10")).click()
    expect(rosa.get_by_role("heading", name="Visit 8 of 10")).to_be_visible()
    look(rosa, "s3-visit")
    rosa.get_by_role("link", name="Move this and all later ones").click()
    rosa.get_by_label("At what time?").select_option("14:30")
    rosa.get_by_role("button", name="Look for these times").click()
    look(rosa, "s3-move")
    rosa.get_by_role("button", name="Move these visits").click()
    expect(rosa.get_by_text(re.compile(r"visits? ha(s|ve) (a )?new times?\."))).to_be_visible()
    look(rosa, "s3-moved")
    rosa.get_by_role("button", name="Undo").click()
    expect(rosa.get_by_text("Your visits are as they were before.")).to_be_visible()
    rosa.goto(series)
    rosa.get_by_role("link", name=re.compile("8 of 10")).click()
    rosa.get_by_role("link", name="Cancel this and all later ones").click()
    look(rosa, "s3-cancel")
    rosa.get_by_role("button", name="I feel better").click()
    expect(rosa.get_by_text("3 visits are canceled.")).to_be_visible()
    expect(rosa.get_by_text("7 of 7")).to_be_visible()


def she_brings_two_children(rosa: Page, look: Look) -> None:
    rosa.goto("/book/flu-shot/?near=Buffalo")
    nothing_worrying(rosa)
    rosa.get_by_role("link", name="Come together").click()
    for name, year in (("Ana", "2018"), ("Ben", "2020")):
        rosa.get_by_role("link", name="Add somebody").first.click()
        rosa.get_by_label("My child").check(force=True)
        rosa.get_by_label("First name").fill(name)
        rosa.get_by_label("Last name").fill("Alvarez")
        rosa.get_by_label("Month").fill("5")
        rosa.get_by_label("Day").fill("4")
        rosa.get_by_label("Year").fill(year)
        look(rosa, f"s4-add-{name}")
        rosa.get_by_role("button", name="Add", exact=True).click()
        expect(rosa.get_by_text(f"You can now book for {name}.")).to_be_visible()
    rosa.get_by_label("Ana Alvarez").check(force=True)
    rosa.get_by_label("Ben Alvarez").check(force=True)
    rosa.get_by_role("button", name="Find the times").click()
    row = rosa.get_by_role("button", name=re.compile("Ana .* Ben ")).first
    expect(row).to_be_visible()
    look(rosa, "s4-times")
    row.click()
    expect(rosa.get_by_text("2 visits are booked.")).to_be_visible()
    look(rosa, "s4-booked")

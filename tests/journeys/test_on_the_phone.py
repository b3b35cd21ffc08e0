"""Rosa calls. The agent finds a time with her, keeps it while they talk, and books it."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.steps import have_visits_today, sign_in
from tests.stack import Stack, eventually

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.complete]

ROSA = "+17165550181"
Look = Callable[[Page, str], None]


def test_an_agent_books_for_somebody_on_the_phone(
    stack: Stack, new_person: Callable[..., Page], look: Look
) -> None:
    have_visits_today(stack, {"Rosa Alvarez": ROSA})
    agent, other = new_person(desktop=True), new_person()
    sign_in(agent, stack, "agent")
    the_agent_finds_rosa(agent, look)
    time = a_time_is_kept_while_they_talk(agent, look)
    nobody_else_can_have_it(other, time)
    the_agent_asks_for_more_time_and_books(agent, look)
    rosa_is_told(stack)


def the_agent_finds_rosa(agent: Page, look: Look) -> None:
    agent.goto("/desk/find/")
    agent.get_by_label("Name, phone or date of birth").fill("alvarez")
    agent.get_by_role("button", name="Find", exact=True).click()
    agent.get_by_role("link", name=re.compile("Rosa Alvarez")).first.click()
    look(agent, "phone-person")
    agent.get_by_role("link", name=re.compile("Book a visit")).click()
    expect(agent.get_by_role("heading", name="Book a visit")).to_be_visible()


def a_time_is_kept_while_they_talk(agent: Page, look: Look) -> str:
    agent.get_by_label("Visit", exact=True).select_option(label="Blood test")
    agent.get_by_label("Site").select_option(label="Northfield Buffalo")
    agent.get_by_role("button", name="Show free times").click()
    times = agent.locator("button.slot")
    expect(times.first).to_be_visible()
    look(agent, "phone-times")
    time = times.last.get_attribute("value") or ""
    times.last.click()
    expect(agent.get_by_role("heading", name="Book this time")).to_be_visible()
    expect(agent.locator("time[data-countdown-seconds]")).to_have_text(re.compile(r"^[45]:\d\d$"))
    look(agent, "phone-kept")
    return time


def nobody_else_can_have_it(other: Page, time: str) -> None:
    found = other.request.get(
        "/api/v1/slots/",
        params={
            "visit_type": "blood-test",
            "site": other.request.get("/api/v1/sites/?visit_type=blood-test").json()[0]["id"],
            "first_day": time[:10],
            "last_day": time[:10],
        },
    )
    assert found.ok
    assert time not in found.text()


def the_agent_asks_for_more_time_and_books(agent: Page, look: Look) -> None:
    agent.get_by_role("button", name="More time").click()
    expect(agent.locator("time[data-countdown-seconds]")).to_be_visible()
    agent.get_by_role("button", name="Book", exact=True).click()
    expect(agent.get_by_text("is booked, and will be told.")).to_be_visible()
    expect(agent.get_by_role("row", name=re.compile("Blood test"))).to_have_count(1)
    look(agent, "phone-booked")


def rosa_is_told(stack: Stack) -> None:
    def told() -> bool:
        return sum("is booked" in text["body"] for text in stack.texts_to(ROSA)) == 2

    eventually(told, what="the second confirmation")

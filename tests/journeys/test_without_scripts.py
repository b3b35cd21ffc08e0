"""Everything that people do here, with JavaScript switched off."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import MONDAY
from tests.journeys.steps import (
    CLINICIAN_TODAY,
    code_texted,
    have_visits_today,
    link_texted,
    sign_in,
)
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack]

ROSA, OMAR, VERA = "+17165550161", "+17165550162", "+17165550163"
People = Callable[..., Page]

# Controls that can be seen and do nothing by themselves: they wait for a script.
DEAD = """() => {
  const acts = (control) => {
    if (control.matches("a")) {
      const inside = control.getAttribute("href")?.match(/^#(.*)/);
      return inside ? document.getElementById(inside[1]) !== null : control.href !== "";
    }
    if (control.matches("button")) return control.type === "submit" && control.form !== null;
    return control.form !== null;
  };
  const controls = [...document.querySelectorAll("a, button, input, select, textarea")];
  const waiting = document.querySelectorAll("dialog[open], [aria-busy=true], .skeleton");
  return [...controls.filter((each) => !acts(each)), ...waiting]
    .filter((each) => each.checkVisibility({ visibilityProperty: true }))
    .map((each) => each.outerHTML.slice(0, 200));
}"""


def sees(person: Page, heading: str | re.Pattern[str]) -> None:
    """The page with this heading is there, and every control on it works without scripts."""
    expect(person.get_by_role("heading", level=1, name=heading)).to_be_visible()
    assert person.evaluate(DEAD) == [], f"dead controls at {person.url}"


# --- A patient


@pytest.mark.complete
def test_a_patient_books_confirms_moves_and_cancels(stack: Stack, new_person: People) -> None:
    rosa = new_person(scripts=False)
    she_reads_the_first_page_in_spanish_and_goes_back_to_english(rosa)
    she_chooses_a_time(rosa)
    she_says_who_she_is(rosa)
    she_proves_her_phone_and_books(rosa, stack)
    she_says_that_she_will_be_there(rosa)
    she_moves_her_visit(rosa)
    she_cancels_it(rosa)
    she_signs_out_and_in_again(rosa, stack)


def she_reads_the_first_page_in_spanish_and_goes_back_to_english(rosa: Page) -> None:
    rosa.goto("/")
    sees(rosa, "Book your visit in a few minutes")
    rosa.get_by_role("button", name="Español").click()
    sees(rosa, "Reserve su cita en pocos minutos")
    rosa.get_by_role("button", name="English").click()
    sees(rosa, "Book your visit in a few minutes")


def she_chooses_a_time(rosa: Page) -> None:
    rosa.get_by_label("Your ZIP code or town").fill("Buffalo")
    rosa.get_by_role("button", name="Find my clinic").click()
    expect(rosa.get_by_text("Northfield Buffalo")).to_be_visible()
    rosa.get_by_role("button", name="Blood test").click()
    sees(rosa, "Choose a time")
    rosa.get_by_text("More choices").click()
    rosa.get_by_label("Northfield Rochester").check(force=True)
    rosa.get_by_role("button", name="Show times").click()
    expect(rosa.get_by_role("heading", name="Northfield Rochester").first).to_be_visible()
    week = rosa.locator("[data-span]").inner_text()
    rosa.get_by_role("link", name="Later").first.click()
    expect(rosa.locator("[data-span]")).not_to_have_text(week)
    rosa.locator("details.day summary").nth(2).click()
    rosa.locator("details.day").nth(2).get_by_role("button").first.click()
    sees(rosa, "Who is coming?")


def she_says_who_she_is(rosa: Page) -> None:
    rosa.get_by_role("button", name="Give me more time").click()
    sees(rosa, "Who is coming?")
    rosa.get_by_role("button", name="Continue").click()
    sees(rosa, "Who is coming?")
    rosa.get_by_role("link", name="Enter your first name.").click()
    expect(rosa.get_by_label("First name")).to_be_in_viewport()
    rosa.get_by_label("First name").fill("Rosa")
    rosa.get_by_label("Last name").fill("Alvarez")
    rosa.get_by_label("Month").fill("3")
    rosa.get_by_label("Day").fill("28")
    rosa.get_by_label("Year").fill("1957")
    rosa.get_by_label("Mobile phone").fill(ROSA)
    rosa.get_by_label("English").check(force=True)
    rosa.get_by_label("Text message").check(force=True)
    rosa.get_by_role("button", name="Continue").click()


def she_proves_her_phone_and_books(rosa: Page, stack: Stack) -> None:
    sees(rosa, "Enter your code")
    rosa.get_by_label("Your code").fill(code_texted(stack, ROSA))
    rosa.get_by_role("button", name="Continue").click()
    sees(rosa, "Is this right?")
    rosa.get_by_role("button", name="Book this visit").click()
    sees(rosa, "You are booked")


def she_says_that_she_will_be_there(rosa: Page) -> None:
    rosa.get_by_role("link", name="My visits").click()
    sees(rosa, "My visits")
    rosa.get_by_role("link", name="Blood test").click()
    sees(rosa, "Rosa Alvarez")
    rosa.get_by_role("button", name="I will be there").click()
    sees(rosa, "Rosa Alvarez")
    expect(rosa.get_by_text("Confirmed")).to_be_visible()


def she_moves_her_visit(rosa: Page) -> None:
    rosa.get_by_role("link", name="Move this visit").click()
    sees(rosa, "Move your visit")
    rosa.get_by_role("link", name="Later").first.click()
    sees(rosa, "Move your visit")
    rosa.locator("details.day").first.get_by_role("button").first.click()
    sees(rosa, "Rosa Alvarez")
    expect(rosa.get_by_text("Your visit has a new time.")).to_be_visible()


def she_cancels_it(rosa: Page) -> None:
    rosa.get_by_role("link", name="Cancel this visit").click()
    sees(rosa, "Cancel your visit")
    rosa.get_by_role("button", name="The cost").click()
    sees(rosa, "Rosa Alvarez")
    expect(rosa.get_by_text("Your visit is canceled.")).to_be_visible()
    rosa.get_by_role("button", name="Undo").click()
    sees(rosa, "Rosa Alvarez")
    expect(rosa.get_by_text("Undone.")).to_be_visible()
    rosa.get_by_role("link", name="Cancel this visit").click()
    rosa.get_by_role("button", name="The cost").click()
    expect(rosa.get_by_text("Your visit is canceled.")).to_be_visible()


def she_signs_out_and_in_again(rosa: Page, stack: Stack) -> None:
    rosa.get_by_role("button", name="Sign out").click()
    rosa.get_by_role("link", name="Sign in").click()
    sees(rosa, "Sign in")
    rosa.get_by_role("textbox").fill(ROSA)
    rosa.get_by_role("button", name="Send me a code").click()
    sees(rosa, "Enter your code")
    rosa.get_by_label("Your code").fill(code_texted(stack, ROSA, number=2))
    rosa.get_by_role("button", name="Sign in").click()
    sees(rosa, "My visits")
    rosa.get_by_role("link", name="My details").click()
    sees(rosa, "My details")


@pytest.mark.complete
def test_a_time_that_somebody_else_took_is_told_with_others(new_person: People) -> None:
    nora, other = new_person(scripts=False), new_person(scripts=False)
    for person in (nora, other):
        person.goto("/book/x-ray/?near=Buffalo")
    other.locator("button.slot").first.click()
    sees(other, "Who is coming?")
    nora.locator("button.slot").first.click()
    sees(nora, "That time was just taken")
    nora.locator("button.slot").first.click()
    sees(nora, "Who is coming?")


# --- The people at the clinic


def test_a_visit_goes_through_the_clinic(stack: Stack, new_person: People) -> None:
    have_visits_today(stack, {"Omar Haddad": OMAR, "Vera Lindqvist": VERA})
    desk, clinician, manager, agent = (new_person(desktop=True, scripts=False) for _ in range(4))
    the_desk_finds_and_checks_in(desk, stack)
    the_clinician_calls_in_and_writes_the_summary(clinician, stack)
    the_patient_says_how_it_was(new_person(scripts=False), stack)
    the_desk_marks_who_did_not_come(desk)
    the_manager_reads_the_feedback(manager, stack)
    an_agent_does_a_task(agent, stack)


def the_desk_finds_and_checks_in(desk: Page, stack: Stack) -> None:
    sign_in(desk, stack, "desk")
    sees(desk, re.compile("Arrivals"))
    desk.get_by_role("link", name="Find a patient or page").click()
    sees(desk, "Find a patient")
    desk.get_by_label("Name, phone or date of birth").fill("hadd")
    desk.get_by_role("button", name="Find", exact=True).click()
    sees(desk, "Find a patient")
    expect(desk.get_by_role("link", name=re.compile("Omar Haddad"))).to_be_visible()
    desk.get_by_role("link", name="Arrivals").click()
    desk.get_by_role("link", name="Northfield Buffalo").click()
    sees(desk, re.compile("Arrivals"))
    desk.get_by_role("link", name="Check in Omar Haddad").click()
    sees(desk, "Omar Haddad")
    desk.get_by_role("button", name="Check in").click()
    sees(desk, "Omar Haddad")
    desk.get_by_label("Full name and date of birth match").check(force=True)
    desk.get_by_label("Phone and e-mail are right").check(force=True)
    desk.get_by_role("button", name="Check in").click()
    sees(desk, re.compile("Arrivals"))
    expect(desk.get_by_text("Omar Haddad is checked in.")).to_be_visible()


def the_clinician_calls_in_and_writes_the_summary(clinician: Page, stack: Stack) -> None:
    sign_in(clinician, stack, CLINICIAN_TODAY)
    sees(clinician, re.compile("My day"))
    clinician.get_by_role("button", name="Call in Omar Haddad").click()
    sees(clinician, re.compile("My day"))
    expect(clinician.get_by_text("Omar Haddad is with you now.")).to_be_visible()
    clinician.get_by_role("link", name="Write summary and complete Omar Haddad").click()
    sees(clinician, "Omar Haddad")
    clinician.get_by_label("What we said").fill("All went well.")
    clinician.get_by_label("What to do next").fill("Rest today.")
    clinician.get_by_role("button", name="Complete the visit").click()
    sees(clinician, re.compile("My day"))
    expect(clinician.get_by_text("Visit completed.")).to_be_visible()


def the_patient_says_how_it_was(omar: Page, stack: Stack) -> None:
    stack.move_clock(MONDAY + timedelta(hours=6))
    omar.goto(link_texted(stack, OMAR, "how was your visit"))
    sees(omar, "Tell us how it was")
    omar.get_by_role("button", name="Send").click()
    sees(omar, "Tell us how it was")
    omar.get_by_label("Very good", exact=True).check(force=True)
    omar.get_by_label(re.compile("What could we do better")).fill("Everybody was kind.")
    omar.get_by_role("button", name="Send").click()
    sees(omar, "Thank you")


def the_desk_marks_who_did_not_come(desk: Page) -> None:
    desk.get_by_role("link", name="Vera Lindqvist", exact=True).click()
    sees(desk, "Vera Lindqvist")
    desk.get_by_text("Did not come", exact=True).click()
    sees(desk, "Vera Lindqvist")
    desk.get_by_role("button", name="Yes, did not come").click()
    sees(desk, re.compile("Arrivals"))
    expect(desk.get_by_text("Marked as missed.")).to_be_visible()


def the_manager_reads_the_feedback(manager: Page, stack: Stack) -> None:
    sign_in(manager, stack, "manager")
    manager.get_by_role("link", name="Patient feedback").click()
    sees(manager, "Patient feedback")
    expect(manager.get_by_text("Everybody was kind.")).to_be_visible()
    manager.get_by_text("See the numbers as a table").click()
    expect(manager.get_by_role("rowheader", name="Very good")).to_be_visible()
    manager.get_by_role("link", name="Marguerite Chen").click()
    sees(manager, "Sign-in codes")


def an_agent_does_a_task(agent: Page, stack: Stack) -> None:
    stack.sandbox("reply", **{"from": OMAR, "body": "I lost my umbrella, is it with you?"})
    sign_in(agent, stack, "agent")
    sees(agent, "Worklist")
    agent.get_by_role("rowheader").get_by_role("link").first.click()
    agent.get_by_role("radio").first.check(force=True)
    agent.get_by_label("Note").fill("It is at the desk.")
    agent.get_by_role("button", name="Save").click()
    sees(agent, "Worklist")

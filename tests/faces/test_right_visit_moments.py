"""What leads to the right visit and its price, seen closely: questions, advice, papers, queues.

axe finds nothing wrong with it, in English (in light colors and in dark) and in Spanish.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from people.models import Person, User
from people.services.coverage import Paying, say_coverage
from scheduling.models import Plan, VisitType
from tests.builders import ask_questions, make_visit_type, miss_visits
from tests.faces.pressing import press, send
from tests.portal.visitor import PHONE
from tests.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("language", ["en", "es"]),
    pytest.mark.complete,
]

Look = Callable[[Page, str], None]


def answers(rosa: Page, **said: str) -> None:
    for name, answer in said.items():
        rosa.locator(f"[name={name}][value={answer}]").check(force=True)
    send(rosa)


def test_questions_and_where_they_lead(
    world: World, open_browser: Callable[..., Page], look: Look
) -> None:
    make_visit_type(slug="new-patient")
    ask_questions(VisitType.objects.get(slug="check-up"), better="new-patient")
    rosa = open_browser()
    rosa.goto(reverse("portal:questions", args=["check-up"]))
    send(rosa)
    expect(rosa.locator(".error-summary")).to_be_visible()
    look(rosa, "no question answered")
    answers(rosa, pain="yes")
    look(rosa, "an emergency")
    press(rosa.locator("[name=again]"))
    answers(rosa, pain="no", fever="yes", new="no")
    look(rosa, "call us first")
    press(rosa.locator("[name=again]"))
    answers(rosa, pain="no", fever="no", new="yes")
    look(rosa, "another visit fits better")


def test_who_must_call(
    world: World, open_browser: Callable[..., Page], look: Look, clock_at_now: datetime
) -> None:
    visit_type = VisitType.objects.get(slug="blood-test")
    visit_type.no_shows_allowed = 1
    visit_type.save()
    miss_visits(User.objects.get(phone=PHONE).acts_for.get().person, 1, now=clock_at_now)
    rosa = open_browser(like=world.rosa)
    rosa.goto(world.address("portal:review", ["hold_id"]))
    look(rosa, "book by phone")
    press(rosa.locator("main form button"))
    look(rosa, "we will call")


@pytest.mark.parametrize("pays", ["insurance", "self_pay", "other"])
def test_the_price_at_the_last_look(
    world: World,
    open_browser: Callable[..., Page],
    look: Look,
    clock_at_now: datetime,
    pays: str,
) -> None:
    Plan.objects.create(slug="lakeshore", name="Lakeshore Health Plan", copay=2000)
    paying = {
        "insurance": Paying("insurance", "lakeshore"),
        "self_pay": Paying("self_pay"),
        "other": Paying("insurance", plan_name="Harbor Plan"),
    }[pays]
    account = User.objects.get(phone=PHONE)
    person = Person.objects.get(acted_for_by__user=account)
    say_coverage(person=person, paying=paying, user=account, now=clock_at_now)
    rosa = open_browser(like=world.rosa)
    rosa.goto(world.address("portal:review", ["hold_id"]))
    look(rosa, f"the last look: {pays}")
    rosa.goto(world.address("portal:details", ["hold_id"]))
    look(rosa, f"about you: {pays}")
    rosa.goto(world.address("portal:appointment", ["appointment_id"]))
    look(rosa, f"the visit: {pays}")
    rosa.goto(world.address("portal:coverage", ["person_id"]))
    look(rosa, f"how I pay: {pays}")


def test_an_estimate_on_both_sides(
    world: World,
    open_browser: Callable[..., Page],
    look: Look,
    clock_at_now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rosa, desk = open_browser(like=world.rosa), open_browser(like=world.staff, desktop=True)
    monkeypatch.setattr("clock.now", lambda: clock_at_now + timedelta(hours=1))
    rosa.goto(world.address("portal:estimate", ["appointment_id"]))
    look(rosa, "an estimate that is being written")
    desk.goto(reverse("estimates:queue"))
    look(desk, "the queue of estimates")
    desk.goto(world.address("estimates:estimate", ["appointment_id"]))
    look(desk, "an estimate at the desk")
    press(desk.locator("main form button"))
    look(desk, "an estimate is given, and none is left")
    rosa.reload()
    look(rosa, "an estimate that is given")

"""What patients meet between two pages: a mistake, a time that is gone, a thank you.

axe finds nothing wrong with it, in English (in light colors and in dark) and in Spanish.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from scheduling.models import Clinician, Hold, Site, VisitType
from tests.builders import make_appointment
from tests.faces.pressing import OPEN_ALL, press, send, sends_with_a_mistake
from tests.portal.visitor import DETAILS, newest_code, wrong
from tests.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("language", ["en", "es"]),
    pytest.mark.complete,
]

Look = Callable[[Page, str], None]
# As the button does where there is no script.
SEND_PLAINLY = """(form, at) => {
  const starts_at = document.createElement("input");
  starts_at.name = "starts_at";
  starts_at.value = at;
  form.append(starts_at);
  form.submit();
}"""


def types_a_wrong_code(page: Page, look: Look, moment: str) -> None:
    page.locator("input[name=code]").fill(wrong(newest_code()))
    sends_with_a_mistake(page, look, moment)


def somebody_takes(starts_at: datetime, *, now: datetime) -> None:
    site, visit_type = Site.objects.get(), VisitType.objects.get(slug="blood-test")
    clinician = Clinician.objects.get()
    make_appointment(
        now=now, starts_at=starts_at, site=site, visit_type=visit_type, clinician=clinician
    )


def first_time(page: Page) -> datetime:
    return datetime.fromisoformat(page.locator("button.slot").first.get_attribute("value") or "")


def test_choosing_a_time(
    world: World, open_browser: Callable[..., Page], look: Look, clock_at_now: datetime
) -> None:
    rosa = open_browser()
    rosa.goto("/?near=Nowhere-on-the-map")
    look(rosa, "a town that nobody knows")
    rosa.goto("/book/blood-test/?near=Nowhere-on-the-map")
    rosa.evaluate(OPEN_ALL)
    look(rosa, "a town that nobody knows, and all days open")
    before = rosa.locator("[data-span]").inner_text()
    rosa.locator("[rel=next]").first.click()
    expect(rosa.locator("[data-span]")).not_to_have_text(before)
    look(rosa, "another week, which the script made")
    taken = first_time(rosa)
    somebody_takes(taken, now=clock_at_now)
    rosa.locator("button.slot").first.click()
    expect(rosa.locator("[data-problem] .notice")).to_be_visible()
    look(rosa, "a time that was just taken, told in place")
    with rosa.expect_navigation() as gone:
        rosa.locator("form[data-site]").evaluate(SEND_PLAINLY, f"{taken:%Y-%m-%dT%H:%M:%SZ}")
    assert gone.value.status == 409
    look(rosa, "a time that was just taken")


def test_saying_who_is_coming(
    world: World, open_browser: Callable[..., Page], look: Look, clock_at_now: datetime
) -> None:
    rosa = open_browser()
    rosa.clock.install(time=clock_at_now)
    rosa.goto("/book/blood-test/")
    press(rosa.locator("button.slot").first)
    sends_with_a_mistake(rosa, look, "nothing filled in")
    rosa.clock.fast_forward("04:10")
    expect(rosa.locator(".countdown__left--soon")).to_be_visible()
    look(rosa, "less than a minute left")
    rosa.clock.fast_forward("02:00")
    expect(rosa.locator("[data-countdown-seconds]")).to_have_text("0:00")
    look(rosa, "time is up")
    for name in ("given_name", "family_name", "born_on_month", "born_on_day", "born_on_year"):
        rosa.locator(f"[name={name}]").fill(DETAILS[name])
    rosa.locator("[name=phone]").fill("212 555 0143")
    send(rosa)
    types_a_wrong_code(rosa, look, "a wrong code, while booking")
    rosa.goto(reverse("portal:details", args=[Hold.objects.earliest("pk").public_id]))
    expect(rosa.locator(".notice--warning")).to_be_visible()
    look(rosa, "a time that is not kept any longer")


def test_a_time_that_is_gone_at_the_last_press(
    world: World,
    open_browser: Callable[..., Page],
    look: Look,
    clock_at_now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rosa = open_browser(like=world.rosa)
    rosa.goto(world.address("portal:review", ["hold_id"]))
    later = clock_at_now + timedelta(minutes=20)
    monkeypatch.setattr("clock.now", lambda: later)
    somebody_takes(Hold.objects.get(public_id=world.keys["hold_id"]).starts_at, now=later)
    rosa.locator("form[data-book] button[type=submit]").click()
    expect(rosa.locator("[data-problem] .notice")).to_be_visible()
    look(rosa, "gone, told in place")


def test_changing_a_visit(
    world: World, open_browser: Callable[..., Page], look: Look, clock_at_now: datetime
) -> None:
    rosa = open_browser(like=world.rosa)
    rosa.clock.install(time=clock_at_now)
    link = world.address("portal:visit_link", ["appointment_id"])
    visit = world.address("portal:appointment", ["appointment_id"])
    rosa.goto(link)
    press(rosa.locator("main form button[type=submit]"))
    look(rosa, "confirmed from a message")
    rosa.goto(visit)
    rosa.evaluate(OPEN_ALL)
    look(rosa, "a confirmed visit with everything open")
    rosa.goto(world.address("portal:move", ["appointment_id"]))
    rosa.evaluate(OPEN_ALL)
    look(rosa, "all times to move to")
    press(rosa.locator("button.slot").last)
    look(rosa, "moved")
    rosa.goto("/offline/")
    expect(rosa.locator("[data-kept]")).to_be_visible()
    look(rosa, "without a net, the visit that was seen before")
    rosa.goto(world.address("portal:cancel", ["appointment_id"]))
    look(rosa, "better times, and the reasons")
    press(rosa.locator("button[name=reason]").first)
    look(rosa, "canceled, with a minute to undo")
    press(rosa.locator(".undo button"))
    look(rosa, "undone")
    rosa.goto(world.address("portal:cancel", ["appointment_id"]))
    press(rosa.locator("button[name=reason]").last)
    for address in (link, "/visits/", world.address("portal:move", ["appointment_id"])):
        rosa.goto(address)
        look(rosa, f"{address}, once canceled")


def test_signing_in(world: World, open_browser: Callable[..., Page], look: Look) -> None:
    rosa = open_browser()
    rosa.goto("/sign-in/")
    sends_with_a_mistake(rosa, look, "signing in without an address")
    rosa.locator("[name=address]").fill("212 555 0142")
    send(rosa)
    types_a_wrong_code(rosa, look, "a wrong code, while signing in")
    rosa.locator("input[name=code]").fill(newest_code())
    send(rosa)
    rosa.goto("/you/email/")
    rosa.locator("[name=email]").fill("rosa@")
    sends_with_a_mistake(rosa, look, "no e-mail address")
    rosa.locator("[name=email]").fill("rosa@example.com")
    send(rosa)
    types_a_wrong_code(rosa, look, "a wrong code, from an e-mail")
    rosa.locator("input[name=code]").fill(newest_code())
    send(rosa)
    look(rosa, "an e-mail that is proven")


def test_saying_how_it_was(
    world: World,
    open_browser: Callable[..., Page],
    look: Look,
    clock_at_now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    survey = world.address("feedback:survey", ["token"])
    rosa = open_browser()
    rosa.goto(survey)
    sends_with_a_mistake(rosa, look, "an empty survey")
    rosa.locator("[name=overall]").last.check(force=True)
    send(rosa)
    look(rosa, "thanks")
    monkeypatch.setattr("clock.now", lambda: clock_at_now + timedelta(days=400))
    rosa.goto(survey)
    look(rosa, "a survey that is closed")


def test_the_skip_link(world: World, open_browser: Callable[..., Page], look: Look) -> None:
    rosa = open_browser()
    rosa.goto("/")
    rosa.keyboard.press("Tab")
    expect(rosa.locator("a[href='#main']")).to_be_focused()
    look(rosa, "the link over the head of the page")

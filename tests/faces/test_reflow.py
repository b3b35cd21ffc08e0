"""Pages keep their shape: zoomed to 400 %, in forced colors, without motion and on paper.

A window of 1280 CSS pixels at 400 % is one of 320, which is what these pages are shown in.
"""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from config.access import Audience, rule_for
from tests.world import World, is_for_staff, readable

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.complete]

FILES = {"portal:manifest", "portal:worker", "portal:calendar_file", "calendar:visits_file"}
PATIENTS = ("home", "styleguide", "portal:", "feedback:")
STAFFS = ("calendar:", "checkin:", "contactcenter:", "dashboards:feedback", "followups:")
PAGES = {
    name: keys
    for name, keys in readable().items()
    if name.startswith((*PATIENTS, *STAFFS)) and name not in FILES
}
OPEN_ALL = "document.querySelectorAll('details').forEach((each) => { each.open = true })"
SIDEWAYS = "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"
# Those of a control's edge that cannot be told from what is behind it.
UNSEEN_EDGES = """(controls) => controls.filter((control) => {
  const { borderTopWidth, borderTopStyle, borderTopColor, backgroundColor } =
    getComputedStyle(control);
  return parseFloat(borderTopWidth) < 1 || borderTopStyle === "none" ||
    borderTopColor === backgroundColor;
}).map((control) => control.outerHTML)"""
MOVING = """() => [...document.querySelectorAll("*")].filter((each) =>
  ["", "::before", "::after"].some((part) => {
    const { transitionDuration, animationName } = getComputedStyle(each, part);
    return animationName !== "none" || transitionDuration !== "0s";
  })).map((each) => each.className)"""


@pytest.mark.parametrize("language", ["en", "es"])
def test_nothing_scrolls_sideways_at_400_percent(
    world: World, open_browser: Callable[..., Page], language: str
) -> None:
    stranger, rosa, staff = (open_browser(like=who) for who in (None, world.rosa, world.staff))
    staff.set_viewport_size({"width": 320, "height": 256})
    wider: dict[str, int] = {}
    for name, keys in PAGES.items():
        readers = [staff] if is_for_staff(name) else [rosa]
        if rule_for(name) is Audience.ANYONE:
            readers.append(stranger)
        for page in readers:
            page.goto(world.address(name, keys))
            page.evaluate(OPEN_ALL)
            if (too_wide := page.evaluate(SIDEWAYS)) > 0:
                wider[page.url] = too_wide
    assert wider == {}


@pytest.mark.parametrize("language", ["en"])
def test_forced_colors_leave_an_edge_around_what_can_be_pressed(
    open_browser: Callable[..., Page],
) -> None:
    page = open_browser()
    page.emulate_media(forced_colors="active")
    page.goto("/styleguide/")  # has every component
    for control in (".button:not(.button--quiet)", ".slot", ".choice-card__face", ".tag"):
        shown = page.locator(control)
        assert shown.count() > 0, control
        assert shown.evaluate_all(UNSEEN_EDGES) == []


@pytest.mark.parametrize("language", ["en"])
def test_nothing_moves_for_those_who_asked_for_less_motion(
    open_browser: Callable[..., Page],
) -> None:
    page = open_browser()
    page.emulate_media(reduced_motion="no-preference")
    page.goto("/styleguide/")
    assert page.evaluate(MOVING) != []
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(MOVING) == []
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


@pytest.mark.parametrize("language", ["en"])
def test_on_paper_is_the_visit_without_what_only_a_screen_can_do(
    world: World, open_browser: Callable[..., Page]
) -> None:
    page = open_browser(like=world.rosa)
    page.goto(world.address("portal:appointment", ["appointment_id"]))
    on_screen_alone = [page.get_by_role("navigation"), page.locator(".language, .button, .foot")]
    for each in on_screen_alone:
        expect(each.first).to_be_visible()
    page.emulate_media(media="print")
    for each in on_screen_alone:
        assert not any(one.is_visible() for one in each.all())
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text(re.compile(r"\d:\d\d [AP]M")).first).to_be_visible()
    expect(page.get_by_text("How to prepare")).to_be_visible()


@pytest.mark.parametrize("language", ["en"])
def test_on_paper_a_list_of_arrivals_says_where_it_is_for(
    world: World, open_browser: Callable[..., Page]
) -> None:
    page = open_browser(like=world.staff, desktop=True)
    page.goto("/desk/arrivals/")
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation").first).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Clinic")
    expect(page.get_by_role("heading", level=1).locator(".print-only")).to_be_visible()

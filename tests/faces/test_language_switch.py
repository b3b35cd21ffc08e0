"""Changing the language in the middle of a form, and counting in any language."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.complete]

COUNTED = """async ([language, texts, counts]) => {
  document.documentElement.lang = language;
  const { counter } = await import("/static/js/counting.js");
  return counts.map(counter(texts));
}"""


@pytest.mark.parametrize("language", ["en"])
def test_what_was_typed_outlives_a_change_of_language(
    world: World, open_browser: Callable[..., Page]
) -> None:
    page = open_browser()
    page.goto(world.address("feedback:survey", ["token"]))
    page.locator("textarea").fill("Everybody was kind.")
    page.get_by_text("Very good", exact=True).click()
    page.get_by_role("button", name="Español").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page.locator("textarea")).to_have_value("Everybody was kind.")
    expect(page.locator("input[name=overall][value='1']")).to_be_checked()
    page.reload()
    expect(page.locator("textarea")).to_have_value("")
    assert page.evaluate("sessionStorage.length") == 0


@pytest.mark.parametrize("language", ["en"])
def test_a_count_takes_the_plural_form_of_its_language(open_browser: Callable[..., Page]) -> None:
    page = open_browser()
    page.goto("/offline/")
    english = "0 times|1 time|2 times|3 times|11 times|100 times"
    polish = "0 godzin|1 godzina|2 godziny|3 godziny|11 godzin|100 godzin"
    assert page.evaluate(COUNTED, ["en", english, [1, 13]]) == ["1 time", "13 times"]
    counted = page.evaluate(COUNTED, ["pl", polish, [1, 22, 25]])
    assert counted == ["1 godzina", "22 godziny", "25 godzin"]

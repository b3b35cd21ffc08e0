"""axe sees what is wrong with a page of ours, so that its silence means something."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.builders import make_group
from tests.faces.axe import Scheme, violations

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("language", ["en"]),
    pytest.mark.complete,
]

GRAY_ON_GRAY = "main.style.color = 'gray'; main.style.background = 'gray'"
PLANTED = {
    "image-alt": "main.append(document.createElement('img'))",
    "html-has-lang": "document.documentElement.removeAttribute('lang')",
    "region": "document.body.prepend(document.querySelector('h1'))",
    "page-has-heading-one": "document.querySelector('h1').remove()",
    "color-contrast": GRAY_ON_GRAY,
    "target-size": """
        for (const name of ['One', 'Two']) {
          const small = document.createElement('button');
          Object.assign(small.style, { inlineSize: '12px', blockSize: '12px', minBlockSize: 0 });
          Object.assign(small.style, { padding: 0, overflow: 'hidden', display: 'block' });
          small.ariaLabel = name;
          main.append(small);
        }""",
    "label": "main.append(document.createElement('input'))",
}


@pytest.fixture
def page_of_ours(open_browser: Callable[..., Page]) -> Page:
    make_group()
    page: Page = open_browser()
    page.goto("/sign-in/")
    return page


def rules_broken(page: Page, scheme: Scheme) -> set[str]:
    lines = violations(page, schemes=[scheme])
    assert all(line.startswith(f"{scheme}: ") for line in lines)
    return {line.removeprefix(f"{scheme}: ").partition(" at ")[0] for line in lines}


def test_it_says_what_was_planted(page_of_ours: Page) -> None:
    for rule, script in PLANTED.items():
        page_of_ours.reload()
        page_of_ours.evaluate(f"{{ const main = document.querySelector('main'); {script} }}")
        assert rule in rules_broken(page_of_ours, "light")
        in_the_dark = rules_broken(page_of_ours, "dark")
        assert in_the_dark == ({rule} if rule == "color-contrast" else set())


def test_it_says_which_colors_are_wrong(page_of_ours: Page) -> None:
    page_of_ours.evaluate("document.querySelector('main').style.color = '#fff'")
    assert rules_broken(page_of_ours, "light") == {"color-contrast"}
    assert rules_broken(page_of_ours, "dark") == set()


def test_it_looks_in_light_and_in_dark_unless_told_otherwise(page_of_ours: Page) -> None:
    page_of_ours.evaluate(f"{{ const main = document.querySelector('main'); {GRAY_ON_GRAY} }}")
    schemes = {line.partition(": ")[0] for line in violations(page_of_ours)}
    assert schemes == {"light", "dark"}


def test_it_leaves_the_page_in_the_colors_it_had(page_of_ours: Page) -> None:
    dark = "matchMedia('(prefers-color-scheme: dark)').matches"
    for scheme in ("light", "dark"):
        page_of_ours.emulate_media(color_scheme=scheme)
        assert violations(page_of_ours) == []
        assert page_of_ours.evaluate(dark) is (scheme == "dark")

"""What hands do on a page, whatever language it is in."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

OPEN_ALL = "document.querySelectorAll('details').forEach((each) => { each.open = true })"


def press(button: Locator) -> None:
    """A press that loads a page."""
    with button.page.expect_navigation():
        button.click()


def send(page: Page) -> None:
    """Press the button of the page's own form."""
    press(page.locator("main form[novalidate] button[type=submit]").first)


def sends_with_a_mistake(page: Page, look: Callable[[Page, str], None], moment: str) -> None:
    """Send the form as it is, and look at what it says is wrong."""
    send(page)
    expect(page.locator("[data-error-summary]")).to_be_visible()
    look(page, moment)

"""axe finds nothing wrong with the sandbox either: newcomers meet it on their first day."""

import pprint
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.faces.axe import violations
from tests.sandbox.test_sandbox_pages import PHONE, QUESTION, mail
from tests.sandbox.world import CLINIC, PATIENT, App, Sandbox

pytestmark = [pytest.mark.browser, pytest.mark.complete]


@pytest.fixture(params=[390, 1280])
def newcomer(browser: Browser, sandbox: Sandbox, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(
        base_url=sandbox.origin, viewport={"width": request.param, "height": 844}
    )
    yield context.new_page()
    context.close()


def test_axe_finds_nothing_on_any_page(sandbox: Sandbox, app: App, newcomer: Page) -> None:
    sandbox.text("Your visit is on Monday.")
    sandbox.post("/control/reply", **{"from": PATIENT, "body": "1"})
    mail(sandbox, html="<p>Hi</p>")
    sandbox.fault("email", "smtp_permanent")
    (letter,) = sandbox.get("/control/emails")
    found = {}
    paths = ["/", "/phones/", PHONE, "/mail/", f"/mail/{letter['id']}/", "/clock/"]
    for path in [*paths, "/authenticator/", "/faults/"]:
        newcomer.goto(path)
        if broken := violations(newcomer):
            found[path] = broken
    assert not found, pprint.pformat(found, width=160)


def test_axe_finds_nothing_during_a_call(sandbox: Sandbox, newcomer: Page) -> None:
    sandbox.client().calls.create(to=PATIENT, from_=CLINIC, twiml=QUESTION)
    newcomer.goto(PHONE)
    expect(newcomer.get_by_role("heading", name="The clinic is calling")).to_be_visible()
    assert violations(newcomer) == []
    newcomer.get_by_role("button", name="Answer").click()
    expect(newcomer.get_by_role("form", name="Key pad")).to_be_visible()
    assert violations(newcomer) == []

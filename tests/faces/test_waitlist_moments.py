"""What staff meet on the list of who waits: somebody on it, the reasons, and nobody left."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from scheduling.models import WaitlistEntry
from tests.faces.pressing import OPEN_ALL, press
from tests.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("language", ["en", "es"]),
    pytest.mark.complete,
]


def test_taking_somebody_off_the_list(
    world: World, open_browser: Callable[..., Page], look: Callable[[Page, str], None]
) -> None:
    desk = open_browser(like=world.staff, desktop=True)
    desk.goto("/desk/calendar/waiting/")
    desk.evaluate(OPEN_ALL)
    look(desk, "the reasons")
    waiting = WaitlistEntry.objects.filter(until=None).count()
    assert waiting
    for _ in range(waiting):
        desk.evaluate(OPEN_ALL)
        press(desk.locator("main details button[value=asked]").first)
    expect(desk.locator("main .data-table")).to_have_count(0)
    look(desk, "nobody waits")

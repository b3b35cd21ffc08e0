"""What an administrator meets when a clinic moves in: wrong lines, what would change, what did.

axe finds nothing wrong with it, in English (in light colors and in dark) and in Spanish.
"""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from people.models import StaffRole
from scheduling.models import Appointment, Clinician, Site
from tests.builders import make_staff
from tests.faces.pressing import press
from tests.faces.sign_ins import signs_in
from tests.scheduling.imports.test_importing import line, text_of
from tests.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("language", ["en", "es"]),
    pytest.mark.complete,
]

Look = Callable[[Page, str], None]


def sends(page: Page, *lines: dict[str, str], button: str = "main form button:not([name])") -> None:
    text = text_of(*lines).encode()
    page.locator("[name=source]").fill("old")
    page.locator("[name=file]").set_input_files(
        {"name": "visits.csv", "mimeType": "text/csv", "buffer": text}
    )
    press(page.locator(button))


@pytest.mark.parametrize("desktop", [True, False])
def test_a_file_of_visits(
    world: World, open_browser: Callable[..., Page], look: Look, desktop: bool
) -> None:
    clinician = Clinician.objects.get().resource.slug
    words = {"site": Site.objects.get().slug, "clinician": clinician, "day": "2026-12-08"}
    first, second = line(**words, time="13:00"), line(**words, source_id="2", time="14:00")
    before = Appointment.objects.count()
    administrator = signs_in(make_staff(StaffRole.Role.ADMINISTRATOR))
    page = open_browser(like=administrator, desktop=desktop)
    page.goto("/desk/calendar/moving-in/")
    look(page, "before anything was chosen")
    sends(page, first, second | {"phone": "call her"})
    expect(page.locator("main tbody tr")).to_have_count(2)
    look(page, "a line is wrong, one is good")
    sends(page, first, second)
    look(page, "what would be taken over")
    sends(page, first, second, button="main form button[name=take]")
    look(page, "what was taken over")
    assert Appointment.objects.count() == before + 2
    page.goto("/desk/calendar/moving-in/")
    sends(page, first | {"time": "15:00"}, line(**words, source_id="3", time="16:00"))
    expect(page.locator("main tbody tr")).to_have_count(3)
    look(page, "one would move, one is new, one is gone")

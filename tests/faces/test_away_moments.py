"""The desk's screen of a clinician who is away, at each of its moments.

axe finds nothing wrong with it, in English and in Spanish, on a desk's screen and on a phone.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from people.models import ContactPoint
from scheduling.models import Appointment, Clinician, Site, VisitType
from tests.builders import make_appointment, make_patient
from tests.faces.pressing import press, send
from tests.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("language", ["en", "es"]),
    pytest.mark.parametrize("desktop", [True, False]),
    pytest.mark.complete,
]


def test_a_clinician_away_and_back_again(
    world: World,
    open_browser: Callable[..., Page],
    look: Callable[[Page, str], None],
    clock_at_now: datetime,
    desktop: bool,
) -> None:
    visit = Appointment.objects.get(public_id=world.keys["appointment_id"])
    other = make_appointment(
        now=clock_at_now,
        starts_at=visit.starts_at + timedelta(hours=1),
        site=Site.objects.get(),
        visit_type=VisitType.objects.get(slug="blood-test"),
        clinician=Clinician.objects.get(),
        patient=make_patient(given_name="Omar"),
    )
    ContactPoint.objects.filter(person=other.person).delete()
    desk = open_browser(like=world.staff, desktop=desktop)
    desk.goto("/desk/calendar/absence/")
    look(desk, "who is away")
    desk.locator("[name=first_day]").fill(visit.local_date.isoformat())
    desk.locator("[name=last_day]").fill((visit.local_date + timedelta(days=3)).isoformat())
    desk.locator("[name=starts]").fill("08:00")
    send(desk)
    look(desk, "each visit with a new time")
    close = desk.locator("main form.flow > .form-actions button")
    press(close)
    expect(desk.locator("[data-error-summary]")).to_be_visible()
    look(desk, "no reason is given")
    desk.locator("[name=move]").last.uncheck(force=True)
    desk.locator("[name=reason]").fill("Ill")
    press(close)
    look(desk, "what became of the visits")
    desk.goto(world.address("calendar:move", ["appointment_id"], appointment_id=other.public_id))
    look(desk, "a visit that is called off")
    desk.goto("/desk/calendar/absence/")
    look(desk, "who is away, and may come back")
    press(desk.locator("form[action$='/back/'] button[type=submit]"))
    expect(desk.locator("form[action$='/back/']")).to_have_count(0)
    look(desk, "back again")

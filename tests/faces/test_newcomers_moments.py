"""What patients meet who are new, who come with others, or who would be in two places at once."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django import Settings

from scheduling.models import Appointment, VisitType
from tests.builders import make_clinician
from tests.faces.pressing import OPEN_ALL, press, send, sends_with_a_mistake
from tests.portal.visitor import DETAILS, newest_code, wrong
from tests.rates import at_most
from tests.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("language", ["en", "es"]),
    pytest.mark.complete,
]

Look = Callable[[Page, str], None]
# Whether each of two presses in a row is held back.
PRESSED_TWICE = """(form) => [1, 2].map(() => {
  const sent = new SubmitEvent("submit", { cancelable: true });
  form.dispatchEvent(sent);
  return sent.defaultPrevented;
})"""


def test_who_is_new_plans_several_visits(
    world: World, open_browser: Callable[..., Page], look: Look
) -> None:
    VisitType.objects.filter(slug="blood-test").update(modes=["in_person", "video"])
    site = Appointment.objects.earliest("pk").site
    make_clinician(site=site, visit_types=list(VisitType.objects.filter(slug="blood-test")))
    page = open_browser()
    page.goto(reverse("portal:plan_series", args=["blood-test"]))
    look(page, "sign in, or be new")
    press(page.locator("main a.button--secondary"))
    sends_with_a_mistake(page, look, "new, and nothing filled in")
    for name in ("given_name", "family_name", "born_on_month", "born_on_day", "born_on_year"):
        page.locator(f"[name={name}]").fill(DETAILS[name])
    page.locator("[name=phone]").fill("212 555 0143")
    send(page)
    page.locator("input[name=code]").fill(wrong(newest_code()))
    sends_with_a_mistake(page, look, "new, and a wrong code")
    page.locator("input[name=code]").fill(newest_code())
    send(page)
    expect(page.locator("select[name=clinician]")).to_be_visible()
    page.locator("input[name=weekdays]").first.check(force=True)
    page.locator("[name=first_day]").fill("2029-01-01")
    sends_with_a_mistake(page, look, "a wish with a day too far")


def test_a_code_is_sent_once_however_often_it_is_pressed(
    world: World, open_browser: Callable[..., Page]
) -> None:
    rosa = open_browser(like=world.rosa)
    for name in ("portal:newcomer_code", "portal:sign_in_code"):
        rosa.goto(reverse(name))
        assert rosa.locator("form[data-once]").evaluate(PRESSED_TWICE) == [False, True]


def test_who_is_in_two_places(
    world: World, open_browser: Callable[..., Page], look: Look, settings: Settings
) -> None:
    visit = Appointment.objects.get(public_id=world.keys["appointment_id"])
    make_clinician(site=visit.site, visit_types=[visit.visit_type])
    rosa = open_browser(like=world.rosa)
    rosa.goto(f"/book/{visit.visit_type.slug}/")
    rosa.evaluate(OPEN_ALL)
    press(rosa.locator(f'button.slot[value="{visit.starts_at:%Y-%m-%dT%H:%M:%SZ}"]'))
    with rosa.expect_navigation() as told:
        rosa.locator("form[data-book] button[type=submit]").click()
    assert told.value.status == 409
    look(rosa, "a visit is there then")
    Appointment.objects.filter(pk=visit.pk).update(status="canceled")
    rosa.goto(reverse("portal:booked", args=[visit.public_id]))
    look(rosa, "the visit was canceled")
    at_most(settings, hold="0/min")
    rosa.goto(f"/book/{visit.visit_type.slug}/")
    with rosa.expect_navigation() as refused:
        rosa.locator("button.slot").first.click()
    assert refused.value.status == 429
    look(rosa, "pressed too often")

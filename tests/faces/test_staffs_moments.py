"""What staff meet between two pages: the palette, a dialog, a mistake, a board that changed.

axe finds nothing wrong with it, in English (in light colors and in dark) and in Spanish.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from feedback.models import SurveyInvitation
from feedback.services.surveys import record_response
from people.models import StaffRole
from scheduling.models import Appointment, Clinician, Site, VisitType
from tests.builders import make_appointment, make_patient, make_staff
from tests.faces.pressing import OPEN_ALL, press, send, sends_with_a_mistake
from tests.faces.sign_ins import gives_a_password, signs_in
from tests.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("language", ["en", "es"]),
    pytest.mark.complete,
]

Look = Callable[[Page, str], None]
Clock = Callable[[datetime], None]


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    def set_to(moment: datetime) -> None:
        monkeypatch.setattr("clock.now", lambda: moment)

    return set_to


@pytest.fixture
def rosas_visit(world: World, clock_at_now: datetime, set_clock: Clock) -> Appointment:
    """It is ten to nine, she is expected at nine; Omar at half past nine, Vera at ten."""
    visit = Appointment.objects.get(public_id=world.keys["appointment_id"])
    for number, name in enumerate(["Omar", "Vera"], start=1):
        make_appointment(
            now=clock_at_now,
            starts_at=visit.starts_at + timedelta(minutes=30 * number),
            site=Site.objects.get(),
            visit_type=VisitType.objects.get(slug="blood-test"),
            clinician=Clinician.objects.get(),
            patient=make_patient(given_name=name),
        )
    set_clock(visit.starts_at - timedelta(minutes=10))
    return visit


def test_signing_in(world: World, open_browser: Callable[..., Page], look: Look) -> None:
    staff = open_browser(desktop=True)
    staff.goto("/accounts/login/")
    sends_with_a_mistake(staff, look, "neither address nor password")
    staff.locator("[name=login]").fill("nobody@northfield.example")
    staff.locator("[name=password]").fill("not the password")
    sends_with_a_mistake(staff, look, "a wrong password")
    half = open_browser(like=gives_a_password(make_staff(StaffRole.Role.AGENT)), desktop=True)
    half.goto("/accounts/2fa/authenticate/")
    half.locator("[name=code]").fill("000000")
    sends_with_a_mistake(half, look, "a wrong sign-in code")


def test_a_second_factor(world: World, open_browser: Callable[..., Page], look: Look) -> None:
    newcomer = signs_in(make_staff(StaffRole.Role.AGENT, second_factor=False))
    staff = open_browser(like=newcomer, desktop=True)
    staff.goto("/accounts/2fa/totp/activate/")
    staff.locator("[name=code]").fill("000000")
    sends_with_a_mistake(staff, look, "a code that the app does not show")
    known = open_browser(like=signs_in(make_staff(StaffRole.Role.AGENT)), desktop=True)
    known.goto("/accounts/2fa/recovery-codes/generate/")
    press(known.locator("main form button[type=submit]"))
    look(known, "new recovery codes")
    known.goto("/accounts/password/change/")
    sends_with_a_mistake(known, look, "a new password that is none")
    known.goto("/accounts/2fa/reauthenticate/")
    known.locator("[name=code]").fill("000000")
    sends_with_a_mistake(known, look, "a wrong code, to go on")


def test_the_palette_and_the_keys(
    rosas_visit: Appointment, world: World, open_browser: Callable[..., Page], look: Look
) -> None:
    desk = open_browser(like=world.staff, desktop=True)
    desk.goto("/desk/arrivals/")
    desk.keyboard.press("Tab")
    expect(desk.locator("a[href='#main']")).to_be_focused()
    look(desk, "the link over the head of the page")
    desk.keyboard.press("Control+k")
    look(desk, "the palette")
    desk.keyboard.type("alvarez")
    expect(desk.locator("#palette-found [data-option]")).not_to_have_count(0)
    desk.keyboard.press("ArrowDown")
    look(desk, "the palette, with patients found")
    desk.locator("#palette-wanted").fill("zzz")
    expect(desk.locator("#palette-found .note")).to_be_visible()
    look(desk, "the palette, with nobody found")
    desk.locator("[data-palette] form[method=dialog] button").click()
    desk.locator("[data-open-shortcuts]").click()
    look(desk, "the list of keys")


def test_checking_in(
    rosas_visit: Appointment,
    world: World,
    open_browser: Callable[..., Page],
    look: Look,
    set_clock: Clock,
) -> None:
    desk = open_browser(like=world.staff, desktop=True)
    desk.goto("/desk/arrivals/")
    look(desk, "three are expected")
    desk.locator("#filter").fill("zzz")
    look(desk, "nobody on the board has that name")
    desk.locator("#filter").fill("")
    desk.locator(".board__act").first.click()
    check_in = desk.locator("[data-check-in]")
    expect(check_in).to_be_visible()
    look(desk, "the dialog to check in")
    check_in.locator("button[type=submit]").click()
    expect(check_in.locator("[data-error-summary]")).to_be_visible()
    look(desk, "the dialog, with nothing verified")
    for box in check_in.locator("[type=checkbox]").all():
        box.check(force=True)
    check_in.locator("button[type=submit]").click()
    expect(check_in).to_be_hidden()
    look(desk, "one is here")
    set_clock(rosas_visit.starts_at + timedelta(minutes=45))
    desk.goto("/desk/arrivals/")
    look(desk, "one waits for long")


def test_a_visit_at_the_desk(
    rosas_visit: Appointment,
    world: World,
    open_browser: Callable[..., Page],
    look: Look,
    set_clock: Clock,
) -> None:
    desk = open_browser(like=world.staff, desktop=True)
    address = world.address("checkin:patient", ["appointment_id"])
    desk.goto(address)
    sends_with_a_mistake(desk, look, "nothing verified")
    set_clock(rosas_visit.starts_at + timedelta(minutes=20))
    desk.goto(address)
    desk.evaluate(OPEN_ALL)
    look(desk, "asked whether she did not come")
    press(desk.locator("details[open] form button[type=submit]"))
    look(desk, "marked as missed")
    desk.goto(address)
    look(desk, "a visit that was missed")


def test_a_clinicians_day(
    rosas_visit: Appointment, world: World, open_browser: Callable[..., Page], look: Look
) -> None:
    world.staff.post(
        world.address("checkin:check_in", ["appointment_id"]), {"identity": "on", "contact": "on"}
    )
    clinician = open_browser(like=world.staff, desktop=True)
    clinician.goto("/desk/my-day/")
    look(clinician, "one waits, two are expected")
    clinician.locator("main form button[type=submit]").first.click()
    expect(clinician.locator(".now")).to_be_visible()
    look(clinician, "one is with me")
    clinician.locator(".now a").click()
    sends_with_a_mistake(clinician, look, "an empty summary")
    clinician.locator("[name=said]").fill("Your blood was taken.")
    clinician.locator("[name=next_steps]").fill("Drink water.")
    send(clinician)
    look(clinician, "one is done")


def test_finding_a_patient(
    rosas_visit: Appointment, world: World, open_browser: Callable[..., Page], look: Look
) -> None:
    desk = open_browser(like=world.staff, desktop=True)
    for wanted in ("alvarez", "zzz", "13/13/1957"):
        desk.goto("/desk/find/")
        desk.locator("main [name=wanted]").fill(wanted)
        with desk.expect_navigation():
            desk.locator("main [name=wanted]").press("Enter")
        look(desk, f"looking for {wanted}")


def test_a_call_to_make(world: World, open_browser: Callable[..., Page], look: Look) -> None:
    agent = open_browser(like=world.staff, desktop=True)
    task = world.address("contactcenter:task", ["task_id"])
    agent.goto(task)
    sends_with_a_mistake(agent, look, "a call without an outcome")
    agent.locator("[name=outcome]").first.check(force=True)
    send(agent)
    look(agent, "noted")


def test_what_patients_said(
    world: World, open_browser: Callable[..., Page], look: Look, clock_at_now: datetime
) -> None:
    record_response(
        invitation=SurveyInvitation.objects.get(),
        overall=5,
        waiting=3,
        comment="I waited for an hour.",
        now=clock_at_now,
    )
    manager = open_browser(like=world.staff, desktop=True)
    manager.goto("/desk/feedback/")
    manager.evaluate(OPEN_ALL)
    look(manager, "answers, with the table behind the chart")
    manager.goto("/desk/worklist/")
    look(manager, "a poor visit to make good")

"""A patient meets the clinician by video: the check the evening before, and the visit itself."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import MONDAY
from tests.journeys.steps import CLINICIAN_TODAY, code_texted, have_visits_today, sign_in
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.complete]

ROSA = "+17165550171"
Look = Callable[[Page, str], None]


def test_a_video_visit(stack: Stack, new_person: Callable[..., Page], look: Look) -> None:
    have_visits_today(stack, {"Maya Chen": "+17165550172", "Rosa Alvarez": ROSA})  # at two
    rosa, doctor = new_person(), new_person(desktop=True)
    she_signs_in(rosa, stack)
    she_chooses_video_with_one_tap(rosa, look)
    she_checks_camera_microphone_and_sound(rosa, look)
    stack.move_clock(MONDAY + timedelta(hours=3, minutes=40))
    it_is_not_open_yet_and_says_when(rosa, look)
    stack.move_clock(MONDAY + timedelta(hours=3, minutes=50))
    room = she_joins(rosa, look)
    sign_in(doctor, stack, CLINICIAN_TODAY)
    assert the_clinician_joins(doctor, look) == room


def she_signs_in(rosa: Page, stack: Stack) -> None:
    rosa.goto("/sign-in/")
    rosa.get_by_label(re.compile("phone", re.IGNORECASE)).fill("716 555 0171")
    rosa.get_by_role("button", name=re.compile("code", re.IGNORECASE)).click()
    rosa.get_by_label("Your code").fill(code_texted(stack, ROSA))
    rosa.get_by_role("button", name=re.compile("Sign in|Continue")).click()
    expect(rosa.get_by_role("heading", name="My visits")).to_be_visible()


def she_chooses_video_with_one_tap(rosa: Page, look: Look) -> None:
    rosa.get_by_role("link", name=re.compile("Follow-up")).first.click()
    rosa.get_by_role("button", name="Meet by video instead").click()
    expect(rosa.get_by_role("heading", name="We meet by video")).to_be_visible()
    expect(rosa.get_by_text("410 Heron Lane")).to_have_count(0)
    look(rosa, "video-visit")


def she_checks_camera_microphone_and_sound(rosa: Page, look: Look) -> None:
    rosa.get_by_role("link", name="Join, or check my camera").click()
    expect(rosa.get_by_role("heading", name="Not open yet")).to_be_visible()
    rosa.get_by_role("button", name="Check camera and microphone").click()
    expect(rosa.get_by_text("Camera and microphone work.")).to_be_visible()
    # The made-up microphone beeps.
    expect(rosa.get_by_text("We hear you.", exact=True)).to_be_visible()
    playing = "video => !video.paused && video.videoWidth > 0"
    assert rosa.locator("[data-picture]").evaluate(playing)
    look(rosa, "video-check")
    rosa.get_by_role("button", name="Stop the check").click()
    expect(rosa.locator("[data-device]")).to_be_hidden()
    rosa.get_by_role("button", name="Play a sound").click()
    expect(rosa.get_by_text("Did you hear two notes?")).to_be_visible()


def it_is_not_open_yet_and_says_when(rosa: Page, look: Look) -> None:
    rosa.get_by_role("link", name="Look again").click()
    expect(rosa.get_by_text("1:45").first).to_be_visible()
    expect(rosa.locator("time[data-countdown-seconds]")).to_have_text(re.compile(r"^\d:\d\d$"))
    look(rosa, "video-early")


def she_joins(rosa: Page, look: Look) -> str:
    rosa.get_by_role("link", name="Look again").click()
    expect(rosa.get_by_role("heading", name="You can join now")).to_be_visible()
    expect(rosa.get_by_role("heading", name="If video does not work")).to_be_visible()
    look(rosa, "video-open")
    return room_of(rosa, re.compile("Join the visit"))


def the_clinician_joins(doctor: Page, look: Look) -> str:
    doctor.goto("/desk/my-day/")
    look(doctor, "video-my-day")
    return room_of(doctor, re.compile("Join by video.*Rosa"))


def room_of(page: Page, link: re.Pattern[str]) -> str:
    """The room that a link opens, in a window of its own."""
    with page.expect_popup() as opened:
        page.get_by_role("link", name=link).first.click()
    room = opened.value
    expect(room.get_by_role("heading", name="A video visit")).to_be_visible()
    name = room.locator("code").inner_text()
    room.close()
    return name

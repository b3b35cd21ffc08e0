"""The pages, used as a browser without JavaScript uses them."""

import json
import re
import time
from email.message import EmailMessage
from typing import Any

import pytest
import requests

from sandbox.totp import totp
from tests.sandbox.conftest import STAFF
from tests.sandbox.world import CLINIC, PATIENT, App, Sandbox, eventually

PHONE = f"/phones/{PATIENT}/"
HOOK = "/hooks/twilio/sms/"
QUESTION = '<Response><Gather numDigits="1"><Say>Press a key.</Say></Gather></Response>'


def page(sandbox: Sandbox, path: str) -> str:
    answer = requests.get(sandbox.origin + path, timeout=10)
    assert answer.status_code == 200, answer.status_code
    return answer.text


def press(sandbox: Sandbox, path: str, **form: str) -> requests.Response:
    return requests.post(sandbox.origin + path, data=form, timeout=20)


def mail(sandbox: Sandbox, *, html: str | None = None, to: str = "rosa@example.com") -> None:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "visits@clinic.example", to, "Hello <Rosa>"
    letter.set_content("See https://clinic.example/v/1.")
    if html is not None:
        letter.add_alternative(html, subtype="html")
    letter.add_attachment("BEGIN:VCALENDAR\r\n", subtype="calendar", filename="visit.ics")
    with sandbox.smtp() as server:
        server.send_message(letter)


def test_every_page_is_labelled_and_free_of_inline_code(sandbox: Sandbox) -> None:
    sandbox.text()
    mail(sandbox, html="<p>Hi</p>")
    (letter,) = sandbox.get("/control/emails")
    paths = ["/", "/phones/", PHONE, "/mail/", f"/mail/{letter['id']}/", "/clock/"]
    for path in [*paths, "/authenticator/", "/faults/"]:
        answer = requests.get(sandbox.origin + path, timeout=10)
        assert "nothing here reaches a real phone" in answer.text
        assert not re.search(r"\sstyle=|\son\w+=|<style|<script(?![^>]*\ssrc=)", answer.text), path
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert policy.startswith("default-src 'none'")


def test_the_start_page_shows_everything_at_a_glance(sandbox: Sandbox) -> None:
    sandbox.text("Your visit is on Monday.")
    mail(sandbox)
    sandbox.fault("email", "smtp_permanent")
    start = page(sandbox, "/")
    for sight in ("Your visit is on Monday.", "rosa@example.com", "Real time", "Dana Reyes", "550"):
        assert sight in start


def test_a_phone_shows_texts_with_links_and_marks_them_seen(sandbox: Sandbox) -> None:
    sandbox.text("Open https://clinic.example/v/1?a=1&b=2. <b>Not bold</b>")
    assert '<span class="badge">1' in page(sandbox, "/phones/")
    thread = page(sandbox, PHONE)
    assert 'href="https://clinic.example/v/1?a=1&amp;b=2"' in thread
    assert "&lt;b&gt;Not bold" in thread
    assert '<span class="badge">1' not in page(sandbox, "/phones/")


def test_a_reply_from_the_phone_reaches_the_app(sandbox: Sandbox, app: App) -> None:
    sandbox.text("Reply 1 to confirm.")
    assert press(sandbox, PHONE, quick="1", clinic=CLINIC).url.endswith(PHONE)
    press(sandbox, PHONE, body=" I will be late ", clinic=CLINIC)
    assert [hook.params["Body"] for hook in app.heard(HOOK)] == ["1", "I will be late"]
    assert "I will be late" in page(sandbox, PHONE)


def test_a_reply_the_app_refuses_says_so(sandbox: Sandbox, app: App) -> None:
    app.will_answer(HOOK, (403, ""))
    sandbox.text()
    assert "The app said 403" in press(sandbox, PHONE, body="Hi", clinic=CLINIC).text
    app.will_answer(HOOK, (200, ""))
    eventually(lambda: len(app.heard(HOOK)) == 2)


def test_a_first_text_needs_the_clinics_number(sandbox: Sandbox, app: App) -> None:
    assert 'name="clinic"' in page(sandbox, PHONE)
    assert press(sandbox, PHONE, body="Hello?").status_code == 422
    press(sandbox, PHONE, body="Hello?", clinic=CLINIC)
    assert app.heard(HOOK)[0].params["To"] == CLINIC


def test_a_call_is_taken_on_the_phone(sandbox: Sandbox) -> None:
    call = sandbox.client().calls.create(to=PATIENT, from_=CLINIC, twiml=QUESTION)
    base = f"{PHONE}calls/{call.sid}/"
    assert "The clinic is calling" in page(sandbox, PHONE)
    assert "ringing" in page(sandbox, "/phones/")
    answered = press(sandbox, base + "answer").text
    assert "Press a key." in answered
    assert 'name="digits" value="#"' in answered
    silent = press(sandbox, base + "silence").text
    assert "The clinic hangs up." in silent
    assert 'class="keypad"' not in silent
    assert press(sandbox, base + "hangup").status_code == 200


@pytest.mark.parametrize(
    ("action", "words"), [("busy", "Call while busy"), ("no-answer", "Missed call")]
)
def test_a_call_is_left_alone(sandbox: Sandbox, action: str, words: str) -> None:
    call = sandbox.client().calls.create(to=PATIENT, from_=CLINIC, twiml=QUESTION)
    assert words in press(sandbox, f"{PHONE}calls/{call.sid}/{action}").text


def test_any_phone_can_be_picked_up(sandbox: Sandbox) -> None:
    answer = requests.get(
        f"{sandbox.origin}/phones/open", params={"number": "(303) 555-0122"}, timeout=10
    )
    assert answer.url.endswith("/phones/+13035550122/")
    bad = requests.get(f"{sandbox.origin}/phones/open", params={"number": "12"}, timeout=10)
    assert bad.status_code == 422


def test_a_letter_is_shown_in_a_closed_frame(sandbox: Sandbox) -> None:
    mail(sandbox, html="<p onclick='x()'>Hi</p><script>alert(1)</script>")
    (letter,) = sandbox.get("/control/emails")
    shown = page(sandbox, f"/mail/{letter['id']}/")
    assert "Hello &lt;Rosa&gt;" in shown
    assert 'href="https://clinic.example/v/1"' in shown
    assert "<script>alert" not in shown
    frame = requests.get(f"{sandbox.origin}/mail/{letter['id']}/html", timeout=10)
    policy = frame.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert re.search(r"sandbox allow-popups(?!.*allow-scripts)", policy)


def test_attachments_are_saved_not_shown(sandbox: Sandbox) -> None:
    mail(sandbox)
    (letter,) = sandbox.get("/control/emails")
    part = requests.get(f"{sandbox.origin}/mail/{letter['id']}/parts/0", timeout=10)
    assert part.headers["Content-Disposition"].startswith("attachment")
    assert part.headers["Content-Type"].startswith("text/calendar")
    assert part.content.startswith(b"BEGIN:VCALENDAR")
    missing = requests.get(f"{sandbox.origin}/mail/{letter['id']}/parts/9", timeout=10)
    assert missing.status_code == 404


def test_mail_can_be_read_by_mailbox(sandbox: Sandbox) -> None:
    mail(sandbox)
    mail(sandbox, to="luis@example.com")
    listed = page(sandbox, "/mail/?to=luis@example.com")
    assert "to luis@example.com" in listed
    assert "to rosa@example.com" not in listed


def test_the_clock_is_moved_by_buttons(sandbox: Sandbox) -> None:
    def offset() -> float:
        return float(json.loads(sandbox.clock_file.read_text())["offset_seconds"])

    press(sandbox, "/clock/", step="hour")
    press(sandbox, "/clock/", step="day")
    assert offset() == 90000
    assert "1 day 1 hour ahead" in page(sandbox, "/clock/")
    press(sandbox, "/clock/", at="2030-07-01T09:15", zone="America/Denver")
    assert sandbox.get("/control/clock")["now"].startswith("2030-07-01T15:15:")
    assert press(sandbox, "/clock/", at="soon", zone="UTC").status_code == 422
    press(sandbox, "/clock/", step="now")
    assert offset() == 0


def test_texts_show_the_demos_time(sandbox: Sandbox) -> None:
    sandbox.post("/control/clock", at="2031-03-02T12:00:00+00:00")
    sandbox.text()
    assert "March 2" in page(sandbox, PHONE)


def test_the_authenticator_shows_current_codes(sandbox: Sandbox) -> None:
    def shown() -> Any:
        before = totp(STAFF[0]["secret"], time.time())
        text = re.sub(r"</?span>", "", page(sandbox, "/authenticator/"))
        return before in text and text

    assert "Front desk" in eventually(shown)


def test_faults_are_added_and_stopped_by_buttons(sandbox: Sandbox) -> None:
    press(sandbox, "/faults/", common="0")
    press(sandbox, "/faults/", fault="sms:delay_after_accept", times="", seconds="2.5", to=PATIENT)
    first, second = sandbox.get("/control/faults")
    assert (first["action"], first["times"]) == ("reset_after_accept", 1)
    assert (second["seconds"], second["times"], second["to"]) == (2.5, None, PATIENT)
    assert "every time" in page(sandbox, "/faults/")
    press(sandbox, "/faults/remove", id=str(first["id"]))
    assert [fault["id"] for fault in sandbox.get("/control/faults")] == [second["id"]]
    assert press(sandbox, "/faults/", fault="sms:nonsense").status_code == 422


def test_another_site_cannot_press_buttons(sandbox: Sandbox) -> None:
    sandbox.text()
    answer = requests.post(
        f"{sandbox.origin}/reset", headers={"Origin": "https://evil.example"}, timeout=10
    )
    assert answer.status_code == 403
    assert len(sandbox.get("/control/messages")) == 1
    press(sandbox, "/reset")
    assert sandbox.get("/control/messages") == []


def test_the_pulse_changes_only_when_something_happened(sandbox: Sandbox) -> None:
    first = page(sandbox, "/pulse")
    page(sandbox, "/")
    assert page(sandbox, "/pulse") == first
    sandbox.text()
    assert page(sandbox, "/pulse") != first


def test_a_missing_page_says_so_kindly(sandbox: Sandbox) -> None:
    answer = requests.get(f"{sandbox.origin}/nowhere", timeout=10)
    assert answer.status_code == 404
    assert "There is no such page." in answer.text

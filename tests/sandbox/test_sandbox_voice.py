"""Calls: the phone rings, TwiML is played as text, keys go back to the app."""

from typing import Any

import pytest
import requests
from twilio.base.exceptions import TwilioRestException

from tests.sandbox.world import CLINIC, PATIENT, App, Sandbox, eventually

STATUS = "/call-status/"
TWIML = "/voice/menu/"
EVENTS = ["initiated", "ringing", "answered", "completed"]
MENU = """<?xml version="1.0"?>
<Response>
  <Gather numDigits="1" action="../chosen/?lang=en" timeout="5">
    <Say>Hello from the clinic.</Say><Pause length="2"/><Say>Press 1 to hear more.</Say>
  </Gather>
  <Say>We heard nothing. Goodbye.</Say>
</Response>"""
CHOSEN = "<Response><Say>Your visit is on Monday.</Say><Hangup/><Say>Never said.</Say></Response>"


def place(sandbox: Sandbox, app: App, **more: Any) -> Any:
    """A call with every status event, playing the menu."""
    wish: dict[str, Any] = {
        "to": PATIENT,
        "from_": CLINIC,
        "url": app.url + TWIML,
        "status_callback": app.url + STATUS,
        "status_callback_event": EVENTS,
        "machine_detection": "Enable",
    } | more
    if wish["url"] is None:
        del wish["url"]
    app.answers.setdefault(TWIML, [(200, MENU)])
    app.answers.setdefault("/voice/chosen/", [(200, CHOSEN)])
    return sandbox.client().calls.create(**wish)


def on_call(sandbox: Sandbox, call: Any, action: str, **body: Any) -> Any:
    return sandbox.post(f"/control/calls/{call.sid}/{action}", **body)


def said(state: Any, speaker: str = "clinic") -> list[str]:
    return [line["text"] for line in state["transcript"] if line["speaker"] == speaker]


def statuses(app: App) -> list[str]:
    return [hook.params["CallStatus"] for hook in app.heard(STATUS)]


def test_a_call_rings_until_someone_answers(sandbox: Sandbox, app: App) -> None:
    call = place(sandbox, app)
    assert call.sid.startswith("CA")
    assert call.status == "queued"
    eventually(lambda: sandbox.client().calls(call.sid).fetch().status == "ringing")
    eventually(lambda: statuses(app) == ["initiated", "ringing"])
    assert app.heard(TWIML) == []


def test_a_person_answers_and_presses_a_key(sandbox: Sandbox, app: App) -> None:
    call = place(sandbox, app)
    state = on_call(sandbox, call, "answer")
    assert state["waiting_for_digits"]
    assert said(state) == ["Hello from the clinic.", "Press 1 to hear more."]
    (menu,) = app.heard(TWIML)
    assert menu.signed_by_twilio
    assert menu.params["CallSid"] == call.sid
    assert (menu.params["CallStatus"], menu.params["AnsweredBy"]) == ("in-progress", "human")
    assert (menu.params["From"], menu.params["To"]) == (CLINIC, PATIENT)

    state = on_call(sandbox, call, "press", digits="1")
    assert said(state)[-1] == "Your visit is on Monday."
    assert "Never said." not in said(state)
    assert state["status"] == "completed"
    (chosen,) = app.heard("/voice/chosen/")
    assert chosen.signed_by_twilio
    assert chosen.url.endswith("/voice/chosen/?lang=en")
    assert chosen.params["Digits"] == "1"
    eventually(lambda: statuses(app) == ["initiated", "ringing", "in-progress", "completed"])
    assert all(hook.signed_by_twilio for hook in app.heard(STATUS))
    assert app.heard(STATUS)[-1].params["CallDuration"].isdigit()


def test_several_digits_are_gathered_before_the_app_hears(sandbox: Sandbox, app: App) -> None:
    asks = '<Response><Gather numDigits="4" action="/voice/chosen/"/></Response>'
    app.will_answer(TWIML, (200, asks))
    call = place(sandbox, app)
    on_call(sandbox, call, "answer")
    on_call(sandbox, call, "press", digits="12")
    assert app.heard("/voice/chosen/") == []
    on_call(sandbox, call, "press", digits="34")
    assert app.heard("/voice/chosen/")[0].params["Digits"] == "1234"


def test_the_pound_key_ends_an_open_question(sandbox: Sandbox, app: App) -> None:
    app.will_answer(TWIML, (200, '<Response><Gather action="/voice/chosen/"/></Response>'))
    call = place(sandbox, app)
    on_call(sandbox, call, "answer")
    on_call(sandbox, call, "press", digits="42#")
    assert app.heard("/voice/chosen/")[0].params["Digits"] == "42"


def test_silence_goes_on_with_the_next_verb(sandbox: Sandbox, app: App) -> None:
    call = place(sandbox, app)
    on_call(sandbox, call, "answer")
    state = on_call(sandbox, call, "silence")
    assert said(state)[-1] == "We heard nothing. Goodbye."
    assert state["status"] == "completed"
    assert app.heard("/voice/chosen/") == []


def test_voicemail_hears_everything_and_presses_nothing(sandbox: Sandbox, app: App) -> None:
    call = place(sandbox, app)
    state = on_call(sandbox, call, "voicemail")
    assert state["status"] == "completed"
    assert said(state)[-1] == "We heard nothing. Goodbye."
    assert app.heard(TWIML)[0].params["AnsweredBy"] == "machine_start"
    assert sandbox.client().calls(call.sid).fetch().answered_by == "machine_start"


def test_who_answered_is_told_only_when_asked(sandbox: Sandbox, app: App) -> None:
    call = place(sandbox, app, machine_detection="")
    on_call(sandbox, call, "voicemail")
    assert "AnsweredBy" not in app.heard(TWIML)[0].params


@pytest.mark.parametrize("end", ["busy", "no-answer"])
def test_nobody_takes_the_call(sandbox: Sandbox, app: App, end: str) -> None:
    call = place(sandbox, app)
    assert on_call(sandbox, call, end)["status"] == end
    eventually(lambda: statuses(app)[-1:] == [end])
    assert statuses(app) == ["initiated", "ringing", end]
    assert app.heard(TWIML) == []


@pytest.mark.parametrize("fate", ["failed", "busy", "no_answer"])
def test_a_fault_decides_the_call(sandbox: Sandbox, app: App, fate: str) -> None:
    sandbox.fault("voice", fate)
    call = place(sandbox, app)
    eventually(lambda: statuses(app)[-1:] == [fate.replace("_", "-")])
    assert sandbox.client().calls(call.sid).fetch().status == fate.replace("_", "-")


def test_a_fault_lets_voicemail_answer(sandbox: Sandbox, app: App) -> None:
    sandbox.fault("voice", "voicemail")
    place(sandbox, app)
    eventually(lambda: statuses(app)[-1:] == ["completed"])
    assert app.heard(TWIML)[0].params["AnsweredBy"] == "machine_start"


def test_hanging_up_ends_the_call(sandbox: Sandbox, app: App) -> None:
    call = place(sandbox, app)
    on_call(sandbox, call, "answer")
    assert on_call(sandbox, call, "hangup")["status"] == "completed"
    eventually(lambda: statuses(app)[-1:] == ["completed"])


def test_only_the_events_asked_for_are_told(sandbox: Sandbox, app: App) -> None:
    call = place(sandbox, app, status_callback_event=["completed"])
    on_call(sandbox, call, "answer")
    on_call(sandbox, call, "hangup")
    eventually(lambda: statuses(app) == ["completed"])


def test_inline_twiml_is_played(sandbox: Sandbox, app: App) -> None:
    call = place(sandbox, app, url=None, twiml="<Response><Say>Short and sweet.</Say></Response>")
    state = on_call(sandbox, call, "answer")
    assert said(state) == ["Short and sweet."]
    assert state["status"] == "completed"


def test_redirects_play_and_record_become_text(sandbox: Sandbox, app: App) -> None:
    app.will_answer(
        TWIML,
        (200, '<Response><Play>chime.mp3</Play><Redirect method="GET">next/</Redirect></Response>'),
    )
    app.will_answer(f"{TWIML}next/", (200, "<Response><Record/><Say>Bye.</Say></Response>"))
    state = on_call(sandbox, place(sandbox, app), "answer")
    assert said(state) == ["Bye."]
    assert any("chime.mp3" in note for note in said(state, "note"))
    assert app.heard(f"{TWIML}next/")[0].method == "GET"
    assert app.heard(f"{TWIML}next/")[0].signed_by_twilio


def test_an_endless_redirect_is_stopped(sandbox: Sandbox, app: App) -> None:
    app.will_answer(TWIML, (200, "<Response><Redirect/></Response>"))
    state = on_call(sandbox, place(sandbox, app), "answer")
    assert state["status"] == "completed"
    assert "redirected" in said(state, "note")[-1]


@pytest.mark.parametrize(("status", "body"), [(500, ""), (200, "<Oops"), (200, "<html/>")])
def test_an_app_that_fails_is_heard_as_an_apology(
    sandbox: Sandbox, app: App, status: int, body: str
) -> None:
    app.will_answer(TWIML, (status, body))
    state = on_call(sandbox, place(sandbox, app), "answer")
    assert "error" in said(state)[-1]
    assert state["status"] == "completed"


def test_a_live_call_can_be_redirected_and_ended_by_the_app(sandbox: Sandbox, app: App) -> None:
    call = place(sandbox, app)
    on_call(sandbox, call, "answer")
    asks = "<Response><Gather><Say>One moment.</Say></Gather></Response>"
    assert call.update(twiml=asks).status == "in-progress"
    (state,) = sandbox.get("/control/calls", to=PATIENT)
    assert said(state)[-1] == "One moment."
    assert call.update(status="completed").status == "completed"


def test_a_ringing_call_can_be_canceled(sandbox: Sandbox, app: App) -> None:
    call = place(sandbox, app)
    assert call.update(status="canceled").status == "canceled"
    eventually(lambda: statuses(app)[-1:] == ["canceled"])


@pytest.mark.parametrize(
    ("fields", "code"), [({"to": "555"}, 21211), ({"from_": ""}, 21213), ({"url": None}, 21205)]
)
def test_a_bad_call_is_refused(
    sandbox: Sandbox, app: App, fields: dict[str, Any], code: int
) -> None:
    with pytest.raises(TwilioRestException) as refused:
        place(sandbox, app, **fields)
    assert refused.value.code == code


def test_a_lost_answer_still_rings(sandbox: Sandbox, app: App) -> None:
    sandbox.fault("voice", "reset_after_accept", times=1)
    with pytest.raises(requests.ConnectionError):
        place(sandbox, app)
    assert len(sandbox.client().calls.list(to=PATIENT)) == 1


@pytest.mark.parametrize(
    ("action", "body", "status"),
    [("press", {"digits": "1"}, 409), ("hangup", {}, 409), ("silence", {}, 409)],
)
def test_what_makes_no_sense_is_explained(
    sandbox: Sandbox, app: App, action: str, body: dict[str, str], status: int
) -> None:
    call = place(sandbox, app)
    url = f"{sandbox.origin}/control/calls/{call.sid}/{action}"
    answer = requests.post(url, json=body, timeout=10)
    assert answer.status_code == status
    assert "queued" in answer.json()["error"] or "ringing" in answer.json()["error"]

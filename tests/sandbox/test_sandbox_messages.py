"""Texts through Twilio's API: accepted, refused, listed, and told about."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import requests
from twilio.base.exceptions import TwilioRestException

from tests.sandbox.world import ACCOUNT_SID, AUTH_TOKEN, CLINIC, PATIENT, App, Sandbox, eventually

STATUS = "/status/"


def test_a_text_is_accepted_as_twilio_would(sandbox: Sandbox) -> None:
    sent = sandbox.text("Your visit is on Monday.")
    assert re.fullmatch(r"SM[0-9a-f]{32}", sent.sid)
    assert (sent.status, sent.direction, sent.num_segments) == ("queued", "outbound-api", "1")
    assert (sent.to, sent.from_, sent.account_sid) == (PATIENT, CLINIC, ACCOUNT_SID)
    assert sent.error_code is None
    assert sent.date_sent is None
    assert abs(datetime.now(UTC) - sent.date_created) < timedelta(seconds=10)


def test_a_text_becomes_delivered_and_can_be_fetched(sandbox: Sandbox) -> None:
    sent = sandbox.text()
    fetch = sandbox.client().messages(sent.sid).fetch
    fetched = eventually(lambda: (m := fetch()).status == "delivered" and m)
    assert fetched.body == "Hello"
    assert fetched.date_sent is not None


def test_callbacks_follow_in_order_and_are_signed(sandbox: Sandbox, app: App) -> None:
    sent = sandbox.text(status_callback=f"{app.url}{STATUS}?m=42")
    hooks = eventually(lambda: len(app.heard(STATUS)) >= 3 and app.heard(STATUS))
    assert [hook.params["MessageStatus"] for hook in hooks] == ["queued", "sent", "delivered"]
    for hook in hooks:
        assert hook.signed_by_twilio
        assert hook.url.endswith("?m=42")
        assert hook.params["SmsStatus"] == hook.params["MessageStatus"]
        assert hook.params["MessageSid"] == hook.params["SmsSid"] == sent.sid
        assert (hook.params["To"], hook.params["From"]) == (PATIENT, CLINIC)
        assert "ErrorCode" not in hook.params


def test_a_callback_is_tried_again_until_the_app_accepts_it(sandbox: Sandbox, app: App) -> None:
    app.will_answer(STATUS, (500, ""), (403, ""), (204, ""))
    sandbox.text(status_callback=app.url + STATUS)
    hooks = eventually(lambda: len(app.heard(STATUS)) >= 5 and app.heard(STATUS))
    statuses = [hook.params["MessageStatus"] for hook in hooks]
    assert statuses == ["queued", "queued", "queued", "sent", "delivered"]
    assert len({hook.idempotency_token for hook in hooks[:3]}) == 1


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": "12025550123"}, 21211),
        ({"to": ""}, 21604),
        ({"body": ""}, 21602),
        ({"body": "x" * 1601}, 21617),
        ({"from_": ""}, 21603),
        ({"from_": "?"}, 21212),
    ],
)
def test_a_bad_text_is_refused_with_twilios_code(
    sandbox: Sandbox, fields: dict[str, str], code: int
) -> None:
    wish = {"to": PATIENT, "from_": CLINIC, "body": "Hello"} | fields
    with pytest.raises(TwilioRestException) as refused:
        sandbox.client().messages.create(**wish)
    assert (refused.value.status, refused.value.code) == (400, code)
    assert sandbox.get("/control/messages") == []


def test_a_wrong_token_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(TwilioRestException) as refused:
        sandbox.client(token="wrong").messages.create(to=PATIENT, from_=CLINIC, body="Hello")
    assert (refused.value.status, refused.value.code) == (401, 20003)


def test_errors_have_twilios_shape(sandbox: Sandbox) -> None:
    url = f"{sandbox.origin}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/SMnone.json"
    answer = requests.get(url, auth=(ACCOUNT_SID, AUTH_TOKEN), timeout=10)
    assert answer.status_code == 404
    assert set(answer.json()) == {"code", "message", "more_info", "status"}


def test_a_messaging_service_chooses_the_sender(sandbox: Sandbox) -> None:
    service = "MG" + "1" * 32
    sent = sandbox.client().messages.create(to=PATIENT, messaging_service_sid=service, body="Hello")
    assert sent.messaging_service_sid == service
    assert sent.from_.startswith("+")


@pytest.mark.parametrize(
    ("body", "segments"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("a" * 159 + "€", 2),
        ("a" * 152 + "€" + "a" * 152, 3),
        ("ü" * 160, 1),
        ("ñ" * 70 + "ç", 2),
        ("€" * 81, 2),
        ("é" * 70 + "ê", 2),
        ("你" * 70, 1),
        ("你" * 71, 2),
        ("🙂" * 35, 1),
        ("🙂" * 36, 2),
        ("🙂" * 66, 2),
        ("🙂" * 67, 3),
    ],
)
def test_segments_are_counted_as_carriers_do(sandbox: Sandbox, body: str, segments: int) -> None:
    assert sandbox.text(body).num_segments == str(segments)


def test_lists_are_newest_first_and_filtered(sandbox: Sandbox) -> None:
    other = "+13035550199"
    sids = [sandbox.text(f"Text {number}").sid for number in range(3)]
    sandbox.text("To someone else", to=other)
    found = sandbox.client().messages.list(to=PATIENT, from_=CLINIC)
    assert [message.sid for message in found] == sids[::-1]
    assert sandbox.client().messages.list(from_="+19995550100") == []


def test_lists_are_filtered_by_the_moment_sent(sandbox: Sandbox) -> None:
    sent = sandbox.text()
    now = datetime.now(UTC)
    messages = sandbox.client().messages
    hour = timedelta(hours=1)
    window = messages.list(to=PATIENT, date_sent_after=now - hour, date_sent_before=now + hour)
    assert [message.sid for message in window] == [sent.sid]
    assert messages.list(date_sent_after=now + hour) == []
    assert messages.list(date_sent_before=now - hour) == []
    assert [message.sid for message in messages.list(date_sent=now.date().isoformat())] == [
        sent.sid
    ]


def test_lists_are_paged_without_loss(sandbox: Sandbox) -> None:
    sids = [sandbox.text(f"Text {number}").sid for number in range(7)]
    found = sandbox.client().messages.list(to=PATIENT, page_size=3)
    assert [message.sid for message in found] == sids[::-1]


def test_stop_is_kept_until_start(sandbox: Sandbox, app: App) -> None:
    sandbox.text("Hello")
    sandbox.post("/control/reply", **{"from": PATIENT, "body": " stop "})
    with pytest.raises(TwilioRestException) as refused:
        sandbox.text("Still there?")
    assert refused.value.code == 21610
    sandbox.post("/control/reply", **{"from": PATIENT, "body": "START"})
    assert sandbox.text("Welcome back").status == "queued"
    assert [hook.params["Body"] for hook in app.heard("/hooks/twilio/sms/")] == [" stop ", "START"]


def test_a_reply_reaches_the_app_signed(sandbox: Sandbox, app: App) -> None:
    sandbox.text("Reply 1 to confirm.")
    sent = sandbox.post("/control/reply", **{"from": PATIENT, "body": "1 ñ"})
    (hook,) = app.heard("/hooks/twilio/sms/")
    assert hook.signed_by_twilio
    assert hook.params["MessageSid"] == sent["sid"]
    assert (hook.params["From"], hook.params["To"]) == (PATIENT, CLINIC)
    assert (hook.params["Body"], hook.params["NumMedia"]) == ("1 ñ", "0")
    assert hook.params["AccountSid"] == ACCOUNT_SID
    assert sent["delivered"]


def test_what_the_app_answers_appears_on_the_phone(sandbox: Sandbox, app: App) -> None:
    twiml = "<Response><Message>Thanks.</Message><Message><Body>Bye.</Body></Message></Response>"
    app.will_answer("/hooks/twilio/sms/", (200, twiml))
    sandbox.post("/control/reply", **{"from": PATIENT, "to": CLINIC, "body": "Hi"})
    thread = eventually(lambda: len(m := sandbox.get("/control/messages")) == 3 and m)
    assert [message["body"] for message in reversed(thread)] == ["Hi", "Thanks.", "Bye."]
    assert thread[0]["direction"] == "outbound-reply"


def test_a_reply_survives_an_app_that_is_down(sandbox: Sandbox, app: App) -> None:
    app.will_answer("/hooks/twilio/sms/", (503, ""), (200, ""))
    sent = sandbox.post("/control/reply", **{"from": PATIENT, "to": CLINIC, "body": "1"})
    assert sent["answer"] == "503"
    eventually(lambda: len(app.heard("/hooks/twilio/sms/")) == 2)


def test_a_first_reply_needs_a_number(sandbox: Sandbox) -> None:
    answer = requests.post(
        f"{sandbox.origin}/control/reply", json={"from": PATIENT, "body": "1"}, timeout=10
    )
    assert answer.status_code == 422
    assert "to" in answer.json()["error"]

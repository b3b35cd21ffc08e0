"""What the provider reports: verified, kept, and believed upward only."""

import uuid
from datetime import datetime, timedelta
from itertools import permutations

import pytest
from django.urls import reverse
from pytest_django import Settings

from messaging.gateways import provider
from messaging.models import Message, OptOut, Receipt
from messaging.services.claiming import claim_due
from messaging.services.delivery import deliver
from messaging.services.receipts import record_receipt
from messaging.transitions import State
from people.models import Person
from tests.builders import make_group
from tests.messaging.world import (
    by_channel,
    look_up_unknown,
    queue,
    seen,
    send_due,
    signed_post,
    tries_of,
)
from tests.sandbox.world import App, Sandbox, eventually


def sent_text(person: Person, now: datetime, **more: object) -> Message:
    """A text the provider has, under the name SM1."""
    message = queue(person, now=now, **more)  # type: ignore[arg-type]
    Message.objects.filter(pk=message.pk).update(
        state=State.ACCEPTED, provider_sid=f"SM{message.pk}", tries=1
    )
    return seen(message)


def report(message: Message, status: str, now: datetime, *, code: str = "") -> bool:
    return record_receipt(
        public_id=message.public_id,
        provider_sid=message.provider_sid or f"SM{message.pk}",
        status=status,
        error_code=code,
        now=now,
    )


@pytest.mark.parametrize("order", list(permutations(["queued", "sent", "delivered"])))
def test_in_whatever_order_they_come_the_text_is_delivered(
    rosa: Person, now: datetime, order: tuple[str, ...]
) -> None:
    message = sent_text(rosa, now)
    for status in (*order, *order):
        assert report(message, status, now)
    assert seen(message).state == State.DELIVERED
    assert sorted(Receipt.objects.values_list("status", flat=True)) == sorted(order)


def test_bad_news_after_good_changes_nothing(rosa: Person, now: datetime) -> None:
    message = sent_text(rosa, now)
    report(message, "delivered", now)
    report(message, "undelivered", now, code="30003")
    assert (seen(message).state, message.error_code) == (State.DELIVERED, "")
    assert by_channel(message) == {"sms": "delivered"}


def test_a_receipt_of_another_try_is_not_this_messages(rosa: Person, now: datetime) -> None:
    message = sent_text(rosa, now)
    assert not record_receipt(
        public_id=message.public_id, provider_sid="SM0", status="failed", error_code="", now=now
    )
    assert not record_receipt(
        public_id=uuid.uuid4(), provider_sid="SM1", status="sent", error_code="", now=now
    )
    assert seen(message).state == State.ACCEPTED
    assert not Receipt.objects.exists()


@pytest.mark.parametrize("state", ["sending", "unknown", "pending", "claimed"])
def test_a_receipt_settles_what_nobody_was_sure_of(
    rosa: Person, now: datetime, sandbox: Sandbox, state: str
) -> None:
    """Even when the message already waits to be sent again, or a worker just took it."""
    message = queue(rosa, now=now)
    Message.objects.filter(pk=message.pk).update(
        state=state, tries=1, claimed_by="w" if state == "claimed" else ""
    )
    assert report(message, "sent", now)
    assert (seen(message).state, message.provider_sid) == (State.SENT, f"SM{message.pk}")
    deliver(message_id=message.pk, worker="w", now=now)
    assert send_due(now + timedelta(hours=1)) == []
    assert sandbox.get("/control/messages") == []


def test_a_worker_that_hears_back_late_does_not_undo_a_newer_try(
    rosa: Person, now: datetime, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was stopped while it asked; others looked, found nothing, and are sending again."""
    sandbox.fault("sms", "http_429", times=1)
    message = queue(rosa, now=now)
    claim_due(worker="late", now=now, limit=1)
    ask = provider.send_sms

    def slow(**text: str) -> provider.Accepted:
        Message.objects.filter(pk=message.pk).update(tries=2, claimed_by="newer")
        return ask(**text)

    monkeypatch.setattr(provider, "send_sms", slow)
    deliver(message_id=message.pk, worker="late", now=now)
    assert (seen(message).state, message.claimed_by) == (State.SENDING, "newer")


@pytest.mark.parametrize("callbacks", [None, "duplicate_callbacks", "reorder_callbacks"])
def test_the_providers_own_receipts_are_believed(
    rosa: Person,
    now: datetime,
    sandbox: Sandbox,
    app: App,
    clock_at_now: datetime,
    callbacks: str | None,
) -> None:
    """Signed by the provider, checked against the public address, applied by the view."""
    if callbacks:
        sandbox.fault("sms", callbacks)
    message = queue(rosa, now=now)
    send_due(now)
    path = reverse("messaging:status", args=[message.public_id])
    expected = 6 if callbacks == "duplicate_callbacks" else 3
    heard = eventually(lambda: len(app.heard(path)) >= expected and app.heard(path))
    for hook in heard:
        assert hook.signed_by_twilio
        answer = signed_post(hook.url, dict(hook.params))
        assert answer.status_code == 204
    assert seen(message).state == State.DELIVERED
    assert message.receipts.count() == 3


@pytest.mark.parametrize("fault", ["undelivered", "failed"])
def test_a_text_that_did_not_arrive_goes_another_way(
    rosa: Person, now: datetime, sandbox: Sandbox, app: App, clock_at_now: datetime, fault: str
) -> None:
    sandbox.fault("sms", fault, code=30006)
    message = queue(rosa, now=now)
    send_due(now)
    path = reverse("messaging:status", args=[message.public_id])
    eventually(lambda: [hook for hook in app.heard(path) if hook.params["MessageStatus"] == fault])
    for hook in app.heard(path):
        signed_post(hook.url, dict(hook.params))
    assert (seen(message).state, message.error_code) == (fault, "30006")
    assert by_channel(message) == {"sms": fault, "voice": "pending"}


def test_a_receipt_settles_a_lost_answer_before_anybody_looks(
    rosa: Person, now: datetime, sandbox: Sandbox
) -> None:
    sandbox.fault("sms", "reset_after_accept", times=1)
    message = queue(rosa, now=now)
    send_due(now)
    (text,) = sandbox.get("/control/messages")
    record_receipt(
        public_id=message.public_id,
        provider_sid=text["sid"],
        status="delivered",
        error_code="",
        now=now,
    )
    assert look_up_unknown(now) == 0
    assert (seen(message).state, tries_of(message)) == (State.DELIVERED, [(1, "accepted")])


def test_a_secret_is_forgotten_by_a_receipt_too(rosa: Person, now: datetime) -> None:
    message = queue(rosa, now=now, kind="secret_notice", text="314159")
    Message.objects.filter(pk=message.pk).update(state=State.UNKNOWN, body="314159", tries=1)
    report(message, "delivered", now)
    assert (seen(message).body, message.facts) == ("", {})


def test_a_stop_reported_late_is_kept(rosa: Person, now: datetime) -> None:
    message = sent_text(rosa, now)
    report(message, "failed", now, code="21610")
    assert OptOut.objects.filter(channel="sms", address=message.address, until=None).exists()
    assert by_channel(message) == {"sms": "failed", "email": "pending"}


def test_what_is_of_no_use_any_more_goes_no_other_way(rosa: Person, now: datetime) -> None:
    message = sent_text(rosa, now, useful_until=now + timedelta(hours=1))
    report(message, "undelivered", now + timedelta(hours=2), code="30003")
    assert by_channel(message) == {"sms": "undelivered"}


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["status", "voice", "voice_key"])
def test_only_the_provider_may_report(settings: Settings, name: str, now: datetime) -> None:
    make_group()
    settings.PUBLIC_URL = "https://visits.example"
    settings.TWILIO_AUTH_TOKEN = "ours"
    url = settings.PUBLIC_URL + reverse(f"messaging:{name}", args=[uuid.uuid4()])
    form = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    assert signed_post(url, form, token="theirs").status_code == 403
    assert signed_post(url.replace("https", "http"), form, token="ours").status_code == 403
    assert signed_post(url, form, token="ours").status_code == 404, "no such message"

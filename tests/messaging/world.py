"""Short ways to queue, send and look up messages."""

from collections.abc import Sequence
from datetime import datetime
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from django.db import connection
from django.test import Client
from twilio.request_validator import RequestValidator

from messaging.models import Message, MessageTemplate, Task
from messaging.services import outbox
from messaging.services.claiming import claim_due, promote_due
from messaging.services.delivery import deliver
from messaging.services.reconciling import reconcile
from people.models import Person
from tests.messaging.kinds import KINDS, WORDS
from tests.sandbox.world import AUTH_TOKEN

_number = count(1)


def publish_words(now: datetime) -> None:
    """The words of the tests' own kinds, on every channel."""
    MessageTemplate.objects.bulk_create(
        MessageTemplate(
            kind=kind.name,
            channel=channel,
            language="en",
            version=1,
            subject="A word",
            body=WORDS,
            published_at=now,
        )
        for kind in KINDS
        for channel in ("sms", "email", "voice")
    )


def queue(
    person: Person,
    *,
    now: datetime,
    kind: str = "urgent_notice",
    channels: Sequence[str] = ("sms",),
    text: str = "see you soon",
    **more: Any,
) -> Message:
    """The first of the messages queued for a person."""
    facts = {"name": person.called, "text": text} | more.pop("facts", {})
    queued = outbox.queue_messages(
        kind=kind,
        person=person,
        channels=channels,
        key=more.pop("key", f"test:{next(_number)}"),
        facts=facts,
        now=now,
        **more,
    )
    return queued[0]


def send_due(now: datetime, *, worker: str = "worker") -> list[int]:
    """One tick: what is due is claimed and carried on."""
    promote_due(now=now)
    claimed = claim_due(worker=worker, now=now, limit=100)
    for message_id in claimed:
        deliver(message_id=message_id, worker=worker, now=now)
    return claimed


def leases_run_out() -> None:
    """As though the time of every lease were over, by the database's own clock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE messaging_message SET lease_until = clock_timestamp() - interval '1 second'"
            " WHERE lease_until IS NOT NULL"
        )


def look_up_unknown(now: datetime) -> int:
    """Reconcile what is uncertain now, without waiting."""
    leases_run_out()
    return reconcile(now=now)


def seen(message: Message) -> Message:
    """The message as it is now."""
    message.refresh_from_db()
    return message


def by_channel(message: Message) -> dict[str, str]:
    """The state of the same message on each channel."""
    base = message.key.rsplit(":", 1)[0]
    rows = Message.objects.filter(key__startswith=f"{base}:").order_by("pk")
    return {row.channel: row.state for row in rows}


def tries_of(message: Message) -> list[tuple[int, str]]:
    return list(message.attempts.order_by("number").values_list("number", "outcome"))


def handed_over(message: Message) -> bool:
    """Whether a person on the staff was asked to say it."""
    return Task.objects.filter(key=message.key.rsplit(":", 1)[0], status="open").exists()


def signed_post(url: str, params: dict[str, str], *, token: str = AUTH_TOKEN) -> Any:
    """A request as the provider makes it."""
    parts = urlsplit(url)
    return Client().post(
        f"{parts.path}?{parts.query}".rstrip("?"),
        params,
        headers={"X-Twilio-Signature": RequestValidator(token).compute_signature(url, params)},
    )

"""Everything a patient says comes in here, and is shown to the interpreters in order."""

from collections.abc import Callable
from datetime import datetime
from functools import cache

import structlog
from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from contactcenter.models import InboundMessage
from messaging.inbound import InboundReply
from messaging.services import outbox
from people.selectors import people_reached_at

log = structlog.get_logger(__name__)
Interpreter = Callable[..., InboundReply | None]


@cache
def interpreters() -> list[tuple[str, Interpreter]]:
    """The explicit, ordered list: opt-out, then the thread, and a human inbox last."""
    return [(path, import_string(path)) for path in settings.INBOUND_INTERPRETERS]


@transaction.atomic
def receive_text(
    *, provider_sid: str, from_number: str, to_number: str, body: str, now: datetime
) -> InboundMessage:
    """Keep a text and act on it, once: the provider may deliver it again."""
    inbound, created = InboundMessage.objects.get_or_create(
        provider_sid=provider_sid,
        defaults={
            "from_number": from_number,
            "to_number": to_number,
            "body": body,
            "received_at": now,
        },
    )
    if not created:
        return inbound
    for path, interpret in interpreters():
        answer = interpret(from_number=from_number, body=body, now=now)
        if answer is None:
            continue
        inbound.interpreted_by, inbound.interpreted_at = path, now
        inbound.save(update_fields=["interpreted_by", "interpreted_at"])
        _reply(inbound, answer, now=now)
        log.info("text understood", inbound=inbound.pk, interpreter=path)
        break
    return inbound


def _reply(inbound: InboundMessage, answer: InboundReply, *, now: datetime) -> None:
    """Answer the number that wrote, in the language of the person we think it is."""
    if not answer.kind:
        return
    person = answer.person or people_reached_at(inbound.from_number).first()
    outbox.queue_to_address(
        kind=answer.kind,
        channel="sms",
        address=inbound.from_number,
        language=person.language if person else settings.LANGUAGE_CODE,
        key=f"reply:{inbound.pk}:sms",
        facts=answer.facts,
        now=now,
    )

"""Doors for the provider. Each request must carry its signature."""

import uuid

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

import clock
from messaging.gateways import twiml
from messaging.models import Message
from messaging.selectors import voice_message
from messaging.services.receipts import record_receipt
from messaging.signatures import provider_only
from messaging.words import words_for

XML = "text/xml"


@provider_only
def status(request: HttpRequest, message_id: uuid.UUID) -> HttpResponse:
    """A receipt for a text or a call."""
    post = request.POST
    known = record_receipt(
        public_id=message_id,
        provider_sid=post.get("MessageSid") or post.get("CallSid") or "",
        status=post.get("MessageStatus") or post.get("CallStatus") or "",
        error_code=post.get("ErrorCode", ""),
        now=clock.now(),
    )
    if not known:
        raise Http404
    return HttpResponse(status=204)


@provider_only
def voice(request: HttpRequest, message_id: uuid.UUID) -> HttpResponse:
    """The beginning of a call: nothing private before a key is pressed, or to a machine."""
    message = _voice_message(message_id)
    if request.POST.get("AnsweredBy", "human").startswith(("machine", "fax")):
        return _xml(
            twiml.say_and_hang_up(words=_fixed(message, "voice_machine"), language=message.language)
        )
    action = settings.PUBLIC_URL + reverse("messaging:voice_key", args=[message_id])
    return _xml(
        twiml.ask_for_key(
            prompt=_fixed(message, "voice_prompt"), action=action, language=message.language
        )
    )


@provider_only
def voice_key(request: HttpRequest, message_id: uuid.UUID) -> HttpResponse:
    """A key was pressed: say what there is to say."""
    message = _voice_message(message_id)
    if request.POST.get("Digits") != "1":
        words = _fixed(message, "voice_machine")
        return _xml(twiml.say_and_hang_up(words=words, language=message.language))
    record_receipt(
        public_id=message_id,
        provider_sid=request.POST.get("CallSid", ""),
        status="heard",
        error_code="",
        now=clock.now(),
    )
    return _xml(twiml.say_and_hang_up(words=message.body, language=message.language))


def _voice_message(message_id: uuid.UUID) -> Message:
    message = voice_message(message_id)
    if message is None:
        raise Http404
    return message


def _fixed(message: Message, kind: str) -> str:
    """Words of the call itself: who calls, and nothing about whom or why."""
    facts = {"clinic": message.subject, "clinic_phone": settings.TWILIO_FROM_NUMBER}
    return words_for(kind=kind, channel="voice", language=message.language, facts=facts).body


def _xml(text: str) -> HttpResponse:
    return HttpResponse(text, content_type=XML)

"""What kinds of message there are. Each stage declares its own in ``message_kinds``.

Delivery is below the stages, so it cannot ask them by import whether a message is still true.
A kind therefore brings the two answers it needs as functions.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any

from django.conf import settings

from messaging.models import Message


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with an e-mail."""

    filename: str
    content: bytes
    mimetype: str


@dataclass(frozen=True, slots=True)
class Content:
    """What a template needs to know, and what goes with it."""

    facts: dict[str, Any]
    attachments: list[Attachment] = field(default_factory=list)


def _always(_message: Message) -> str | None:
    return None


def _only_facts(message: Message) -> Content:
    return Content(dict(message.facts))


@dataclass(frozen=True, slots=True)
class MessageKind:
    """One kind of message.

    ``still_true`` is asked when a worker claims it: None, or the reason it must not be sent
    (``superseded``, ``canceled``). ``content`` gives the facts for the template. ``purpose`` is
    the consent it needs. ``immediate`` ignores quiet hours: the person is waiting for it.
    ``secret`` means the words are wiped once handed over.
    """

    name: str
    purpose: str = "care"
    immediate: bool = False
    secret: bool = False
    priority: int = 5
    fallback: bool = True
    channels: tuple[str, ...] = ("sms", "email", "voice")
    still_true: Callable[[Message], str | None] = _always
    content: Callable[[Message], Content] = _only_facts


@cache
def registry() -> dict[str, MessageKind]:
    """Every kind, by name, from the modules that ``settings.MESSAGE_KINDS`` lists."""
    found: dict[str, MessageKind] = {}
    for module in settings.MESSAGE_KINDS:
        for kind in import_module(module).KINDS:
            found[kind.name] = kind
    return found


KINDS = [
    MessageKind("staff_reply", immediate=True, priority=2),
]

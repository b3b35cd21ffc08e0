"""Kinds of message that exist for these tests alone, so that no stage's wishes get in the way."""

from messaging.kinds import MessageKind
from messaging.models import Message


def _stale(message: Message) -> str | None:
    return str(message.facts.get("stale", "")) or None


def _broken(message: Message) -> str | None:
    raise RuntimeError("a mistake of ours")


KINDS = [
    MessageKind("notice", still_true=_stale),
    MessageKind("urgent_notice", immediate=True, still_true=_stale),
    MessageKind("opinion_wanted", purpose="feedback", fallback=False),
    MessageKind("secret_notice", immediate=True, secret=True, fallback=False),
    MessageKind("broken_notice", immediate=True, still_true=_broken, priority=0),
]
WORDS = "Hello {{ name }}: {{ text }}"

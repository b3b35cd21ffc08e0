"""Words that must not stay in the database once their message is settled."""

from messaging.kinds import registry
from messaging.models import Message


def forget_secret(message: Message) -> None:
    """Wipe a one-time code and its like: handed over or given up, nobody needs them here."""
    if registry()[message.kind].secret:
        Message.objects.filter(pk=message.pk).update(facts={}, body="")

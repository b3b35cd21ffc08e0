"""Reads about messages and work to do."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Min, QuerySet

from messaging.models import Message, OptOut, Task
from messaging.transitions import OUT, State


def opted_out(*, channel: str, address: str) -> bool:
    """Whether this address has asked us to stop, and not to start again."""
    return OptOut.objects.filter(channel=channel, address=address, until=None).exists()


def newest_message_to(address: str, *, kinds: list[str], since: datetime) -> Message | None:
    """The thread a person is answering: what we last said of these kinds to this number."""
    return (
        Message.objects.filter(
            address=address, channel="sms", kind__in=kinds, state__in=OUT, state_since__gte=since
        )
        .select_related("person")
        .order_by("-state_since", "-pk")
        .first()
    )


def messages_about(about: str, about_id: int) -> QuerySet[Message]:
    """Everything said about one row of a stage above, oldest first."""
    return Message.objects.filter(about=about, about_id=about_id).order_by("created_at", "pk")


def last_said(about: str, about_id: int, *, kinds: Sequence[str]) -> int | None:
    """The version that the newest message of these kinds which has gone out was about."""
    said = messages_about(about, about_id).filter(kind__in=kinds, state__in=OUT)
    return said.order_by("-pk").values_list("about_version", flat=True).first()


def open_tasks(*, roles: frozenset[str]) -> QuerySet[Task]:
    """The worklist of these roles, most urgent first."""
    return (
        Task.objects.filter(status=Task.Status.OPEN, role__in=roles)
        .select_related("person")
        .order_by("due_at", "pk")
    )


def oldest_due_age(*, now: datetime) -> timedelta:
    """How long the longest-waiting due message has waited; zero when none waits."""
    oldest = Message.objects.filter(
        state__in=[State.SCHEDULED, State.PENDING], due_at__lte=now
    ).aggregate(oldest=Min("due_at"))["oldest"]
    return max(now - oldest, timedelta()) if oldest else timedelta()


def voice_message(public_id: uuid.UUID) -> Message | None:
    """The call whose words the provider asks for."""
    return (
        Message.objects.filter(public_id=public_id, channel="voice")
        .select_related("person")
        .first()
    )

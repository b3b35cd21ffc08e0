"""The trail: every read and write of a patient's record leaves one row."""

from datetime import datetime

import structlog
from django.contrib.auth.models import AnonymousUser

from people.models import AuditEntry, User


def note(
    *,
    actor: User | AnonymousUser | None,
    person_ids: list[int],
    action: str,
    subject: str,
    now: datetime,
) -> None:
    """Append one row for each person whose record was read or written, in one statement.

    ``subject`` names the thing without saying anything private: ``appointment:17``.
    """
    AuditEntry.objects.bulk_create(
        entries(actor=actor, person_ids=person_ids, action=action, subject=subject, now=now)
    )


def entries(
    *,
    actor: User | AnonymousUser | None,
    person_ids: list[int],
    action: str,
    subject: str,
    now: datetime,
) -> list[AuditEntry]:
    """The rows that ``note`` appends, for who writes them together with others."""
    request_id = str(structlog.contextvars.get_contextvars().get("request_id", ""))
    actor_id = actor.pk if actor is not None and actor.is_authenticated else None
    return [
        AuditEntry(
            at=now,
            actor_id=actor_id,
            person_id=person_id,
            action=action,
            subject=subject,
            request_id=request_id,
        )
        for person_id in person_ids
    ]

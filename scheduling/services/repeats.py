"""The same request, sent again: a lost answer, a double press, an old page."""

import hashlib
from datetime import datetime

from people.models import User
from people.services.rows import insert_together
from scheduling.exceptions import KeyReused
from scheduling.models import Appointment, IdempotencyRecord


def is_repeat(
    asked: tuple[object, ...], *, of: Appointment, user: User, key: str, now: datetime
) -> bool:
    """Whether this account has sent this change with this key before; remembers it if not.

    Runs in the transaction of the change, so that what fails is forgotten. Without a key nothing
    is a repeat. Raises KeyReused when the key came with something else.
    """
    if not key:
        return False
    scope = f"user:{user.pk}"
    fingerprint = hashlib.sha256(repr((of.pk, *map(str, asked))).encode()).hexdigest()
    record = IdempotencyRecord(
        scope=scope, key=key, fingerprint=fingerprint, appointment=of, created_at=now
    )
    if insert_together(unless_known=record):
        return False
    if IdempotencyRecord.objects.get(scope=scope, key=key).fingerprint != fingerprint:
        raise KeyReused
    return True

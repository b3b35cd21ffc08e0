"""The same request, sent again: a lost answer, a double press, an old page."""

import hashlib
from datetime import datetime, timedelta

from django.db import connection

from infrastructure.rows import insert_if_new, write
from people.models import User
from scheduling.exceptions import KeyReused
from scheduling.models import Appointment, IdempotencyRecord

# Nobody presses again after a week what they pressed, nor does a program.
REMEMBERED_FOR = timedelta(days=7)
# Ids grow with time, so that the oldest are found without an index of their own, for which every
# booking would pay; and with nothing to forget no more than these are looked at.
FORGET = """
    DELETE FROM scheduling_idempotencyrecord
    WHERE id IN (SELECT id FROM scheduling_idempotencyrecord ORDER BY id LIMIT %s)
      AND created_at < %s
"""


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
    if write(insert_if_new(record)):
        return False
    if IdempotencyRecord.objects.get(scope=scope, key=key).fingerprint != fingerprint:
        raise KeyReused
    return True


def forget_old_requests(*, now: datetime, limit: int = 1000) -> int:
    """Drop the answers to requests of a week ago and before, so many at a time; how many."""
    with connection.cursor() as cursor:
        cursor.execute(FORGET, [limit, now - REMEMBERED_FOR])
        return int(cursor.rowcount)

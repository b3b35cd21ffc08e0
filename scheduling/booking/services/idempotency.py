"""The same request, sent again: a lost answer, a double press, an old page."""

import hashlib
from datetime import datetime, timedelta

from django.db import connection

from infrastructure.rows import insert_if_new, write
from people.models import User
from scheduling.appointments.selectors.appointments import WITH_NAMES
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
    said: tuple[object, ...], *, of: Appointment, user: User, key: str, now: datetime
) -> bool:
    """Whether this account has sent this change with this key before; remembers it if not.

    ``said`` is what was asked for. Runs in the transaction of the change, so that what fails is
    forgotten. Without a key nothing is a repeat. Raises KeyReused when the key came with
    something else.
    """
    if not key:
        return False
    said = (of.pk, *said)
    if write(insert_if_new(request_record(said, of=of, user=user, key=key, now=now))):
        return False
    return answer_to(said, user=user, key=key) is not None


def answer_to(said: tuple[object, ...], *, user: User, key: str) -> Appointment | None:
    """The visit that an earlier request of this account with this key was about.

    Raises KeyReused when the key came with something else than ``said``.
    """
    names = [f"appointment__{name}" for name in WITH_NAMES]
    records = IdempotencyRecord.objects.select_related(*names)
    record = records.filter(scope=_scope(user), key=key).first()
    if record is None:
        return None
    if record.fingerprint != _fingerprint(said):
        raise KeyReused
    return record.appointment


def request_record(
    said: tuple[object, ...], *, of: Appointment, user: User, key: str, now: datetime
) -> IdempotencyRecord:
    """The row that remembers a request, not yet written."""
    return IdempotencyRecord(
        scope=_scope(user),
        key=key,
        fingerprint=_fingerprint(said),
        appointment=of,
        created_at=now,
    )


def _scope(user: User) -> str:
    return f"user:{user.pk}"


def _fingerprint(said: tuple[object, ...]) -> str:
    return hashlib.sha256(repr(tuple(map(str, said))).encode()).hexdigest()


def forget_old_requests(*, now: datetime, limit: int = 1000) -> int:
    """Drop the answers to requests of a week ago and before, so many at a time; how many."""
    with connection.cursor() as cursor:
        cursor.execute(FORGET, [limit, now - REMEMBERED_FOR])
        return int(cursor.rowcount)

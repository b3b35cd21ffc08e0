"""Who may work on a message, and for how long. Leases are by the database's clock."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import DateTimeField, ExpressionWrapper, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

from messaging.models import Attempt, Message
from messaging.transitions import State

# Claim work by a conditional update; whoever else is claiming skips what is locked. The rows are
# chosen in a CTE, which runs once: the planner may run a subquery with IN several times, and then
# LIMIT holds for each of them.
CLAIM = """
    WITH due AS MATERIALIZED (
        SELECT id FROM messaging_message
        WHERE state = 'pending' AND due_at <= %(now)s
        ORDER BY priority, due_at
        LIMIT %(limit)s
        FOR UPDATE SKIP LOCKED
    )
    UPDATE messaging_message AS message
    SET state = 'claimed', state_since = %(now)s, claimed_by = %(worker)s,
        lease_until = clock_timestamp() + %(lease)s * interval '1 second'
    FROM due
    WHERE message.id = due.id
    RETURNING message.id, message.priority, message.due_at
"""
LEASE_UNKNOWN = """
    WITH uncertain AS MATERIALIZED (
        SELECT id FROM messaging_message
        WHERE state = 'unknown' AND lease_until < clock_timestamp()
        ORDER BY lease_until
        LIMIT %(limit)s
        FOR UPDATE SKIP LOCKED
    )
    UPDATE messaging_message AS message
    SET lease_until = clock_timestamp() + %(lease)s * interval '1 second'
    FROM uncertain
    WHERE message.id = uncertain.id
    RETURNING message.id
"""


def from_now(seconds: float) -> Combinable:
    """A moment so many seconds ahead, by the database's clock."""
    return ExpressionWrapper(
        Now() + Value(timedelta(seconds=seconds)), output_field=DateTimeField()
    )


def promote_due(*, now: datetime) -> int:
    """Scheduled messages whose time has come wait for a worker; how many."""
    return Message.objects.filter(state=State.SCHEDULED, due_at__lte=now).update(
        state=State.PENDING, state_since=now
    )


def claim_due(*, worker: str, now: datetime, limit: int) -> list[int]:
    """Ids of messages this worker now has a lease on, most urgent first."""
    with connection.cursor() as cursor:
        cursor.execute(
            CLAIM,
            {
                "now": now,
                "worker": worker,
                "lease": settings.MESSAGE_LEASE_SECONDS,
                "limit": limit,
            },
        )
        rows = sorted(cursor.fetchall(), key=lambda row: (row[1], row[2], row[0]))
    return [row[0] for row in rows]


def lease_unknown(*, limit: int) -> list[int]:
    """Ids of messages whose outcome this worker may now look up."""
    with connection.cursor() as cursor:
        cursor.execute(LEASE_UNKNOWN, {"lease": settings.MESSAGE_LEASE_SECONDS, "limit": limit})
        return [row[0] for row in cursor.fetchall()]


def sweep_expired_leases(*, now: datetime) -> int:
    """Take back what a dead worker held; how many messages.

    What was only claimed was never sent and waits again. What was ``sending`` may have been
    sent, so that it becomes unknown and is looked up before anything else.
    """
    over = Message.objects.filter(lease_until__lt=Now())
    back = over.filter(state=State.CLAIMED).update(
        state=State.PENDING, state_since=now, claimed_by="", lease_until=None
    )
    uncertain = list(over.filter(state=State.SENDING).values_list("pk", flat=True))
    lost = Message.objects.filter(pk__in=uncertain, state=State.SENDING).update(
        state=State.UNKNOWN,
        state_since=now,
        lease_until=from_now(settings.RECONCILE_AFTER_SECONDS),
    )
    Attempt.objects.filter(message_id__in=uncertain, outcome=Attempt.Outcome.OPEN).update(
        outcome=Attempt.Outcome.UNKNOWN, finished_at=Now()
    )
    return back + lost

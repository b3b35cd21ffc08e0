"""Planning follow-ups: which summaries were released and not yet told of?"""

from datetime import datetime, timedelta

from django.db import transaction

from followups.models import FollowUp, VisitSummary
from messaging.services import outbox

USEFUL_FOR = timedelta(days=14)
BATCH = 200


def plan_followups(*, now: datetime) -> int:
    """Tell of every released summary once; how many were planned."""
    planned = 0
    while True:
        summaries = list(
            VisitSummary.objects.filter(
                released_at__lte=now, released_at__gt=now - USEFUL_FOR, follow_up=None
            )
            .select_related("appointment__person")
            .order_by("released_at")[:BATCH]
        )
        planned += sum(_plan(summary, now=now) for summary in summaries)
        if len(summaries) < BATCH:
            return planned


@transaction.atomic
def _plan(summary: VisitSummary, *, now: datetime) -> bool:
    follow_up, created = FollowUp.objects.get_or_create(
        summary=summary, defaults={"planned_at": now}
    )
    if not created:
        return False
    person = summary.appointment.person
    messages = outbox.queue_messages(
        kind="visit_summary",
        person=person,
        channels=[person.preferred_channel, "email"],
        key=f"summary:{summary.pk}",
        about="appointment",
        about_id=summary.appointment_id,
        useful_until=now + USEFUL_FOR,
        now=now,
    )
    if messages:
        follow_up.message = messages[0]
        follow_up.save(update_fields=["message"])
    return True

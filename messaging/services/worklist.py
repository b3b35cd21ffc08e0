"""What becomes of the tasks on the staff's worklist: tried, done, or no longer needed."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from messaging.models import Task, TaskAttempt
from people.models import User


@transaction.atomic
def record_attempt(*, task: Task, by: User, outcome: str, note: str, now: datetime) -> TaskAttempt:
    """Write down one try to reach a patient; reaching them closes the task."""
    locked = Task.objects.select_for_update(of=("self",)).get(pk=task.pk)
    attempt = TaskAttempt.objects.create(task=locked, by=by, outcome=outcome, note=note, at=now)
    if outcome == TaskAttempt.Outcome.REACHED and locked.status == Task.Status.OPEN:
        locked.status, locked.closed_at = Task.Status.DONE, now
        locked.save(update_fields=["status", "closed_at"])
    return attempt


def drop_tasks(*, keys: Collection[str] | QuerySet[Task, str], now: datetime) -> int:
    """Take what is still open off the worklist; how many. What was done stays done."""
    still_open = Task.objects.filter(key__in=keys, status=Task.Status.OPEN)
    return still_open.update(status=Task.Status.DROPPED, closed_at=now)

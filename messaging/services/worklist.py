"""What staff do about the tasks on their list."""

from datetime import datetime

from django.db import transaction

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

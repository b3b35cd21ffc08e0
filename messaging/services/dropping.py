"""Work that turned out not to be needed."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import QuerySet

from messaging.models import Task


def drop_tasks(*, keys: Collection[str] | QuerySet[Task, str], now: datetime) -> int:
    """Take what is still open off the worklist; how many. What was done stays done."""
    still_open = Task.objects.filter(key__in=keys, status=Task.Status.OPEN)
    return still_open.update(status=Task.Status.DROPPED, closed_at=now)

"""Reads about follow-ups."""

from datetime import datetime

from followups.models import VisitSummary
from scheduling.models import Appointment


def released_summary(appointment: Appointment, *, now: datetime) -> VisitSummary | None:
    """The summary the patient may read, if it was released."""
    return (
        VisitSummary.objects.filter(appointment=appointment, released_at__lte=now)
        .select_related("next_visit_type", "written_by")
        .first()
    )

"""Writing and releasing what a patient takes home from a visit."""

from datetime import datetime

from django.db import transaction

from followups.models import VisitSummary
from people.models import User
from people.services import audit
from scheduling.booking.services import lifecycle
from scheduling.models import Appointment, VisitType


@transaction.atomic
def complete_with_summary(
    *,
    appointment: Appointment,
    said: str,
    next_steps: str,
    next_visit_type: VisitType | None,
    next_in_weeks: int | None,
    author: User,
    now: datetime,
) -> VisitSummary:
    """Complete the visit and release its summary to the patient, together or not at all.

    Doing it twice with the same words is success. Raises IllegalTransition when the visit has
    not begun.
    """
    lifecycle.complete_visit(appointment=appointment, actor=author, now=now)
    summary, created = VisitSummary.objects.get_or_create(
        appointment=appointment,
        defaults={
            "said": said,
            "next_steps": next_steps,
            "next_visit_type": next_visit_type,
            "next_in_weeks": next_in_weeks if next_visit_type else None,
            "written_by": author,
            "released_at": now,
        },
    )
    if created:
        audit.note(
            actor=author,
            person_ids=[appointment.person_id],
            action="summary.release",
            subject=f"appointment:{appointment.pk}",
            now=now,
        )
    return summary

"""What happened to a visit: the rows that stages share as their language."""

from datetime import datetime
from typing import Any

from people.models import User
from scheduling.models import Appointment, AppointmentEvent


def new_event(
    appointment: Appointment,
    kind: AppointmentEvent.Kind,
    *,
    before: str,
    actor: User | None,
    now: datetime,
    reason: str = "",
    **more: Any,
) -> AppointmentEvent:
    """What just happened, to be written in the transaction in which it happened.

    ``more`` are further columns of the event, such as where a moved visit was before.
    """
    return AppointmentEvent(
        appointment=appointment,
        kind=kind,
        from_status=before,
        to_status=appointment.status,
        version=appointment.version,
        starts_at=appointment.starts_at,
        at=now,
        actor=actor,
        reason=reason,
        **more,
    )

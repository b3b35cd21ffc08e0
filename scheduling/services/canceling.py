"""Staff cancel the visit that they looked at, and no other."""

from datetime import datetime

from django.db import transaction

from people.models import User
from people.rows import lock_row
from scheduling.models import Appointment
from scheduling.services.lifecycle import cancel_for_patient
from scheduling.services.overriding import ChangedMeanwhile
from scheduling.transitions import Status


@transaction.atomic
def cancel_as_seen(
    *, appointment: Appointment, version: int, user: User, reason: str, now: datetime
) -> Appointment:
    """Cancel a visit of which ``version`` was looked at; the patient is told.

    Canceling twice is success. The caller has checked that ``user`` may see the visit. Raises
    ChangedMeanwhile where somebody moved it since, IllegalTransition.
    """
    current = lock_row(appointment)
    if current.status != Status.CANCELED and current.version != version:
        raise ChangedMeanwhile
    return cancel_for_patient(appointment=current, user=user, reason=reason, now=now)

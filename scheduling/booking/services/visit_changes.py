"""The one way to write what is done to a visit: its row, its event, the audit trail, the notice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from infrastructure.rows import Write, insert, write
from people.models import User
from people.services import audit
from scheduling.appointments.services import notices
from scheduling.models import Appointment, AppointmentEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is done to one visit, by whom and why.

    ``kind`` is the event's, ``before`` the status that the visit had, ``details`` further columns
    of the event, such as where a moved visit was. ``action`` names it in the audit trail.
    ``notice`` is the kind of message that tells the patient, and empty for none; it is due at
    ``notice_at``, or at once. ``addresses`` are the patient's, where they are known already.
    """

    kind: AppointmentEvent.Kind
    action: str
    actor: User | None
    now: datetime
    before: str = ""
    reason: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    notice: str = ""
    notice_at: datetime | None = None
    addresses: Mapping[str, str] | None = None


def write_change(
    appointment: Appointment,
    change: Change,
    row: Write,
    *,
    first: Sequence[Write] = (),
    last: Sequence[Write] = (),
) -> int:
    """Write a change and all that belongs to it in one round trip; how many rows the last wrote.

    ``appointment`` is as it will be, and ``row`` writes it; ``first`` and ``last`` go before and
    after everything else. Runs in the caller's transaction.
    """
    event = new_event(
        appointment,
        change.kind,
        before=change.before,
        actor=change.actor,
        now=change.now,
        reason=change.reason,
        **change.details,
    )
    trail = audit.entries(
        actor=change.actor,
        person_ids=[appointment.person_id],
        action=change.action,
        subject=f"appointment:{appointment.pk}",
        now=change.now,
    )
    rows = [*first, row, insert(event), *map(insert, trail)]
    if not change.notice:
        return write(*rows, *last)
    notice = notices.compose(
        change.notice,
        appointment,
        now=change.now,
        due_at=change.notice_at,
        addresses=change.addresses,
    )
    written = write(*rows, *notice.writes, *last)
    notice.deliver()
    return written


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

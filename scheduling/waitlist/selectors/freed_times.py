"""Which times became free lately, and are waited for."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection

from scheduling.clinic.rules.working_hours import Instant
from scheduling.models import Allocation, AppointmentEvent, WaitlistOffer
from scheduling.transitions import SETTLED_AFTER, Status

# A time that became free longer ago has been offered to whoever was waiting.
FREED_WITHIN = timedelta(days=7)
SPANS_A_PAGE = 100


class FreedSpan(NamedTuple):
    """A stretch of somebody's time that a canceled or moved visit gave back, buffers included."""

    allocation_id: int
    resource_id: int
    clinician_id: int
    site_id: int
    time_zone: str
    start: Instant
    end: Instant


# Forward by pulling: what canceling and moving leave behind is asked for, nobody is told. Left
# out is what is taken again or may still be undone, and what nobody waits for at that site with
# that clinician.
FREED = f"""
    SELECT DISTINCT gone.id, gone.resource_id, clinician.id, gone.site_id, site.time_zone,
           date_part('epoch', lower(gone.during))::bigint,
           date_part('epoch', upper(gone.during))::bigint
    FROM scheduling_appointmentevent AS event
    JOIN scheduling_allocation AS gone
      ON gone.appointment_id = event.appointment_id
     AND NOT gone.active AND gone.kind = '{Allocation.Kind.BOOKING}'
     AND lower(gone.during) > %(now)s
    JOIN scheduling_resource AS resource
      ON resource.id = gone.resource_id AND resource.active
    JOIN scheduling_clinician AS clinician
      ON (clinician.resource_id = resource.id OR clinician.id = resource.leader_id)
     AND clinician.active
    JOIN scheduling_site AS site ON site.id = gone.site_id AND site.active
    WHERE (event.kind = '{AppointmentEvent.Kind.MOVED}' OR event.to_status = '{Status.CANCELED}')
      AND event.at > %(since)s AND event.at <= %(settled)s
      AND gone.id > %(after)s
      AND NOT EXISTS (
          SELECT FROM scheduling_allocation AS taken
          WHERE taken.active AND taken.resource_id = gone.resource_id AND taken.unit = gone.unit
            AND taken.during @> gone.during
            AND (taken.expires_at IS NULL OR taken.expires_at > %(now)s))
      AND EXISTS (
          SELECT FROM scheduling_waitlistentry AS entry
          JOIN scheduling_waitlistentry_sites AS wanted
            ON wanted.waitlistentry_id = entry.id AND wanted.site_id = gone.site_id
          JOIN scheduling_clinician_visit_types AS offered
            ON offered.clinician_id = clinician.id AND offered.visittype_id = entry.visit_type_id
          WHERE entry.until IS NULL
            AND (entry.clinician_id IS NULL OR entry.clinician_id = clinician.id)
            AND (lower(gone.during) AT TIME ZONE site.time_zone)::date
                BETWEEN entry.earliest AND entry.latest
            AND NOT EXISTS (
                SELECT FROM scheduling_waitlistoffer AS open
                WHERE open.entry_id = entry.id AND open.state = '{WaitlistOffer.State.OPEN}'))
    ORDER BY gone.id
    LIMIT %(limit)s
"""  # noqa: S608  # words of ours


def freed_spans(*, now: datetime, after: int = 0) -> list[FreedSpan]:
    """A page of what became free lately and somebody may want, by id, from ``after`` on."""
    with connection.cursor() as cursor:
        cursor.execute(
            FREED,
            {
                "now": now,
                "since": now - FREED_WITHIN,
                "settled": now - SETTLED_AFTER,
                "after": after,
                "limit": SPANS_A_PAGE,
            },
        )
        return [FreedSpan(*row) for row in cursor.fetchall()]

"""Good faith estimates: planning when they are due, asking for one, and giving it."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from messaging.services import outbox
from people.models import User
from people.services import audit
from scheduling.appointments.selectors.appointments import appointment_for_message
from scheduling.booking.services.moving import lock_appointment
from scheduling.exceptions import IllegalTransition
from scheduling.models import Appointment, Estimate
from scheduling.prices.rules.good_faith import due_after_asking, due_after_booking, federal_holidays
from scheduling.prices.selectors.estimates import content_of
from scheduling.transitions import UPCOMING

BATCH = 500

# Pull: booking knows nothing of estimates. The clock runs from when the visit was booked as it is
# now, or from when we learned that the patient pays, whichever was later.
NOT_YET_PLANNED = """
    SELECT visit.id, visit.version, visit.time_zone, visit.local_date, greatest(
        coverage.said_at,
        coalesce((
            SELECT min(event.at) FROM scheduling_appointmentevent AS event
            WHERE event.appointment_id = visit.id AND event.version = visit.version
        ), visit.created_at))
    FROM people_coverage AS coverage
    JOIN scheduling_appointment AS visit ON visit.person_id = coverage.person_id
    WHERE coverage.kind = 'self_pay' AND coverage.until IS NULL
      AND visit.status = ANY(%(upcoming)s) AND visit.starts_at > %(now)s
      AND NOT EXISTS (
          SELECT FROM scheduling_estimate AS planned
          WHERE planned.appointment_id = visit.id AND planned.version = visit.version)
    ORDER BY visit.id
    LIMIT %(limit)s
"""


def plan_estimates(*, now: datetime) -> int:
    """Write down when an estimate is due for each visit of who pays themselves; how many visits.

    A visit that needs none is written down too, without a day, so that it is not looked at again.
    Planning twice changes nothing.
    """
    planned = 0
    while True:
        with connection.cursor() as cursor:
            asked: dict[str, Any] = {"upcoming": sorted(UPCOMING), "now": now, "limit": BATCH}
            cursor.execute(NOT_YET_PLANNED, asked)
            rows = cursor.fetchall()
        Estimate.objects.bulk_create(
            [
                Estimate(
                    appointment_id=visit,
                    version=version,
                    due_on=_due(known_at.astimezone(ZoneInfo(zone)).date(), visit_on),
                    created_at=now,
                )
                for visit, version, zone, visit_on, known_at in rows
            ],
            ignore_conflicts=True,
        )
        planned += len(rows)
        if len(rows) < BATCH:
            return planned


def _due(known_on: date, visit_on: date) -> date | None:
    return due_after_booking(known_on, visit_on, federal_holidays(known_on.year))


@transaction.atomic
def request_estimate(*, appointment: Appointment, user: User, now: datetime) -> Estimate:
    """The patient asks for an estimate: it is due within three business days, or before.

    Asking twice, or for what was given, changes nothing. Raises IllegalTransition for a visit
    that is over.
    """
    visit = lock_appointment(appointment.pk)
    if visit.status not in UPCOMING or visit.starts_at <= now:
        raise IllegalTransition(visit.status, "estimate")
    asked_on = now.astimezone(ZoneInfo(visit.time_zone)).date()
    due_on = due_after_asking(asked_on, visit.local_date, federal_holidays(asked_on.year))
    estimate, created = Estimate.objects.get_or_create(
        appointment=visit,
        version=visit.version,
        defaults={"created_at": now, "requested_at": now, "due_on": due_on},
    )
    if not created and (estimate.requested_at or estimate.given_at):
        return estimate
    if not created:
        estimate.requested_at = now
        estimate.due_on = min(due_on, estimate.due_on or due_on)
        estimate.save(update_fields=["requested_at", "due_on"])
    _note(visit, user, "estimate.request", now)
    return estimate


@transaction.atomic
def give_estimate(*, estimate: Estimate, user: User, now: datetime) -> Estimate:
    """Give what the estimate says now to the patient, who is told that it is there.

    Giving it twice is success. The caller has checked that ``user`` may see the visit. Raises
    IllegalTransition when the visit has changed since, or is over.
    """
    current = Estimate.objects.select_for_update(of=("self",)).get(pk=estimate.pk)
    if current.given_at is not None:
        return current
    visit = appointment_for_message(current.appointment_id)
    if visit.version != current.version or visit.status not in UPCOMING:
        raise IllegalTransition(visit.status, "estimate")
    current.given_at, current.given_by = now, user
    current.content = content_of(visit, now=now)
    current.save(update_fields=["given_at", "given_by", "content"])
    _note(visit, user, "estimate.give", now)
    outbox.queue_messages(
        kind="estimate_ready",
        person=visit.person,
        channels=[visit.person.preferred_channel],
        key=f"estimate:{visit.pk}:{visit.version}",
        about="appointment",
        about_id=visit.pk,
        about_version=visit.version,
        useful_until=visit.starts_at,
        now=now,
    )
    return current


def _note(visit: Appointment, user: User, action: str, now: datetime) -> None:
    audit.note(
        actor=user,
        person_ids=[visit.person_id],
        action=action,
        subject=f"appointment:{visit.pk}",
        now=now,
    )

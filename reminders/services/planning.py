"""Planning reminders: which are due soon and have not been planned for this version?"""

from datetime import datetime, timedelta

from django.db import connection, transaction

from messaging.services import outbox
from reminders.models import Reminder, ReminderRule
from reminders.rules import reminder_time, worth_planning
from scheduling.appointments.selectors.appointments import WITH_NAMES
from scheduling.models import Appointment
from scheduling.transitions import UPCOMING

LOOK_AHEAD = timedelta(hours=1)
GRACE = timedelta(hours=12)
BATCH = 200

# Pull: nobody tells us that a visit was booked or moved. The key of what was planned holds the
# version, so that a moved visit simply has no row yet.
NOT_YET_PLANNED = """
    SELECT appointment.id, rule.id
    FROM scheduling_appointment AS appointment
    JOIN reminders_reminderrule AS rule
      ON rule.active
     AND (rule.visit_type_id IS NULL OR rule.visit_type_id = appointment.visit_type_id)
     AND appointment.starts_at - rule.minutes_before * interval '1 minute' <= %(until)s
     AND appointment.starts_at - rule.minutes_before * interval '1 minute' > %(since)s
    WHERE appointment.status = ANY(%(upcoming)s)
      AND appointment.starts_at > %(now)s
      AND appointment.starts_at <= %(until)s
          + (SELECT max(minutes_before) FROM reminders_reminderrule WHERE active)
          * interval '1 minute'
      AND NOT EXISTS (
          SELECT 1 FROM reminders_reminder AS planned
          WHERE planned.appointment_id = appointment.id
            AND planned.version = appointment.version
            AND planned.rule_id = rule.id
      )
    ORDER BY appointment.starts_at
    LIMIT %(limit)s
"""


def plan_reminders(*, now: datetime) -> int:
    """Plan every reminder due within the next hour; how many were planned."""
    planned = 0
    while True:
        pairs = _not_yet_planned(now)
        planned += sum(_plan(appointment, rule, now=now) for appointment, rule in pairs)
        if len(pairs) < BATCH:
            return planned


def _not_yet_planned(now: datetime) -> list[tuple[Appointment, ReminderRule]]:
    with connection.cursor() as cursor:
        cursor.execute(
            NOT_YET_PLANNED,
            {
                "upcoming": sorted(UPCOMING),
                "now": now,
                "until": now + LOOK_AHEAD,
                "since": now - GRACE,
                "limit": BATCH,
            },
        )
        pairs = cursor.fetchall()
    appointments = Appointment.objects.select_related(*WITH_NAMES).in_bulk(
        [appointment for appointment, _ in pairs]
    )
    rules = ReminderRule.objects.in_bulk([rule for _, rule in pairs])
    return [(appointments[appointment], rules[rule]) for appointment, rule in pairs]


@transaction.atomic
def _plan(appointment: Appointment, rule: ReminderRule, *, now: datetime) -> bool:
    """Write down that this reminder is planned, with its message; False if somebody else has.

    A reminder that is not worth sending is written down too, without a message, so that it is
    not considered again.
    """
    reminder, created = Reminder.objects.get_or_create(
        appointment=appointment,
        version=appointment.version,
        rule=rule,
        defaults={"planned_at": now},
    )
    if not created:
        return False
    due_at = reminder_time(appointment.starts_at, rule.minutes_before)
    since = appointment.events.filter(version=appointment.version).order_by("at", "pk").first()
    booked_at = since.at if since else appointment.created_at
    if not worth_planning(due_at=due_at, booked_at=booked_at, now=now, grace=GRACE):
        return True
    messages = outbox.queue_messages(
        kind="appointment_reminder",
        person=appointment.person,
        channels=[appointment.person.preferred_channel],
        key=f"reminder:{appointment.pk}:{appointment.version}:{rule.pk}",
        about="appointment",
        about_id=appointment.pk,
        about_version=appointment.version,
        facts={"asks": rule.asks_to_confirm},
        due_at=due_at,
        useful_until=appointment.starts_at,
        now=now,
    )
    if messages:
        reminder.message = messages[0]
        reminder.save(update_fields=["message"])
    return True

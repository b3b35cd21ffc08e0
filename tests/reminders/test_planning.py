"""Reminders plan themselves: once for each rule and version of a visit."""

import threading
from datetime import datetime, timedelta
from itertools import count

import pytest
from django.db import connections

from messaging.models import Message, Task
from messaging.services.checks import verdict_on
from people.models import ContactPoint
from reminders.message_kinds import KINDS
from reminders.models import Reminder, ReminderRule
from reminders.rules import reminder_time, worth_planning
from reminders.selectors import reminder_times
from reminders.services.planning import BATCH, GRACE, plan_reminders
from scheduling.booking.services import lifecycle
from scheduling.booking.services.rescheduling import reschedule_appointment
from scheduling.models import Appointment, VisitType
from tests.builders import make_appointment, make_visit_type
from tests.scheduling.world import Clinic, make_clinic

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
_name = count(1)


def rule(before: timedelta, *, asks: bool = False, only: VisitType | None = None) -> ReminderRule:
    return ReminderRule.objects.create(
        name=f"rule-{next(_name)}",
        minutes_before=before // timedelta(minutes=1),
        asks_to_confirm=asks,
        visit_type=only,
    )


@pytest.fixture
def clinic(db: None) -> Clinic:
    """A clinic without the rules that installations begin with."""
    ReminderRule.objects.all().delete()
    return make_clinic()


def visit_at(clinic: Clinic, starts_at: datetime, now: datetime) -> Appointment:
    return make_appointment(
        now=now,
        starts_at=starts_at,
        site=clinic.site,
        visit_type=clinic.visit_type,
        clinician=clinic.clinician,
    )


def reminders() -> list[Message]:
    return list(Message.objects.filter(kind="appointment_reminder").order_by("due_at", "pk"))


def moved(visit: Appointment, clinic: Clinic, starts_at: datetime, now: datetime) -> Appointment:
    assert visit.booked_by is not None
    return reschedule_appointment(
        appointment=visit, site=clinic.site, starts_at=starts_at, user=visit.booked_by, now=now
    )


def test_a_reminder_is_planned_shortly_before_its_time_and_once(
    clinic: Clinic, now: datetime
) -> None:
    two_days = rule(2 * DAY, asks=True)
    visit = visit_at(clinic, clinic.at(10, day=now.date() + 4 * DAY), now)
    due_at = visit.starts_at - 2 * DAY
    assert plan_reminders(now=due_at - 2 * HOUR) == 0
    assert plan_reminders(now=due_at - HOUR) == 1
    assert plan_reminders(now=due_at - HOUR) == 0
    (message,) = reminders()
    assert (message.due_at, message.state) == (due_at, "scheduled")
    assert (message.channel, message.person) == ("sms", visit.person)
    assert (message.about_id, message.about_version) == (visit.pk, 1)
    assert message.useful_until == visit.starts_at
    planned = Reminder.objects.get()
    assert (planned.rule, planned.version, planned.message) == (two_days, 1, message)


def test_every_rule_has_its_own_reminder(clinic: Clinic, now: datetime) -> None:
    for before in (2 * DAY, DAY, 2 * HOUR):
        rule(before)
    rule(DAY, only=make_visit_type())
    rule(DAY, only=clinic.visit_type)
    ReminderRule.objects.filter(pk=rule(DAY).pk).update(active=False)
    visit = visit_at(clinic, clinic.at(10, day=now.date() + 4 * DAY), now)
    moment = now
    while moment < visit.starts_at:
        plan_reminders(now=moment)
        moment += HOUR / 2
    ahead = [visit.starts_at - message.due_at for message in reminders()]
    assert ahead == [2 * DAY, DAY, DAY, 2 * HOUR]
    assert reminder_times(visit, now=now) == [message.due_at for message in reminders()]


def test_a_moved_visit_gets_new_reminders_and_the_old_are_not_sent(
    clinic: Clinic, now: datetime
) -> None:
    rule(DAY)
    visit = visit_at(clinic, clinic.at(10, day=now.date() + 2 * DAY), now)
    due_at = visit.starts_at - DAY
    plan_reminders(now=due_at)
    (old,) = reminders()
    moved(visit, clinic, clinic.at(15, day=now.date() + 3 * DAY), due_at)
    plan_reminders(now=due_at)
    assert reminders() == [old], "the new one is not due yet"
    later = due_at + DAY + 5 * HOUR
    plan_reminders(now=later)
    new = reminders()[-1]
    assert (new.about_version, new.due_at) == (2, later)

    verdict = verdict_on(old, now=due_at)
    assert verdict is not None
    assert (verdict.state, verdict.reason) == ("suppressed", "superseded")
    assert verdict_on(new, now=later) is None


def test_canceled_and_begun_visits_are_not_reminded_of(clinic: Clinic, now: datetime) -> None:
    rule(2 * HOUR)
    visit = visit_at(clinic, clinic.at(10), now)
    due_at = visit.starts_at - 2 * HOUR
    assert visit.booked_by is not None
    lifecycle.cancel_appointment(appointment=visit, user=visit.booked_by, reason="", now=now)
    assert plan_reminders(now=due_at) == 0
    begun = visit_at(clinic, clinic.at(10), now)
    assert plan_reminders(now=begun.starts_at) == 0
    assert plan_reminders(now=due_at) == 1
    (message,) = reminders()
    lifecycle.cancel_appointment(appointment=begun, user=visit.booked_by, reason="", now=now)
    verdict = verdict_on(message, now=due_at)
    assert verdict is not None
    assert verdict.reason == "visit_canceled"


def test_no_reminder_whose_time_had_passed_when_the_visit_was_booked_or_moved(
    clinic: Clinic, now: datetime
) -> None:
    """The confirmation has just said it all."""
    rule(30 * HOUR)
    visit_at(clinic, clinic.at(10), now)
    later = visit_at(clinic, clinic.at(10, day=now.date() + 7 * DAY), now)
    plan_reminders(now=now)
    assert reminders() == []
    moved(later, clinic, clinic.at(11), now)
    plan_reminders(now=now)
    assert reminders() == []
    considered = Reminder.objects.filter(message=None).order_by("pk")
    assert list(considered.values_list("version", flat=True)) == [1, 2]
    assert plan_reminders(now=now) == 0, "and they are not considered again"


def test_a_planner_that_slept_catches_up_but_not_on_what_is_stale(
    clinic: Clinic, now: datetime
) -> None:
    rule(2 * DAY)
    visit = visit_at(clinic, clinic.at(10, day=now.date() + 4 * DAY), now)
    due_at = visit.starts_at - 2 * DAY
    assert plan_reminders(now=due_at + GRACE) == 0
    assert plan_reminders(now=due_at + GRACE - HOUR) == 1
    assert [message.state for message in reminders()] == ["pending"]


@pytest.mark.parametrize("confirmed", [True, False])
def test_only_who_has_not_said_yes_is_asked(clinic: Clinic, now: datetime, confirmed: bool) -> None:
    rule(DAY, asks=True)
    visit = visit_at(clinic, clinic.at(10, day=now.date() + 2 * DAY), now)
    due_at = visit.starts_at - DAY
    plan_reminders(now=due_at)
    if confirmed:
        lifecycle.confirm(appointment=visit, actor=None, now=due_at)
    (message,) = reminders()
    assert verdict_on(message, now=due_at) is None, "a confirmed visit is still reminded of"
    (kind,) = KINDS
    assert kind.content(message).facts["asks"] is not confirmed


def test_who_cannot_be_reached_is_a_task(clinic: Clinic, now: datetime) -> None:
    rule(DAY)
    visit = visit_at(clinic, clinic.at(10, day=now.date() + 2 * DAY), now)
    ContactPoint.objects.filter(person=visit.person).delete()
    plan_reminders(now=visit.starts_at - DAY)
    assert reminders() == []
    assert Task.objects.get().about_id == visit.pk
    assert Reminder.objects.get().message is None


def test_more_visits_than_a_batch_are_all_planned(clinic: Clinic, now: datetime) -> None:
    """Many rules for few visits are as many reminders."""
    for _ in range(BATCH // 2 + 1):
        rule(DAY)
    for hour in (9, 10):
        visit_at(clinic, clinic.at(hour, day=now.date() + 2 * DAY), now)
    assert plan_reminders(now=clinic.at(9, day=now.date() + DAY)) == BATCH + 2
    assert len(reminders()) == BATCH + 2


@pytest.mark.django_db(transaction=True)
def test_two_planners_at_once_plan_once(clinic: Clinic, now: datetime) -> None:
    rule(DAY)
    day = now.date() + 2 * DAY
    visits = [visit_at(clinic, clinic.at(9 + number, day=day), now) for number in range(8)]
    start, planned = threading.Barrier(2), []

    def plan() -> None:
        try:
            start.wait(timeout=30)
            planned.append(plan_reminders(now=clinic.at(17, day=now.date() + DAY)))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=plan) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(planned) == len(visits)
    assert sorted(message.about_id or 0 for message in reminders()) == [v.pk for v in visits]


def test_a_reminder_is_so_much_real_time_before(now: datetime) -> None:
    assert reminder_time(now, 90) == now - timedelta(minutes=90)
    booked_at, grace = now - DAY, 12 * HOUR
    assert worth_planning(due_at=now, booked_at=booked_at, now=now, grace=grace)
    assert worth_planning(due_at=now - grace, booked_at=booked_at, now=now, grace=grace)
    late = now - grace - timedelta(seconds=1)
    assert not worth_planning(due_at=late, booked_at=booked_at, now=now, grace=grace)
    assert not worth_planning(due_at=now, booked_at=now, now=now, grace=grace)

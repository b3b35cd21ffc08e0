"""Estimates on the real database: planned by pulling, asked for, given once, and told."""

from datetime import date, datetime, timedelta

import pytest

from messaging.models import Message
from people.models import AuditEntry, StaffRole, User
from people.services.coverage import Paying, say_coverage
from scheduling.booking.services.lifecycle import cancel_appointment
from scheduling.booking.services.rescheduling import reschedule_appointment
from scheduling.exceptions import IllegalTransition
from scheduling.models import Appointment, Estimate
from scheduling.prices.selectors.estimates import estimates_to_give
from scheduling.prices.services import give_estimate, plan_estimates, request_estimate
from tests.builders import (
    at,
    days_after,
    make_appointment,
    make_clinician,
    make_patient,
    make_site,
    make_staff,
    make_visit_type,
)

pytestmark = pytest.mark.django_db


def visit_in(days: int, *, now: datetime, pays: str = "self_pay") -> Appointment:
    site, visit_type = make_site(), make_visit_type()
    user, person = make_patient()
    if pays:
        say_coverage(person=person, paying=Paying(pays), user=user, now=now)
    return make_appointment(
        now=now,
        starts_at=at(site, days_after(now, days), 10),
        site=site,
        visit_type=visit_type,
        clinician=make_clinician(site=site, visit_types=[visit_type]),
        patient=(user, person),
    )


def owner(visit: Appointment) -> User:
    assert visit.booked_by is not None
    return visit.booked_by


def desk_of(visit: Appointment) -> User:
    return make_staff(StaffRole.Role.FRONT_DESK, sites=[visit.site])


def due(visit: Appointment, *, now: datetime) -> list[date | None]:
    return [each.due_on for each in estimates_to_give(desk_of(visit), now=now)]


def test_a_visit_of_who_pays_themselves_has_its_day(now: datetime) -> None:
    near, far, too_near = (visit_in(days, now=now) for days in (7, 21, 1))
    assert plan_estimates(now=now) == 3
    assert due(near, now=now) == [date(2026, 11, 24)]
    assert due(far, now=now) == [date(2026, 11, 27)]  # Thanksgiving is in between
    assert due(too_near, now=now) == []
    assert plan_estimates(now=now) == 0
    assert Estimate.objects.count() == 3


@pytest.mark.parametrize("pays", ["insurance", ""])
def test_others_have_none_until_they_ask(now: datetime, pays: str) -> None:
    visit = visit_in(7, now=now, pays=pays)
    assert plan_estimates(now=now) == 0
    for _ in range(2):
        request_estimate(appointment=visit, user=owner(visit), now=now)
    assert due(visit, now=now) == [date(2026, 11, 27)]
    assert AuditEntry.objects.filter(action="estimate.request").count() == 1


def test_who_says_later_that_they_pay_has_it_from_then_on(now: datetime) -> None:
    visit = visit_in(21, now=now, pays="")
    later = now + timedelta(days=7)
    say_coverage(person=visit.person, paying=Paying("self_pay"), user=owner(visit), now=later)
    plan_estimates(now=later)
    assert due(visit, now=later) == [date(2026, 12, 3)]


def test_who_is_insured_by_now_is_off_the_list_unless_they_asked(now: datetime) -> None:
    visit = visit_in(7, now=now)
    plan_estimates(now=now)
    say_coverage(person=visit.person, paying=Paying("insurance"), user=owner(visit), now=now)
    assert due(visit, now=now) == []
    request_estimate(appointment=visit, user=owner(visit), now=now)
    assert due(visit, now=now) == [date(2026, 11, 24)]  # never later than it was


def test_asking_makes_one_due_that_was_not(now: datetime) -> None:
    visit = visit_in(1, now=now)
    plan_estimates(now=now)
    request_estimate(appointment=visit, user=owner(visit), now=now)
    assert due(visit, now=now) == [date(2026, 11, 24)]  # before the visit


def test_a_moved_visit_has_another_and_a_canceled_one_none(now: datetime) -> None:
    visit = visit_in(7, now=now)
    plan_estimates(now=now)
    moved = reschedule_appointment(
        appointment=visit,
        site=visit.site,
        starts_at=at(visit.site, days_after(now, 21), 11),
        user=owner(visit),
        now=now + timedelta(days=1),
    )
    assert due(visit, now=now) == []
    plan_estimates(now=now + timedelta(days=1))
    assert due(visit, now=now) == [date(2026, 11, 30)]
    cancel_appointment(appointment=moved, user=owner(visit), reason="", now=now)
    assert due(visit, now=now) == []


def test_giving_it_is_told_once_and_keeps_what_it_said(now: datetime) -> None:
    visit = visit_in(7, now=now)
    staff = desk_of(visit)
    plan_estimates(now=now)
    (row,) = estimates_to_give(staff, now=now)
    for _ in range(2):
        give_estimate(estimate=row, user=staff, now=now)
    visit.visit_type.names = {"en": "Something else"}
    visit.visit_type.save()
    row.refresh_from_db()
    assert row.content["patient"] == "Rosa Alvarez"
    assert row.content["born_on"] == "1957-03-28"
    assert row.content["items"] == [
        {"names": {"en": "Blood test", "es": "Análisis de sangre"}, "low": 4500, "high": 4500}
    ]
    assert not estimates_to_give(staff, now=now).exists()
    assert Message.objects.filter(kind="estimate_ready").count() == 1
    assert AuditEntry.objects.filter(action="estimate.give", actor=staff).count() == 1


def test_what_has_changed_is_not_given(now: datetime) -> None:
    visit = visit_in(7, now=now)
    plan_estimates(now=now)
    row = Estimate.objects.get()
    cancel_appointment(appointment=visit, user=owner(visit), reason="", now=now)
    with pytest.raises(IllegalTransition):
        give_estimate(estimate=row, user=desk_of(visit), now=now)
    with pytest.raises(IllegalTransition):
        request_estimate(appointment=visit, user=owner(visit), now=now)


def test_staff_see_those_of_their_sites_the_earliest_first(now: datetime) -> None:
    later, sooner = visit_in(21, now=now), visit_in(7, now=now)
    plan_estimates(now=now)
    both = make_staff(StaffRole.Role.AGENT, sites=[later.site, sooner.site])
    assert [each.appointment for each in estimates_to_give(both, now=now)] == [sooner, later]
    stranger = make_staff(StaffRole.Role.AGENT, sites=[make_site()])
    assert not estimates_to_give(stranger, now=now).exists()

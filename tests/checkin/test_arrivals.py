"""Welcoming patients: who is here, verified, waiting since when, called in, or did not come."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from checkin.models import Arrival
from checkin.selectors import BoardRow, arrivals_for_day, day_of_clinician
from checkin.services.arrivals import (
    NotVerified,
    call_in,
    record_arrival,
    verify_and_check_in,
)
from people.models import AuditEntry, User
from scheduling.booking.services import lifecycle
from scheduling.exceptions import IllegalTransition
from scheduling.models import Allocation, Appointment, Clinician, Site, VisitType
from tests.builders import (
    at,
    check_in,
    days_after,
    make_appointment,
    make_clinician,
    make_site,
    make_staff,
    make_visit_type,
    see,
)

pytestmark = pytest.mark.django_db


class Day:
    """One site's day, with as many visits as are booked. Times count from nine o'clock."""

    def __init__(self, now: datetime) -> None:
        self.site: Site = make_site()
        self.visit_type: VisitType = make_visit_type()
        self.clinician: Clinician = make_clinician(site=self.site, visit_types=[self.visit_type])
        self.desk: User = make_staff("front_desk", sites=[self.site])
        self.day = days_after(now, 2)
        self.nine = at(self.site, self.day, 9)
        self.booked_at = now

    def book(self, hour: int = 9) -> Appointment:
        return make_appointment(
            now=self.booked_at,
            starts_at=at(self.site, self.day, hour),
            site=self.site,
            visit_type=self.visit_type,
            clinician=self.clinician,
        )

    def board(self, *, minutes: int = 0) -> dict[str, list[BoardRow]]:
        now = self.nine + timedelta(minutes=minutes)
        return arrivals_for_day(self.desk, site=self.site, day=self.day, now=now)

    def arrive(self, visit: Appointment, *, minutes: int = 0) -> Appointment:
        return check_in(visit, by=self.desk, now=self.nine + timedelta(minutes=minutes))


@pytest.fixture
def day(now: datetime) -> Day:
    return Day(now)


def test_pressing_here_twice_is_one_arrival(day: Day) -> None:
    visit = day.book()
    first = record_arrival(appointment=visit, actor=day.desk, now=day.nine)
    again = record_arrival(appointment=visit, actor=day.desk, now=day.nine + timedelta(minutes=5))
    assert first == again
    assert again.arrived_at == day.nine
    assert visit.events.filter(to_status="arrived").count() == 1


def test_checking_in_keeps_who_verified_what(day: Day) -> None:
    visit = day.arrive(day.book())
    arrival = Arrival.objects.get()
    assert visit.status == "checked_in"
    assert (arrival.verified_by, arrival.verified_at) == (day.desk, day.nine)
    assert arrival.identity_verified
    assert arrival.contact_verified
    assert AuditEntry.objects.filter(actor=day.desk, action="appointment.checked_in").exists()


@pytest.mark.parametrize(("identity", "contact"), [(True, False), (False, True), (False, False)])
def test_nobody_waits_before_both_are_verified(day: Day, identity: bool, contact: bool) -> None:
    visit = day.book()
    with pytest.raises(NotVerified):
        verify_and_check_in(
            appointment=visit,
            identity_verified=identity,
            contact_verified=contact,
            actor=day.desk,
            now=day.nine,
        )
    visit.refresh_from_db()
    assert visit.status == "booked"
    assert not Arrival.objects.exists()


def test_the_database_holds_that_verified_means_both(day: Day) -> None:
    day.arrive(day.book())
    with pytest.raises(IntegrityError, match="verified_means_both"), transaction.atomic():
        Arrival.objects.update(contact_verified=False)


def test_checking_in_twice_is_success_and_changes_nothing(day: Day) -> None:
    visit = day.arrive(day.book())
    day.arrive(visit, minutes=5)
    arrival = Arrival.objects.get()
    assert (arrival.arrived_at, arrival.verified_at) == (day.nine, day.nine)
    assert visit.events.filter(to_status="checked_in").count() == 1


def test_a_visit_that_was_canceled_cannot_be_checked_in(day: Day) -> None:
    visit = day.book()
    assert visit.booked_by is not None
    lifecycle.cancel_appointment(
        appointment=visit, user=visit.booked_by, reason="", now=day.booked_at
    )
    with pytest.raises(IllegalTransition):
        day.arrive(visit)
    assert not Arrival.objects.exists()


def test_the_board_has_everyone_in_one_of_four_lists(day: Day) -> None:
    expected, here, inside, done, canceled = (day.book(hour) for hour in (9, 10, 11, 12, 13))
    day.arrive(here)
    call_in(appointment=day.arrive(inside), actor=day.desk, now=day.nine)
    see(done, by=day.desk, now=day.nine)
    assert canceled.booked_by is not None
    lifecycle.cancel_appointment(
        appointment=canceled, user=canceled.booked_by, reason="", now=day.booked_at
    )
    lists = {name: [row.appointment for row in rows] for name, rows in day.board().items()}
    assert lists == {
        "expected": [expected],
        "here": [here],
        "with_clinician": [inside],
        "done": [done, canceled],
    }


def test_the_board_is_in_order_of_the_planned_times(day: Day) -> None:
    late, early = day.book(15), day.book(9)
    assert [row.appointment for row in day.board()["expected"]] == [early, late]


def test_the_board_is_read_at_once_however_many_there_are(day: Day) -> None:
    def queries() -> int:
        desk = User.objects.get(pk=day.desk.pk)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            for rows in arrivals_for_day(desk, site=day.site, day=day.day, now=day.nine).values():
                for row in rows:
                    assert row.appointment.person.full_name
                    assert row.appointment.clinician.name
                    assert row.appointment.visit_type.names
        return len(asked)

    day.arrive(day.book(9))
    few = queries()
    for hour in range(10, 17):
        day.arrive(day.book(hour))
    assert queries() == few
    assert few <= 3  # the rows, who is away, and the roles of who asks


def test_another_sites_desk_sees_nobody(day: Day) -> None:
    day.book()
    day.desk = make_staff("front_desk", sites=[make_site()])
    assert not any(day.board().values())


def test_another_day_is_another_board(day: Day) -> None:
    day.book()
    day.day = days_after(day.nine, 1)
    assert not any(day.board().values())


@pytest.mark.parametrize(
    ("minutes", "shown", "long"), [(0, 0, False), (19, 19, False), (20, 20, True), (75, 75, True)]
)
def test_waiting_counts_from_arrival(day: Day, minutes: int, shown: int, long: bool) -> None:
    day.arrive(day.book())
    (row,) = day.board(minutes=minutes)["here"]
    assert (row.arrived_at, row.waited_minutes, row.waits_long) == (day.nine, shown, long)


def test_waiting_ends_when_the_clinician_calls(day: Day) -> None:
    visit = day.arrive(day.book())
    called_at = day.nine + timedelta(minutes=25)
    call_in(appointment=visit, actor=day.desk, now=called_at)
    (row,) = day.board(minutes=90)["with_clinician"]
    assert (row.waited_minutes, row.waits_long) == (25, False)


def test_who_is_expected_does_not_wait(day: Day) -> None:
    day.book()
    (row,) = day.board(minutes=90)["expected"]
    assert (row.arrived_at, row.waited_minutes, row.waits_long) == (None, None, False)


def test_calling_in_twice_keeps_the_first_time(day: Day) -> None:
    visit = day.arrive(day.book())
    for minutes in (5, 9):
        call_in(appointment=visit, actor=day.desk, now=day.nine + timedelta(minutes=minutes))
    assert Arrival.objects.get().called_at == day.nine + timedelta(minutes=5)
    visit.refresh_from_db()
    assert visit.status == "in_visit"


def test_who_is_not_here_cannot_be_called_in(day: Day) -> None:
    with pytest.raises(IllegalTransition):
        call_in(appointment=day.book(), actor=day.desk, now=day.nine)


def test_the_clinicians_list_has_the_longest_waiting_first(day: Day) -> None:
    second, first, coming = day.book(9), day.book(10), day.book(11)
    day.arrive(first, minutes=1)
    day.arrive(second, minutes=8)
    lists = day_of_clinician(day.clinician, day=day.day, now=day.nine + timedelta(minutes=10))
    assert [(row.appointment, row.waited_minutes) for row in lists["waiting"]] == [
        (first, 9),
        (second, 2),
    ]
    assert [row.appointment for row in lists["expected"]] == [coming]


def test_nobody_missed_a_visit_that_has_not_begun(day: Day) -> None:
    visit = day.book()
    with pytest.raises(IllegalTransition):
        lifecycle.mark_no_show(
            appointment=visit, actor=day.desk, now=visit.starts_at - timedelta(seconds=1)
        )
    lifecycle.mark_no_show(appointment=visit, actor=day.desk, now=visit.starts_at)
    visit.refresh_from_db()
    assert visit.status == "no_show"
    assert not Allocation.objects.filter(active=True).exists()


def test_who_comes_after_all_can_be_checked_in(day: Day) -> None:
    visit = day.book()
    lifecycle.mark_no_show(appointment=visit, actor=day.desk, now=day.nine)
    assert day.arrive(visit, minutes=30).status == "checked_in"

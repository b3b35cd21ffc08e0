"""Free times as PostgreSQL and the pure functions give them together."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scheduling.availability.selectors.alternatives import alternatives_to
from scheduling.availability.selectors.search import Search
from scheduling.availability.selectors.slots import free_slots
from scheduling.booking.services.holds import hold_slot
from scheduling.models import AvailabilityException, AvailabilityRule
from tests.builders import make_appointment, make_clinician, make_site
from tests.scheduling.world import TOMORROW, Clinic, make_clinic

pytestmark = pytest.mark.django_db


def times(
    clinic: Clinic, now: datetime, *, first: date = TOMORROW, last: date | None = None
) -> list[str]:
    """The free times on the clinic's clock."""
    found = free_slots(Search(clinic.visit_type, [clinic.site.pk], first, last or first, now))
    return [f"{slot.local:%H:%M}" for slot in found]


def test_a_time_is_listed_exactly_when_it_can_be_booked(now: datetime) -> None:
    clinic = make_clinic(minutes=40, buffer_before=5, buffer_after=10, step=15)
    colleague = clinic.add_clinician()
    for hour, minute in ((9, 30), (12, 0), (14, 45)):
        make_appointment(
            now=now,
            starts_at=clinic.at(hour, minute),
            site=clinic.site,
            visit_type=clinic.visit_type,
            clinician=clinic.clinician,
        )
    listed = free_slots(Search(clinic.visit_type, [clinic.site.pk], TOMORROW, TOMORROW, now))
    assert {slot.clinician_id for slot in listed} == {clinic.clinician.pk, colleague.pk}
    for five_minutes in range(8 * 12, 18 * 12):
        starts_at = clinic.at(0) + timedelta(minutes=5 * five_minutes)
        validated = clinic.slots_at(starts_at, now=now)
        assert validated == [slot for slot in listed if slot.starts_at == starts_at]


def test_the_visit_and_its_buffers_make_their_time_disappear(now: datetime) -> None:
    clinic = make_clinic(buffer_before=10, buffer_after=10)
    assert "10:00" in times(clinic, now)
    make_appointment(
        now=now,
        starts_at=clinic.at(10),
        site=clinic.site,
        visit_type=clinic.visit_type,
        clinician=clinic.clinician,
    )
    assert [time for time in times(clinic, now) if time < "12:00"] == ["09:00", "11:00", "11:30"]


def test_a_clinician_busy_at_one_site_is_busy_at_the_other(now: datetime) -> None:
    clinic = make_clinic()
    second = make_site(zone="America/Chicago")
    AvailabilityRule.objects.create(
        resource=clinic.clinician.resource,
        site=second,
        weekday=TOMORROW.weekday(),
        starts=time(8),
        ends=time(16),
        valid_from=TOMORROW,
    )
    make_appointment(
        now=now,
        starts_at=clinic.at(11),
        site=clinic.site,
        visit_type=clinic.visit_type,
        clinician=clinic.clinician,
    )
    there = Clinic(second, clinic.visit_type, clinic.clinician)
    assert "10:00" not in times(there, now)
    assert {"09:30", "10:30"} < set(times(there, now))


def test_holds_count_until_their_minutes_are_over(now: datetime) -> None:
    clinic = make_clinic()
    hold = hold_slot(
        visit_type=clinic.visit_type,
        site=clinic.site,
        starts_at=clinic.at(10),
        holder="somebody",
        now=now,
    )
    assert "10:00" not in times(clinic, now)
    assert "10:00" not in times(clinic, hold.expires_at - timedelta(seconds=1))
    assert "10:00" in times(clinic, hold.expires_at)


def test_nothing_is_offered_by_those_who_left_or_where_it_is_closed(now: datetime) -> None:
    clinic = make_clinic()
    friday = TOMORROW + timedelta(days=3)
    AvailabilityException.objects.create(
        site=clinic.site, on_date=friday, effect=AvailabilityException.Effect.CLOSED
    )
    assert times(clinic, now)
    assert times(clinic, now, first=friday) == []
    clinic.clinician.active = False
    clinic.clinician.save()
    assert times(clinic, now) == []


def test_a_closed_site_offers_nothing(now: datetime) -> None:
    clinic = make_clinic()
    clinic.site.active = False
    clinic.site.save()
    assert times(clinic, now) == []


def test_extra_hours_open_a_day_without_rules(now: datetime) -> None:
    clinic = make_clinic()
    saturday = TOMORROW + timedelta(days=4)
    assert times(clinic, now, first=saturday) == []
    AvailabilityException.objects.create(
        site=clinic.site,
        resource=clinic.clinician.resource,
        on_date=saturday,
        starts=time(10),
        ends=time(11),
        effect=AvailabilityException.Effect.EXTRA,
    )
    assert times(clinic, now, first=saturday) == ["10:00", "10:30"]


def test_rules_may_be_for_some_kinds_of_visit_only(now: datetime) -> None:
    clinic, other = make_clinic(), make_clinic()
    rules = AvailabilityRule.objects.filter(resource=clinic.clinician.resource)
    for rule in rules:
        rule.visit_types.set([other.visit_type])
    assert times(clinic, now) == []
    for rule in rules:
        rule.visit_types.add(clinic.visit_type)
    assert len(times(clinic, now)) == 16


def test_the_first_and_last_times_follow_notice_and_horizon(now: datetime) -> None:
    clinic = make_clinic(notice=90)
    today = now.date()
    assert times(clinic, now, first=today)[0] == "11:30"  # it is 10:00 there
    clinic.visit_type.horizon_days = 7
    assert times(clinic, now, first=today + timedelta(days=7))[-1] == "10:00"
    assert times(clinic, now, first=today + timedelta(days=8)) == []


def test_the_hour_the_clocks_skip_has_no_times_and_the_hour_they_repeat_has_twice_as_many() -> None:
    clinic = make_clinic()
    night = make_clinician(
        site=clinic.site,
        visit_types=[clinic.visit_type],
        starts=time(0),
        ends=time(4),
        weekdays=(6,),
    )
    sundays = Clinic(clinic.site, clinic.visit_type, night)
    forward = times(sundays, datetime(2026, 3, 1, tzinfo=UTC), first=date(2026, 3, 8))
    assert forward == ["00:00", "00:30", "01:00", "01:30", "03:00", "03:30"]
    back = times(sundays, datetime(2026, 10, 25, tzinfo=UTC), first=date(2026, 11, 1))
    assert back[:6] == ["00:00", "00:30", "01:00", "01:30", "01:00", "01:30"]
    assert back[6:] == ["02:00", "02:30", "03:00", "03:30"]


@pytest.mark.parametrize(("days", "colleagues"), [(1, 0), (30, 0), (1, 19), (62, 19)])
def test_a_search_costs_two_queries_whatever_it_spans(
    now: datetime, days: int, colleagues: int
) -> None:
    clinic = make_clinic()
    for _ in range(colleagues):
        clinic.add_clinician()
    last = TOMORROW + timedelta(days=days - 1)
    times(clinic, now, last=last)  # has read the directory, which later searches know
    with CaptureQueriesContext(connection) as asked:
        found = times(clinic, now, last=last)
    assert len(found) >= 16 * (colleagues + 1)
    assert len(asked) == 2


def test_a_search_names_a_bounded_window(now: datetime) -> None:
    clinic = make_clinic()
    with pytest.raises(ValueError, match="62 days"):
        times(clinic, now, last=TOMORROW + timedelta(days=62))
    assert times(clinic, now, last=TOMORROW - timedelta(days=1)) == []


@pytest.mark.parametrize("moment", [datetime.min, datetime.max])
def test_the_ends_of_time_are_empty_not_an_error(now: datetime, moment: datetime) -> None:
    clinic = make_clinic()
    asked = moment.replace(tzinfo=UTC)
    assert times(clinic, now, first=asked.date()) == []
    assert not clinic.slots_at(asked, now=now)
    nearest = alternatives_to(clinic.search_at(asked, now=now), starts_at=asked)
    assert len(nearest) == 5


def test_alternatives_are_the_nearest_free_instants_in_order(now: datetime) -> None:
    clinic = make_clinic()
    clinic.add_clinician()
    found = alternatives_to(clinic.search_at(clinic.at(12), now=now), starts_at=clinic.at(12))
    wall = [f"{slot.local:%H:%M}" for slot in found]
    assert wall == ["11:00", "11:30", "12:30", "13:00", "13:30"]

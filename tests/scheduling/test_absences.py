"""A clinician is ill: every visit of the day is moved or handed to a person."""

from datetime import datetime, time, timedelta

import pytest

from messaging.models import Message, Task
from people.models import User
from scheduling.models import Appointment, AvailabilityException, Clinician
from scheduling.selectors.absences import suggestions_for
from scheduling.services.absences import NewTime, Outcome, close_days
from scheduling.services.deciding import MayNotOverride, ReasonMissing
from scheduling.services.lifecycle import cancel_appointment
from tests.builders import make_appointment, make_clinician, make_site, make_staff
from tests.scheduling.world import TOMORROW, Clinic, make_clinic

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Clinic:
    return make_clinic()


@pytest.fixture
def desk(clinic: Clinic) -> User:
    return make_staff("front_desk", sites=[clinic.site])


@pytest.fixture
def visits(clinic: Clinic, now: datetime) -> list[Appointment]:
    return [
        make_appointment(
            now=now,
            starts_at=clinic.at(hour),
            site=clinic.site,
            visit_type=clinic.visit_type,
            clinician=clinic.clinician,
        )
        for hour in (9, 10)
    ]


def suggested(clinic: Clinic, user: User, now: datetime) -> dict[int, NewTime]:
    found, _ = suggestions_for(
        clinic.clinician, user=user, first_day=TOMORROW, last_day=TOMORROW, now=now
    )
    return {
        each.visit.pk: NewTime(each.site, each.slot.clinician_id, each.slot.starts_at)
        for each in found
        if each.slot and each.site
    }


def close(
    clinic: Clinic, user: User, now: datetime, chosen: dict[int, NewTime], reason: str = "Ill"
) -> list[Outcome]:
    return close_days(
        clinician=clinic.clinician,
        first_day=TOMORROW,
        last_day=TOMORROW,
        reason=reason,
        chosen=chosen,
        user=user,
        now=now,
    )


def test_the_same_time_with_a_colleague_is_best(
    clinic: Clinic, desk: User, visits: list[Appointment], now: datetime
) -> None:
    colleague = clinic.add_clinician()
    for visit in visits:
        to = suggested(clinic, desk, now)[visit.pk]
        assert (to.starts_at, to.clinician_id) == (visit.starts_at, colleague.pk)


def test_alone_it_is_the_same_clinician_on_the_nearest_other_day_and_no_time_twice(
    clinic: Clinic, desk: User, visits: list[Appointment], now: datetime
) -> None:
    found = suggested(clinic, desk, now)
    starts = [found[visit.pk].starts_at for visit in visits]
    assert len(set(starts)) == 2
    assert all(start.date() != TOMORROW for start in starts)
    assert {found[visit.pk].clinician_id for visit in visits} == {clinic.clinician.pk}


def test_another_site_only_when_this_one_has_nothing(
    clinic: Clinic, desk: User, visits: list[Appointment], now: datetime
) -> None:
    other = make_site()
    there = make_clinician(site=other, visit_types=[clinic.visit_type])
    assert suggested(clinic, desk, now)[visits[0].pk].site == clinic.site
    clinic.clinician.resource.availability_rules.update(valid_from=TOMORROW, valid_until=TOMORROW)
    to = suggested(clinic, desk, now)[visits[0].pk]
    assert (to.site, to.clinician_id) == (other, there.pk)


def test_each_visit_is_moved_or_handed_over_and_the_day_is_closed(
    clinic: Clinic, desk: User, visits: list[Appointment], now: datetime
) -> None:
    colleague: Clinician = clinic.add_clinician()
    first, second = visits
    chosen = {first.pk: suggested(clinic, desk, now)[first.pk]}
    outcomes = close(clinic, desk, now, chosen)
    assert [(each.visit.pk, each.what) for each in outcomes] == [
        (first.pk, "moved"),
        (second.pk, "handed_over"),
    ]
    first.refresh_from_db()
    assert first.clinician == colleague
    assert Message.objects.filter(kind="appointment_moved", about_id=first.pk).exists()
    task = Task.objects.get(kind="clinician_away")
    assert (task.person, task.about_id) == (second.person, second.pk)
    closed = AvailabilityException.objects.get()
    assert (closed.on_date, closed.reason, closed.effect) == (TOMORROW, "Ill", "closed")
    assert clinic.slots_at(clinic.at(14), now=now, clinician_id=clinic.clinician.pk) == []


def test_a_new_time_that_is_gone_goes_to_a_person_and_the_others_are_moved(
    clinic: Clinic, desk: User, visits: list[Appointment], now: datetime
) -> None:
    colleague = clinic.add_clinician()
    chosen = suggested(clinic, desk, now)
    make_appointment(
        now=now,
        starts_at=clinic.at(9),
        site=clinic.site,
        visit_type=clinic.visit_type,
        clinician=colleague,
    )
    assert [each.what for each in close(clinic, desk, now, chosen)] == ["taken", "moved"]
    assert Task.objects.count() == 1


def test_doing_all_of_it_again_changes_nothing(
    clinic: Clinic, desk: User, visits: list[Appointment], now: datetime
) -> None:
    clinic.add_clinician()
    chosen = {visits[0].pk: suggested(clinic, desk, now)[visits[0].pk]}
    close(clinic, desk, now, chosen)
    again = close(clinic, desk, now, chosen)
    assert [each.what for each in again] == ["handed_over"]
    assert Task.objects.count() == 1
    assert AvailabilityException.objects.count() == 1
    assert (
        Message.objects.filter(kind="appointment_moved").values("about_id").distinct().count() == 1
    )


def test_it_is_never_too_late_for_us(
    clinic: Clinic, desk: User, visits: list[Appointment], now: datetime
) -> None:
    clinic.add_clinician()
    late = visits[0].starts_at - timedelta(minutes=10)
    colleague = Clinician.objects.latest("pk")
    chosen = {visits[0].pk: NewTime(clinic.site, colleague.pk, clinic.at(14))}
    assert close(clinic, desk, late, chosen)[0].what == "moved"


def test_visits_at_other_sites_are_handed_over_and_not_told_of(
    clinic: Clinic, desk: User, now: datetime
) -> None:
    other = make_site()
    clinic.clinician.resource.availability_rules.create(
        site=other, weekday=TOMORROW.weekday(), starts=time(18), ends=time(20), valid_from=TOMORROW
    )
    elsewhere = make_appointment(
        now=now,
        starts_at=clinic.at(18),
        site=other,
        visit_type=clinic.visit_type,
        clinician=clinic.clinician,
    )
    found, more = suggestions_for(
        clinic.clinician, user=desk, first_day=TOMORROW, last_day=TOMORROW, now=now
    )
    assert (found, more) == ([], 1)
    assert close(clinic, desk, now, {}) == []
    assert Task.objects.get().about_id == elsewhere.pk


def test_a_canceled_visit_needs_nothing(
    clinic: Clinic, desk: User, visits: list[Appointment], now: datetime
) -> None:
    cancel_appointment(appointment=visits[0], user=desk, reason="", now=now)
    assert [each.visit for each in close(clinic, desk, now, {})] == [visits[1]]


def test_a_reason_and_the_role_are_needed(
    clinic: Clinic, desk: User, visits: list[Appointment], now: datetime
) -> None:
    with pytest.raises(ReasonMissing):
        close(clinic, desk, now, {}, reason=" ")
    with pytest.raises(MayNotOverride):
        close(clinic, make_staff("agent", sites=[clinic.site]), now, {})
    assert not AvailabilityException.objects.exists()

"""Visits that take more than a clinician's time: rooms, devices, places in a group, the way."""

from datetime import date, datetime, time, timedelta

import pytest
from django.db.models import Q
from psycopg2.extras import DateTimeTZRange

from people.models import Person, User
from scheduling.availability.selectors.search import Search
from scheduling.availability.selectors.slots import free_slots
from scheduling.booking.selectors.wanted import WantedVisit
from scheduling.booking.services.booking import book_appointment
from scheduling.booking.services.holds import hold_slot
from scheduling.booking.services.rescheduling import reschedule_appointment
from scheduling.clinic.rules.travel import travel_minutes
from scheduling.exceptions import SlotNotOffered, SlotTaken
from scheduling.models import (
    Allocation,
    Appointment,
    AvailabilityException,
    AvailabilityRule,
    Clinician,
    Mode,
    Resource,
    Site,
    VisitType,
)
from tests.builders import make_clinician, make_patient, make_site
from tests.scheduling.world import TOMORROW, Clinic, make_clinic, rows_written

pytestmark = pytest.mark.django_db


def make_room(site: Site, category: str = "exam-room", *, capacity: int = 1) -> Resource:
    return Resource.objects.create(
        slug=f"{category}-{Resource.objects.count()}",
        kind=Resource.Kind.ROOM,
        site=site,
        category=category,
        capacity=capacity,
    )


def needing(clinic: Clinic, *categories: str) -> Clinic:
    VisitType.objects.filter(pk=clinic.visit_type.pk).update(needs=list(categories))
    clinic.visit_type.refresh_from_db()
    return clinic


def book(
    clinic: Clinic,
    starts_at: datetime,
    now: datetime,
    *,
    clinician: Clinician | None = None,
    mode: str = Mode.IN_PERSON,
    patient: tuple[User, Person] | None = None,
) -> Appointment:
    user, person = patient or make_patient()
    return book_appointment(
        wanted=WantedVisit(
            clinic.visit_type,
            clinic.site,
            starts_at,
            clinician_id=clinician.pk if clinician else None,
            mode=mode,
        ),
        person=person,
        user=user,
        idempotency_key=f"{starts_at}-{mode}-{person.pk}",
        now=now,
    )


def taken_by(visit: Appointment) -> set[str]:
    kinds = Allocation.objects.filter(appointment=visit, active=True)
    return set(kinds.values_list("resource__kind", flat=True))


def wall_times(clinic: Clinic, now: datetime, **preferences: str) -> list[str]:
    day = Search(clinic.visit_type, [clinic.site.pk], TOMORROW, TOMORROW, now, **preferences)  # type: ignore[arg-type]
    return [f"{slot.local:%H:%M}" for slot in free_slots(day)]


def test_a_visit_takes_its_clinician_room_and_device_together(now: datetime) -> None:
    clinic = needing(make_clinic(), "exam-room", "ultrasound")
    make_room(clinic.site)
    Resource.objects.create(
        slug="probe", kind=Resource.Kind.DEVICE, site=clinic.site, category="ultrasound"
    )
    visit = book(clinic, clinic.at(10), now)
    assert taken_by(visit) == {"clinician", "room", "device"}


def test_without_a_room_there_is_no_time_even_if_a_clinician_is_free(now: datetime) -> None:
    clinic = needing(make_clinic(), "exam-room")
    assert wall_times(clinic, now) == []
    make_room(make_site())
    assert wall_times(clinic, now) == [], "a room of another site is no help"
    make_room(clinic.site)
    colleague = clinic.add_clinician()
    book(clinic, clinic.at(10), now, clinician=clinic.clinician)
    before = rows_written()
    with pytest.raises(SlotTaken) as refused:
        book(clinic, clinic.at(10), now, clinician=colleague)
    assert rows_written() == before, "all or none"
    assert refused.value.alternatives
    make_room(clinic.site)
    assert taken_by(book(clinic, clinic.at(10), now, clinician=colleague)) == {"clinician", "room"}


def test_one_room_must_be_free_for_the_whole_visit(now: datetime) -> None:
    """Two half-free rooms are not one free room."""
    clinic = needing(make_clinic(minutes=60), "exam-room")
    for half in (clinic.at(10), clinic.at(10, 30)):
        Allocation.objects.create(
            resource=make_room(clinic.site),
            during=(half, half + timedelta(minutes=30)),
            kind=Allocation.Kind.BLOCK,
        )
    assert wall_times(clinic, now)[:4] == ["09:00", "09:30", "10:30", "11:00"]


def test_a_video_visit_takes_no_room(now: datetime) -> None:
    clinic = needing(make_clinic(), "exam-room")
    VisitType.objects.filter(pk=clinic.visit_type.pk).update(modes=[Mode.IN_PERSON, Mode.VIDEO])
    clinic.visit_type.refresh_from_db()
    assert wall_times(clinic, now) == []
    visit = book(clinic, clinic.at(10), now, mode=Mode.VIDEO)
    assert (visit.mode, taken_by(visit)) == ("video", {"clinician"})


def test_a_visit_switches_between_video_and_in_person_at_its_own_time(now: datetime) -> None:
    clinic = needing(make_clinic(), "exam-room")
    VisitType.objects.filter(pk=clinic.visit_type.pk).update(modes=[Mode.IN_PERSON, Mode.VIDEO])
    clinic.visit_type.refresh_from_db()
    make_room(clinic.site)
    patient = make_patient()
    visit = book(clinic, clinic.at(10), now, patient=patient)
    for mode, kinds in ((Mode.VIDEO, {"clinician"}), (Mode.IN_PERSON, {"clinician", "room"})):
        visit = reschedule_appointment(
            appointment=visit,
            site=clinic.site,
            starts_at=visit.starts_at,
            mode=mode,
            user=patient[0],
            now=now,
        )
        assert (visit.mode, taken_by(visit)) == (mode, kinds)
    assert visit.version == 3


def test_a_way_of_meeting_that_is_not_offered_is_refused(now: datetime) -> None:
    clinic = make_clinic()
    with pytest.raises(SlotNotOffered, match="not_offered"):
        book(clinic, clinic.at(10), now, mode=Mode.VIDEO)


def make_session(clinic: Clinic, *, places: int) -> Clinic:
    """A class on Tuesdays from 10:00 to 11:30, led by the clinic's clinician."""
    group = make_clinic(minutes=90, step=90).visit_type
    VisitType.objects.filter(pk=group.pk).update(group=True)
    group.refresh_from_db()
    clinic.clinician.visit_types.add(group)
    session = Resource.objects.create(
        slug="class", kind=Resource.Kind.SESSION, capacity=places, leader=clinic.clinician
    )
    rule = AvailabilityRule.objects.create(
        resource=session,
        site=clinic.site,
        weekday=TOMORROW.weekday(),
        starts=time(10),
        ends=time(11, 30),
        valid_from=date(2026, 1, 1),
    )
    rule.visit_types.add(group)
    return Clinic(clinic.site, group, clinic.clinician)


def test_a_group_has_as_many_places_as_it_has(now: datetime) -> None:
    group = make_session(make_clinic(), places=3)
    assert wall_times(group, now) == ["10:00"]
    visits = [book(group, group.at(10), now) for _ in range(3)]
    assert wall_times(group, now) == []
    with pytest.raises(SlotTaken):
        book(group, group.at(10), now)
    units = Allocation.objects.filter(appointment__in=visits).values_list("unit", flat=True)
    assert sorted(units) == [0, 1, 2]
    assert {visit.clinician_id for visit in visits} == {group.clinician.pk}


def test_a_group_does_not_meet_while_its_leader_is_away(now: datetime) -> None:
    group = make_session(make_clinic(), places=3)
    leader = group.clinician.resource
    away = AvailabilityException.objects.create(
        resource=leader, on_date=TOMORROW, starts=time(11), ends=time(12), effect="closed"
    )
    assert wall_times(group, now) == []
    with pytest.raises(SlotNotOffered):
        book(group, group.at(10), now)
    away.delete()
    assert wall_times(group, now) == ["10:00"]


def test_a_group_does_not_meet_while_its_leader_is_blocked(now: datetime) -> None:
    clinic = make_clinic()
    group = make_session(clinic, places=3)
    Allocation.objects.create(
        resource=group.clinician.resource,
        during=DateTimeTZRange(group.at(11), group.at(12)),
        kind=Allocation.Kind.BLOCK,
    )
    assert wall_times(group, now) == []
    with pytest.raises(SlotTaken):
        book(group, group.at(10), now)


def test_an_own_visit_of_the_leader_closes_no_group(now: datetime) -> None:
    clinic = make_clinic()
    group = make_session(clinic, places=3)
    visit = book(clinic, clinic.at(9), now)
    squeezed_in = DateTimeTZRange(clinic.at(10), clinic.at(10, 30))
    Allocation.objects.filter(appointment=visit).update(during=squeezed_in, overbook=True)
    assert wall_times(group, now) == ["10:00"]


def test_the_hours_of_a_group_are_not_the_leaders_own(now: datetime) -> None:
    clinic = make_clinic()
    make_session(clinic, places=3)
    free = wall_times(clinic, now)
    assert {"09:30", "11:30"} <= set(free)
    assert not {"10:00", "10:30", "11:00"} & set(free)


def test_a_daily_cap_counts_this_kind_of_visit_for_each_clinician(now: datetime) -> None:
    clinic = make_clinic()
    VisitType.objects.filter(pk=clinic.visit_type.pk).update(daily_cap=2)
    clinic.visit_type.refresh_from_db()
    for hour in (9, 15):
        book(clinic, clinic.at(hour), now)
    assert wall_times(clinic, now) == []
    assert clinic.slots_at(clinic.at(9, day=TOMORROW + timedelta(days=1)), now=now)
    clinic.add_clinician()
    assert len(wall_times(clinic, now)) == 16


def at_two_sites(now: datetime) -> tuple[Clinic, Clinic]:
    """A clinician who works at two sites, half an hour apart, on the same days."""
    here, there = make_clinic(), make_site()
    Site.objects.filter(pk=there.pk).update(latitude=43.0)
    there.refresh_from_db()
    for weekday in range(5):
        AvailabilityRule.objects.create(
            resource=here.clinician.resource,
            site=there,
            weekday=weekday,
            starts=time(9),
            ends=time(17),
            valid_from=date(2026, 1, 1),
        )
    return here, Clinic(there, here.visit_type, here.clinician)


def test_between_two_sites_there_is_time_for_the_way(now: datetime) -> None:
    here, there = at_two_sites(now)
    way = travel_minutes(
        (here.site.latitude, here.site.longitude), (there.site.latitude, there.site.longitude)
    )
    assert way == 30
    book(here, here.at(12), now)
    assert {"11:30", "12:30"} <= set(wall_times(here, now))
    elsewhere = set(wall_times(there, now))
    assert not {"11:30", "12:00", "12:30"} & elsewhere
    assert {"11:00", "13:00"} <= elsewhere


def test_a_time_kept_for_returning_patients_is_not_for_who_only_says_so(now: datetime) -> None:
    clinic = make_clinic()
    AvailabilityRule.objects.filter(Q(resource=clinic.clinician.resource)).update(
        kept_for="returning"
    )
    assert wall_times(clinic, now) == []
    assert wall_times(clinic, now, standing="returning")
    hold = hold_slot(
        visit_type=clinic.visit_type,
        site=clinic.site,
        starts_at=clinic.at(10),
        holder="somebody",
        standing="returning",
        now=now,
    )
    user, person = make_patient()
    with pytest.raises(SlotNotOffered, match="kept_for_others"):
        book_appointment(
            wanted=WantedVisit.from_hold(hold),
            person=person,
            user=user,
            idempotency_key="key",
            holder="somebody",
            now=now,
        )
    assert make_clinician(site=clinic.site, visit_types=[clinic.visit_type])
    assert wall_times(clinic, now, standing="new"), "the others' times are for everyone"

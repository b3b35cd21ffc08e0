"""Series on the real database: booked, moved, canceled in one press, whoever else is there."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

import pytest
from icalendar import Calendar

from messaging.models import Message
from messaging.services.checks import verdict_on
from people.models import Person, User
from scheduling.booking.services.rescheduling import reschedule_appointment
from scheduling.exceptions import KeyReused
from scheduling.message_kinds import KINDS
from scheduling.models import Allocation, Appointment, AvailabilityException, Series, VisitType
from scheduling.series.rules.series import Planned, SeriesPattern, Shift
from scheduling.series.selectors.series import SeriesDetails, place_in_series, plan_of, plan_of_move
from scheduling.series.services.series import (
    ChosenTime,
    SeriesResult,
    book_series,
    cancel_rest,
    move_rest,
    undo_rest,
)
from scheduling.transitions import SETTLED_AFTER
from tests.builders import make_patient
from tests.scheduling.booking.test_races import OVERLAPS, all_at_once, query
from tests.scheduling.waiting import book
from tests.scheduling.world import Clinic, make_clinic

pytestmark = pytest.mark.django_db
FIRST = date(2026, 11, 24)  # a Tuesday
TEN = SeriesPattern(10, frozenset({1, 4}), FIRST, earliest=time(15))


@pytest.fixture
def clinic(db: None) -> Clinic:
    clinic = make_clinic()
    VisitType.objects.update(series_most=12)
    clinic.visit_type.refresh_from_db()
    return clinic


def where(clinic: Clinic, person: Person) -> SeriesDetails:
    return SeriesDetails(clinic.visit_type, clinic.site, person, "in_person")


def chosen(plan: list[Planned]) -> list[ChosenTime]:
    """What is proposed, and the nearest alternative where nothing is."""
    openings = [each.opening or each.alternatives[0] for each in plan]
    from scheduling.clinic.rules.working_hours import moment_of

    return [ChosenTime(moment_of(each.start), each.clinician_id) for each in openings]


def shifted(visits: list[Appointment], by: timedelta) -> dict[int, ChosenTime]:
    return {visit.pk: ChosenTime(visit.starts_at + by, visit.clinician_id) for visit in visits}


class Patient:
    """Somebody who wants ten visits there."""

    def __init__(self, clinic: Clinic, now: datetime) -> None:
        self.user, self.person = make_patient()
        self.where, self.now = where(clinic, self.person), now

    def plan(self, wish: SeriesPattern = TEN) -> list[Planned]:
        return plan_of(self.where, wish, now=self.now)

    def books(self, times: list[ChosenTime], *, key: str = "key", **more: Any) -> SeriesResult:
        return book_series(
            where=self.where, chosen=times, user=self.user, key=key, now=self.now, **more
        )

    def has_ten(self) -> tuple[Series, list[Appointment]]:
        done = self.books(chosen(self.plan()))
        assert done.series is not None
        return done.series, done.visits


@pytest.fixture
def rosa(clinic: Clinic, now: datetime) -> Patient:
    return Patient(clinic, now)


def test_ten_are_planned_and_booked_in_one_press(clinic: Clinic, rosa: Patient) -> None:
    series, visits = rosa.has_ten()
    assert len(visits) == 10
    assert {visit.local_date.weekday() for visit in visits} == {1, 4}
    assert {visit.local_time for visit in visits} == {time(15)}
    assert {visit.series_id for visit in Appointment.objects.all()} == {series.pk}
    assert place_in_series(visits[2]) == (3, 10)
    assert Allocation.objects.filter(active=True).count() == 10
    assert (series.person, series.visit_type) == (rosa.person, clinic.visit_type)


def test_they_are_told_once_with_a_calendar_file_for_each(rosa: Patient, now: datetime) -> None:
    rosa.has_ten()
    assert not Message.objects.filter(kind="appointment_booked").exists()
    text, letter = Message.objects.filter(kind="series_times").order_by("-channel")
    assert (text.channel, letter.channel) == ("sms", "email")
    assert verdict_on(letter, now=now) is None
    kind = next(each for each in KINDS if each.name == "series_times")
    content = kind.content(letter)
    assert content.facts["number"] == 10
    assert len(content.attachments) == 10
    files = [Calendar.from_ical(each.content).walk("VEVENT")[0] for each in content.attachments]
    assert len({str(each["UID"]) for each in files}) == 10


def test_a_closed_day_is_a_conflict_and_its_alternative_is_booked(
    clinic: Clinic, rosa: Patient
) -> None:
    closed = date(2026, 11, 27)
    AvailabilityException.objects.create(site=clinic.site, on_date=closed, effect="closed")
    plan = rosa.plan()
    (conflict,) = [each for each in plan if each.opening is None]
    assert (conflict.aim.day, conflict.alternatives[0].day) == (closed, date(2026, 11, 26))
    assert len(rosa.books(chosen(plan)).visits) == 10


def test_no_more_than_the_clinic_allows(rosa: Patient, now: datetime) -> None:
    assert len(rosa.plan(replace(TEN, count=40))) == 12
    with pytest.raises(ValueError, match="one go"):
        rosa.books([ChosenTime(now + timedelta(days=n), 1) for n in range(13)])


def test_what_somebody_took_meanwhile_is_told_and_the_rest_is_booked(
    clinic: Clinic, rosa: Patient, now: datetime
) -> None:
    times = chosen(rosa.plan())
    book(clinic, times[3].starts_at, now=now)
    done = rosa.books(times)
    assert len(done.visits) == 9
    (lost,) = done.lost
    assert lost.chosen == times[3]
    instead = ChosenTime(lost.alternatives[0].starts_at, lost.alternatives[0].clinician_id)
    more = rosa.books([instead], key="more", series=done.series)
    assert (more.series, len(more.visits)) == (done.series, 1)
    assert place_in_series(more.visits[0])[1] == 10


def test_the_same_press_twice_is_one_series(rosa: Patient) -> None:
    times = chosen(rosa.plan())
    first, second = rosa.books(times), rosa.books(times)
    assert (first.series, first.visits) == (second.series, second.visits)
    assert (Series.objects.count(), Appointment.objects.count()) == (1, 10)
    assert Message.objects.filter(kind="series_times", channel="sms").count() == 1
    with pytest.raises(KeyReused):
        rosa.books(list(reversed(times))[:3])


def test_with_nothing_left_there_is_no_series(clinic: Clinic, rosa: Patient, now: datetime) -> None:
    times = chosen(rosa.plan(replace(TEN, count=1)))
    book(clinic, times[0].starts_at, now=now)
    done = rosa.books(times)
    assert (done.series, done.visits, len(done.lost)) == (None, [], 1)
    assert not Series.objects.exists()


# --- Canceling the rest


def test_the_rest_is_canceled_and_taken_back(rosa: Patient, clinic: Clinic, now: datetime) -> None:
    series, visits = rosa.has_ten()
    done = cancel_rest(
        series=series, first=visits[4], user=rosa.user, reason="feel_better", now=now
    )
    assert done.visits == visits[4:]
    assert clinic.slots_at(visits[9].starts_at, now=now)
    assert place_in_series(visits[2]) == (3, 4)
    letters = Message.objects.filter(kind="series_canceled")
    assert {each.due_at for each in letters} == {now + SETTLED_AFTER}
    back = undo_rest(series=series, user=rosa.user, now=now + timedelta(seconds=30))
    assert [visit.pk for visit in back.visits] == [visit.pk for visit in visits[4:]]
    assert place_in_series(visits[2]) == (3, 10)
    assert all(
        (verdict := verdict_on(each, now=now + SETTLED_AFTER)) and verdict.reason == "superseded"
        for each in letters
    )
    assert not Message.objects.filter(kind="appointment_booked").exists()


def test_an_undo_that_is_late_for_one_brings_the_others_back(
    rosa: Patient, clinic: Clinic, now: datetime
) -> None:
    series, visits = rosa.has_ten()
    cancel_rest(series=series, first=visits[7], user=rosa.user, reason="", now=now)
    book(clinic, visits[8].starts_at, now=now)
    done = undo_rest(series=series, user=rosa.user, now=now)
    assert ([visit.pk for visit in done.visits], [each.visit for each in done.lost]) == (
        [visits[7].pk, visits[9].pk],
        [visits[8]],
    )


def test_what_is_too_near_is_kept(rosa: Patient, now: datetime) -> None:
    series, visits = rosa.has_ten()
    near = visits[0].starts_at - timedelta(minutes=30)
    done = cancel_rest(series=series, first=visits[0], user=rosa.user, reason="", now=near)
    assert (done.kept, len(done.visits)) == ([visits[0]], 9)


def test_a_cancellation_of_the_rest_that_is_sent_again_changes_nothing(
    rosa: Patient, now: datetime
) -> None:
    series, visits = rosa.has_ten()
    again = partial(
        cancel_rest, series=series, first=visits[4], user=rosa.user, reason="", now=now, key="one"
    )
    again()
    undo_rest(series=series, user=rosa.user, now=now)
    assert again().visits == []
    assert Appointment.objects.filter(status="booked").count() == 10


# --- Moving the rest


def moved(rosa: Patient, series: Series, rest: list[Appointment], shift: Shift) -> SeriesResult:
    plan = plan_of_move(rest, shift, now=rosa.now)
    times = dict(zip([visit.pk for visit in rest], chosen(plan), strict=True))
    return move_rest(series=series, first=rest[0], chosen=times, user=rosa.user, now=rosa.now)


@pytest.mark.parametrize("shift", [Shift(1, 30), Shift(-1, 0), Shift(0, 30), Shift(0, -30)])
def test_the_rest_moves_by_the_same_and_back(rosa: Patient, now: datetime, shift: Shift) -> None:
    wish = SeriesPattern(6, frozenset({2}), FIRST, earliest=time(15))
    done = rosa.books(chosen(rosa.plan(wish)))
    assert done.series is not None
    rest = done.visits[2:]
    result = moved(rosa, done.series, rest, shift)
    assert (len(result.visits), result.lost) == (4, [])
    for before, after in zip(rest, result.visits, strict=True):
        assert (after.local_date, after.local_time) == shift.of(
            before.local_date, before.local_time
        )
    assert not Message.objects.filter(kind="appointment_moved").exists()
    undone = undo_rest(series=done.series, user=rosa.user, now=now)
    assert [visit.starts_at for visit in undone.visits] == [visit.starts_at for visit in rest]


def test_visits_that_follow_each_other_make_way(rosa: Patient, clinic: Clinic) -> None:
    """Each moves to the time that the next one has now."""
    every_day = SeriesPattern(3, frozenset(range(5)), FIRST, earliest=time(15), latest=time(15))
    done = rosa.books(chosen(rosa.plan(every_day)))
    assert done.series is not None
    result = moved(rosa, done.series, done.visits, Shift(1, 0))
    assert len(result.visits) == 3
    days = [visit.local_date for visit in result.visits]
    assert days[:2] == [visit.local_date for visit in done.visits[1:]]
    assert query(OVERLAPS) == 0


@pytest.mark.parametrize("days", [1, -1, 2, -2])
@pytest.mark.parametrize("minutes", [0, 30, -30])
def test_a_move_into_each_others_times_is_taken_back_whole(
    rosa: Patient, now: datetime, days: int, minutes: int
) -> None:
    """Each visit stands where a neighbor was, so that the way back has an order too."""
    monday = date(2026, 12, 7)
    first = monday if days > 0 else monday + timedelta(days=2)
    three = SeriesPattern(3, frozenset(range(5)), first, earliest=time(15), latest=time(15))
    done = rosa.books(chosen(rosa.plan(three)))
    assert done.series is not None
    result = moved(rosa, done.series, done.visits, Shift(days, minutes))
    assert (len(result.visits), result.lost) == (3, [])
    undone = undo_rest(series=done.series, user=rosa.user, now=now)
    assert undone.lost == []
    assert [(visit.pk, visit.starts_at) for visit in undone.visits] == [
        (visit.pk, visit.starts_at) for visit in done.visits
    ]


@pytest.mark.parametrize("step", [timedelta(minutes=30), timedelta(minutes=-30)])
def test_visits_of_one_afternoon_are_taken_back_too(
    rosa: Patient, clinic: Clinic, now: datetime, step: timedelta
) -> None:
    """An hour long, one right after the other, by half an hour: each overlaps its neighbors."""
    clinic.visit_type.minutes = 60
    clinic.visit_type.save()
    times = [ChosenTime(clinic.at(hour), clinic.clinician.pk) for hour in (11, 12, 13, 14)]
    done = rosa.books(times)
    assert done.series is not None
    result = move_rest(
        series=done.series,
        first=done.visits[0],
        chosen=shifted(done.visits, step),
        user=rosa.user,
        now=now,
    )
    assert len(result.visits) == 4
    undone = undo_rest(series=done.series, user=rosa.user, now=now)
    assert [visit.starts_at for visit in undone.visits] == [each.starts_at for each in times]


def test_a_time_that_cannot_be_had_back_is_told_as_the_one_it_was(
    rosa: Patient, clinic: Clinic, now: datetime
) -> None:
    series, visits = rosa.has_ten()
    rest = visits[8:]
    hour_later = shifted(rest, timedelta(hours=1))
    move_rest(series=series, first=rest[0], chosen=hour_later, user=rosa.user, now=now)
    book(clinic, rest[0].starts_at, now=now)
    done = undo_rest(series=series, user=rosa.user, now=now)
    (lost,) = done.lost
    assert lost.chosen == ChosenTime(rest[0].starts_at, rest[0].clinician_id)
    assert (lost.visit, bool(lost.alternatives)) == (rest[0], True)
    assert [(visit.pk, visit.starts_at) for visit in done.visits] == [
        (rest[1].pk, rest[1].starts_at)
    ]


def test_a_time_that_is_gone_leaves_its_visit_where_it_is(
    rosa: Patient, clinic: Clinic, now: datetime
) -> None:
    series, visits = rosa.has_ten()
    rest = visits[5:]
    times = {
        visit.pk: ChosenTime(visit.starts_at + timedelta(hours=1), visit.clinician_id)
        for visit in rest
    }
    book(clinic, times[rest[2].pk].starts_at, now=now)
    done = move_rest(series=series, first=rest[0], chosen=times, user=rosa.user, now=now)
    (lost,) = done.lost
    assert (lost.visit, len(done.visits)) == (rest[2], 4)
    assert lost.alternatives
    rest[2].refresh_from_db()
    assert rest[2].version == 1


def test_a_visit_whose_neighbor_cannot_make_way_stays_too(
    rosa: Patient, clinic: Clinic, now: datetime
) -> None:
    """The second loses its time to somebody else, so that the first would meet it."""
    wish = SeriesPattern(3, frozenset(range(5)), date(2026, 12, 7), latest=time(9))
    done = rosa.books(chosen(rosa.plan(wish)))
    assert done.series is not None
    rest = done.visits[:2]
    times = shifted(rest, timedelta(minutes=30))
    times[rest[0].pk] = ChosenTime(rest[1].starts_at, rest[1].clinician_id)
    book(clinic, times[rest[1].pk].starts_at, now=now)
    result = move_rest(series=done.series, first=rest[0], chosen=times, user=rosa.user, now=now)
    assert (result.visits, [lost.visit for lost in result.lost]) == ([], [rest[1], rest[0]])
    assert {visit.version for visit in Appointment.objects.filter(series=done.series)} == {1}


def test_one_of_them_moves_alone(rosa: Patient, now: datetime) -> None:
    series, visits = rosa.has_ten()
    to = visits[1].starts_at - timedelta(hours=3)
    reschedule_appointment(
        appointment=visits[1], site=visits[1].site, starts_at=to, user=rosa.user, now=now
    )
    assert place_in_series(visits[1]) == (2, 10)
    assert Appointment.objects.get(pk=visits[1].pk).series == series


# --- Many at once


@pytest.mark.django_db(transaction=True)
def test_series_at_once_share_the_times_without_a_deadlock(
    now: datetime, no_deadlock: None
) -> None:
    """Four want the same ten times, with two clinicians, and others want one of them."""
    clinic = make_clinic()
    colleague = clinic.add_clinician()
    VisitType.objects.update(series_most=12)
    clinic.visit_type.refresh_from_db()
    patients = [Patient(clinic, now) for _ in range(4)]
    times = chosen(patients[0].plan())
    mixed = [
        ChosenTime(each.starts_at, who)
        for number, each in enumerate(times)
        for who in [(clinic.clinician.pk, colleague.pk)[number % 2]]
    ]
    calls: list[Any] = [
        partial(each.books, mixed[::step], key="key")
        for each, step in zip(patients, (1, -1, 1, -1), strict=True)
    ]

    def single(at: datetime, patient: tuple[User, Person]) -> SeriesResult | None:
        from scheduling.exceptions import SlotTaken

        try:
            book(clinic, at, now=now, patient=patient)
        except SlotTaken:
            return None
        return None

    calls += [partial(single, each.starts_at, make_patient()) for each in times[:4]]
    told = [each for each in all_at_once(calls) if each]
    assert sum(len(each.visits) + len(each.lost) for each in told) == 40
    assert query(OVERLAPS) == 0
    taken = Allocation.objects.filter(active=True).count()
    assert taken == Appointment.objects.count() >= 10


@pytest.mark.django_db(transaction=True)
def test_canceling_moving_and_booking_series_at_once_never_overlap(
    now: datetime, no_deadlock: None
) -> None:
    clinic = make_clinic()
    VisitType.objects.update(series_most=12)
    clinic.visit_type.refresh_from_db()
    rosa, sam, ana = (Patient(clinic, now) for _ in range(3))
    series, visits = rosa.has_ten()
    later = {
        visit.pk: ChosenTime(visit.starts_at + timedelta(minutes=30), visit.clinician_id)
        for visit in visits
    }
    calls: list[Any] = [
        partial(move_rest, series=series, first=visits[0], chosen=later, user=rosa.user, now=now),
        partial(cancel_rest, series=series, first=visits[5], user=rosa.user, reason="", now=now),
        partial(sam.books, [ChosenTime(each.starts_at, clinic.clinician.pk) for each in visits]),
        partial(ana.books, list(later.values())),
        partial(undo_rest, series=series, user=rosa.user, now=now),
    ]
    all_at_once(calls)
    assert query(OVERLAPS) == 0
    for visit in Appointment.objects.all():
        kept = list(visit.allocations.filter(active=True))
        assert len(kept) == (0 if visit.status == "canceled" else 1)
        assert all(each.during.lower == visit.starts_at for each in kept)

"""What stands beside something else, and what others did between a look and a press."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connections

from scheduling.appointments.selectors.called_off import is_called_off
from scheduling.booking.selectors.conflicts import conflicts_of
from scheduling.booking.selectors.proposals import proposal_for
from scheduling.booking.selectors.wanted import WantedVisit
from scheduling.booking.services import assignment, claims, lifecycle
from scheduling.booking.services.booking import book_appointment
from scheduling.booking.services.claims import InConflict
from scheduling.booking.services.holds import hold_slot, holder_of_staff
from scheduling.booking.services.overrides import Override
from scheduling.booking.services.rescheduling import reschedule_appointment
from scheduling.booking.services.staff_booking import book_for_patient
from scheduling.booking.services.undo import undo_change
from scheduling.booking.services.visit_mode import switch_mode
from scheduling.closures.rules import Away
from scheduling.closures.services.absences import close_days
from scheduling.closures.services.blocks import block_time
from scheduling.exceptions import HasVisitThen, SlotNotOffered, SlotTaken
from scheduling.models import Appointment, Hold, Mode, Resource, VisitType
from scheduling.series.selectors.series import SeriesDetails
from scheduling.series.services.series import ChosenTime, book_series, cancel_rest, undo_rest
from tests.builders import make_patient, make_staff
from tests.scheduling.availability.test_resources import book, make_room, make_session, needing
from tests.scheduling.world import TOMORROW, Clinic, make_clinic

HOUR = timedelta(hours=1)


def room_of(visit: Appointment) -> Resource:
    return Resource.objects.get(
        allocations__appointment=visit, allocations__active=True, kind=Resource.Kind.ROOM
    )


def staff_book(clinic: Clinic, starts_at: datetime, now: datetime, who: int) -> Appointment:
    """Staff insist, and have seen all that is wrong."""
    person = make_patient()[1]
    wanted = WantedVisit(clinic.visit_type, clinic.site, starts_at, who)
    conflicts = conflicts_of(proposal_for(wanted, person=person, now=now))
    return book_for_patient(
        wanted=wanted,
        person=person,
        user=make_staff("front_desk", sites=[clinic.site]),
        idempotency_key=f"staff-{person.pk}",
        override=Override(frozenset(each.key for each in conflicts), "Has to be seen."),
        now=now,
    )


@pytest.mark.django_db
def test_a_room_that_is_blocked_beside_a_visit_is_given_to_nobody(now: datetime) -> None:
    clinic = needing(make_clinic(), "exam-room")
    first, second = make_room(clinic.site), make_room(clinic.site)
    visit = book(clinic, clinic.at(9), now)
    assert room_of(visit) == first
    block_time(
        resource=first,
        site=clinic.site,
        starts_at=clinic.at(9),
        ends_at=clinic.at(12),
        reason="Repairs",
        user=make_staff("front_desk", sites=[clinic.site]),
        accepted=[f"visit:{visit.pk}"],
        now=now,
    )
    assert room_of(book(clinic, clinic.at(11), now)) == second, "the other one is free"


@pytest.mark.django_db
def test_a_room_that_an_overbooked_visit_has_is_given_to_nobody_else(now: datetime) -> None:
    clinic = needing(make_clinic(), "exam-room")
    others = [clinic.add_clinician() for _ in range(3)]
    make_room(clinic.site), make_room(clinic.site)
    patients = [make_patient() for _ in range(2)]
    visits = [
        book(clinic, clinic.at(10), now, clinician=who, patient=patient)
        for who, patient in zip(others[:2], patients, strict=True)
    ]
    squeezed_in = staff_book(clinic, clinic.at(10), now, others[2].pk)
    for visit, (user, _) in zip(visits, patients, strict=True):
        lifecycle.cancel_appointment(appointment=visit, user=user, reason="cost", now=now)
    new = book(clinic, clinic.at(10), now, clinician=others[0])
    assert room_of(new) != room_of(squeezed_in), "the other room is free"


@pytest.mark.django_db
def test_nobody_has_two_visits_at_once_by_an_undo(now: datetime) -> None:
    clinic = make_clinic()
    colleague = clinic.add_clinician()
    patient = user, person = make_patient()
    visit = book(clinic, clinic.at(10), now, clinician=clinic.clinician, patient=patient)
    lifecycle.cancel_appointment(appointment=visit, user=user, reason="cost", now=now)
    book_appointment(
        wanted=WantedVisit(clinic.visit_type, clinic.site, clinic.at(10), colleague.pk),
        person=person,
        user=user,
        idempotency_key="another",
        now=now,
    )
    with pytest.raises((HasVisitThen, SlotTaken)):
        undo_change(appointment=visit, user=user, now=now)
    assert Appointment.objects.filter(person=person, status="booked").count() == 1


@pytest.mark.django_db
def test_a_browser_keeps_its_two_newest_with_rooms_too(now: datetime) -> None:
    clinic = needing(make_clinic(), "exam-room")
    make_room(clinic.site)
    held = [
        hold_slot(
            visit_type=clinic.visit_type,
            site=clinic.site,
            starts_at=clinic.at(hour),
            holder="one browser",
            now=now + n * timedelta(seconds=1),
        )
        for n, hour in enumerate((9, 10))
    ]
    standing = Hold.objects.filter(allocations__active=True).distinct().order_by("pk")
    assert list(standing) == held


@pytest.mark.django_db
def test_a_hold_that_was_booked_counts_toward_the_cap(now: datetime) -> None:
    group = make_session(make_clinic(), places=3)
    VisitType.objects.filter(pk=group.visit_type.pk).update(daily_cap=1)
    group.visit_type.refresh_from_db()
    held = hold_slot(
        visit_type=group.visit_type,
        site=group.site,
        starts_at=group.at(10),
        holder="one browser",
        now=now,
    )
    for number in range(2):
        user, person = make_patient()
        asked: dict[str, Any] = {"person": person, "user": user, "idempotency_key": str(number)}
        wanted = WantedVisit.from_hold(held)
        if number == 0:
            book_appointment(wanted=wanted, holder="one browser", now=now, **asked)
        else:
            with pytest.raises(SlotTaken):
                book_appointment(wanted=wanted, holder="one browser", now=now, **asked)


@pytest.mark.django_db
def test_a_move_keeps_how_one_meets_as_it_is_by_then(now: datetime) -> None:
    clinic = make_clinic()
    VisitType.objects.filter(pk=clinic.visit_type.pk).update(modes=[Mode.IN_PERSON, Mode.VIDEO])
    clinic.visit_type.refresh_from_db()
    patient = user, _ = make_patient()
    visit = book(clinic, clinic.at(10), now, patient=patient)
    seen = Appointment.objects.get(pk=visit.pk)
    switch_mode(appointment=visit, mode=Mode.VIDEO, user=user, now=now)
    moved = reschedule_appointment(
        appointment=seen, site=clinic.site, starts_at=clinic.at(11), user=user, now=now
    )
    assert moved.mode == Mode.VIDEO


def meanwhile(monkeypatch: pytest.MonkeyPatch, press: Callable[[], object]) -> None:
    """Somebody else's whole press, in a connection of its own, right after the next booking has
    found its time free and before it takes it.
    """
    look, done = assignment.candidates_for, list[bool]()

    def look_and_wait(*args: Any, **more: Any) -> Any:
        found = look(*args, **more)
        if not done:
            done.append(True)
            with ThreadPoolExecutor(1) as pool:
                pool.submit(alone, press).result(timeout=60)
        return found

    monkeypatch.setattr(claims, "candidates_for", look_and_wait)


def alone(press: Callable[[], object]) -> None:
    try:
        press()
    finally:
        connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_nobody_slips_into_a_block_beside_a_visit(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic = make_clinic()
    desk = make_staff("front_desk", sites=[clinic.site])
    visit = book(clinic, clinic.at(10), now)
    block = partial(
        block_time,
        resource=clinic.clinician.resource,
        site=clinic.site,
        starts_at=clinic.at(10),
        ends_at=clinic.at(14),
        reason="Ill",
        user=desk,
        accepted=[f"visit:{visit.pk}"],
        now=now,
    )
    meanwhile(monkeypatch, block)
    with pytest.raises(SlotTaken):
        book(clinic, clinic.at(13), now)


@pytest.mark.django_db(transaction=True)
def test_who_slips_into_an_absence_is_refused_or_called_off(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic = make_clinic()
    away = partial(
        close_days,
        clinician=clinic.clinician,
        away=Away(TOMORROW, TOMORROW),
        reason="Ill",
        chosen={},
        user=make_staff("front_desk", sites=[clinic.site]),
        now=now,
    )
    meanwhile(monkeypatch, away)
    try:
        visit = book(clinic, clinic.at(13), now)
    except (SlotTaken, SlotNotOffered):
        return
    assert is_called_off(visit)


@pytest.mark.django_db
def test_staff_are_told_of_the_visit_that_became_of_their_hold(now: datetime) -> None:
    clinic = make_clinic()
    desk = make_staff("front_desk", sites=[clinic.site])
    held = hold_slot(
        visit_type=clinic.visit_type,
        site=clinic.site,
        starts_at=clinic.at(10),
        holder=holder_of_staff(desk),
        now=now,
    )
    wanted = WantedVisit.from_hold(held)
    asked: dict[str, Any] = {"wanted": wanted, "user": desk, "now": now}
    # Found and booked on the phone, in one tab (views.on_phone) ...
    book_appointment(
        person=make_patient()[1], idempotency_key="one", holder=holder_of_staff(desk), **asked
    )
    # ... and at the desk in another, which had the same hold (views.booking).
    with pytest.raises(InConflict):
        book_for_patient(person=make_patient()[1], idempotency_key="two", **asked)
    assert Appointment.objects.count() == 1


@pytest.mark.django_db
def test_the_others_of_a_series_are_back_where_one_would_clash(now: datetime) -> None:
    clinic = make_clinic()
    colleague = clinic.add_clinician()
    VisitType.objects.update(series_most=12)
    clinic.visit_type.refresh_from_db()
    user, person = make_patient()
    days = [TOMORROW + timedelta(days=number) for number in range(2)]
    done = book_series(
        where=SeriesDetails(clinic.visit_type, clinic.site, person, "in_person"),
        chosen=[ChosenTime(clinic.at(10, day=day), clinic.clinician.pk) for day in days],
        user=user,
        key="series",
        now=now,
    )
    assert done.series is not None
    cancel_rest(series=done.series, first=done.visits[0], user=user, reason="cost", now=now)
    book(clinic, clinic.at(10), now, clinician=colleague, patient=(user, person))
    undone = undo_rest(series=done.series, user=user, now=now)
    assert undone.visits == [done.visits[1]]
    assert [each.visit for each in undone.lost] == [done.visits[0]]

"""Holding a time for a few minutes: one browser's, and nobody else's."""

from datetime import datetime, timedelta

import pytest

from scheduling.booking.selectors.holds import hold_of_browser
from scheduling.booking.selectors.wanted import WantedVisit
from scheduling.booking.services.booking import book_appointment
from scheduling.booking.services.holds import (
    HOLD_FOR,
    LONGEST_HOLD,
    extend_hold,
    hold_slot,
    holder_hash,
    release_expired_holds,
    release_hold,
)
from scheduling.exceptions import HoldExpired, SlotNotOffered, SlotTaken
from scheduling.models import Allocation, Hold
from tests.builders import make_patient
from tests.scheduling.world import Clinic, make_clinic, rows_written

pytestmark = pytest.mark.django_db

ROSA, SAM = holder_hash("rosa's browser"), holder_hash("sam's browser")
SECOND = timedelta(seconds=1)


def hold(clinic: Clinic, starts_at: datetime, now: datetime, holder: str = ROSA) -> Hold:
    return hold_slot(
        visit_type=clinic.visit_type,
        site=clinic.site,
        starts_at=starts_at,
        holder=holder,
        now=now,
    )


def standing() -> list[Hold]:
    """Holds that keep a time, as the database knows them."""
    return list(
        Hold.objects.filter(allocations__active=True, allocations__kind=Allocation.Kind.HOLD)
        .distinct()
        .order_by("pk")
    )


def test_a_held_time_is_nobody_elses(now: datetime) -> None:
    clinic = make_clinic(minutes=60)
    held = hold(clinic, clinic.at(10), now)
    assert held.expires_at == now + HOLD_FOR
    for overlapping in (clinic.at(9, 30), clinic.at(10), clinic.at(10, 30)):
        with pytest.raises(SlotTaken) as refused:
            hold(clinic, overlapping, now, holder=SAM)
        offered = [slot.starts_at for slot in refused.value.alternatives]
        assert len(offered) == 5
        assert not {clinic.at(9, 30), clinic.at(10), clinic.at(10, 30)} & set(offered)
    assert standing() == [held]


def test_a_hold_that_is_over_is_dropped_by_the_next_who_wants_the_time(now: datetime) -> None:
    clinic = make_clinic()
    first = hold(clinic, clinic.at(10), now)
    with pytest.raises(SlotTaken):
        hold(clinic, clinic.at(10), first.expires_at - SECOND, holder=SAM)
    second = hold(clinic, clinic.at(10), first.expires_at, holder=SAM)
    assert standing() == [second]
    with pytest.raises(HoldExpired):
        extend_hold(hold=first, now=first.expires_at)


def test_more_time_can_be_had_up_to_half_an_hour(now: datetime) -> None:
    clinic = make_clinic()
    held = hold(clinic, clinic.at(10), now)
    minutes = timedelta(minutes=1)
    assert extend_hold(hold=held, now=now + 4 * minutes).expires_at == now + 9 * minutes
    assert extend_hold(hold=held, now=now + 5 * minutes).expires_at == now + 10 * minutes
    longest = extend_hold(hold=held, now=now + 28 * minutes)
    assert longest.expires_at == now + LONGEST_HOLD
    with pytest.raises(SlotTaken):
        hold(clinic, clinic.at(10), now + 29 * minutes, holder=SAM)
    with pytest.raises(HoldExpired):
        extend_hold(hold=held, now=now + LONGEST_HOLD)


def test_a_hold_that_is_over_but_still_stands_can_be_kept(now: datetime) -> None:
    clinic = make_clinic()
    held = hold(clinic, clinic.at(10), now)
    kept = extend_hold(hold=held, now=held.expires_at + 60 * SECOND)
    assert kept.expires_at == held.expires_at + 60 * SECOND + HOLD_FOR
    with pytest.raises(SlotTaken):
        hold(clinic, clinic.at(10), held.expires_at + 60 * SECOND, holder=SAM)


def test_asking_never_makes_a_hold_shorter(now: datetime) -> None:
    clinic = make_clinic()
    held = hold(clinic, clinic.at(10), now)
    assert extend_hold(hold=held, now=now - 60 * SECOND).expires_at == held.expires_at


def test_a_browser_keeps_its_two_newest(now: datetime) -> None:
    clinic = make_clinic()
    made = [hold(clinic, clinic.at(9 + n), now + n * SECOND) for n in range(4)]
    assert standing() == made[2:]
    hold(clinic, clinic.at(9), now + 5 * SECOND, holder=SAM)
    assert len(standing()) == 3, "each browser has two of its own"


def test_a_booked_hold_is_not_one_of_the_two(now: datetime) -> None:
    clinic = make_clinic()
    user, person = make_patient()
    kept = hold(clinic, clinic.at(9), now)
    booked = hold(clinic, clinic.at(10), now + SECOND)
    book_appointment(
        wanted=WantedVisit.from_hold(booked),
        person=person,
        user=user,
        idempotency_key="k",
        holder=ROSA,
        now=now,
    )
    newest = hold(clinic, clinic.at(11), now + 2 * SECOND)
    assert standing() == [kept, newest]


def test_a_refused_hold_costs_none_of_those_one_has(now: datetime) -> None:
    clinic = make_clinic()
    mine = [hold(clinic, clinic.at(9 + n), now) for n in range(2)]
    hold(clinic, clinic.at(14), now, holder=SAM)
    with pytest.raises(SlotTaken):
        hold(clinic, clinic.at(14), now)
    assert [held for held in standing() if held.holder == ROSA] == mine


def test_pressing_a_time_twice_gives_the_same_hold(now: datetime) -> None:
    clinic = make_clinic()
    first = hold(clinic, clinic.at(10), now)
    again = hold(clinic, clinic.at(10), now + 60 * SECOND)
    assert again == first
    assert again.expires_at == now + 60 * SECOND + HOLD_FOR
    assert standing() == [first]


def test_releasing_gives_the_time_back_and_twice_is_success(now: datetime) -> None:
    clinic = make_clinic()
    held = hold(clinic, clinic.at(10), now)
    release_hold(hold=held, now=now)
    release_hold(hold=held, now=now + SECOND)
    held.refresh_from_db()
    assert held.released_at == now
    assert hold(clinic, clinic.at(10), now, holder=SAM)
    with pytest.raises(HoldExpired):
        extend_hold(hold=held, now=now)


def test_releasing_a_hold_that_was_booked_frees_nothing(now: datetime) -> None:
    clinic = make_clinic()
    user, person = make_patient()
    held = hold(clinic, clinic.at(10), now)
    book_appointment(
        wanted=WantedVisit.from_hold(held),
        person=person,
        user=user,
        idempotency_key="k",
        holder=ROSA,
        now=now,
    )
    release_hold(hold=held, now=now)
    with pytest.raises(SlotTaken):
        hold(clinic, clinic.at(10), now, holder=SAM)


def test_another_browser_has_no_such_hold(now: datetime) -> None:
    clinic = make_clinic()
    held = hold(clinic, clinic.at(10), now)
    assert hold_of_browser(held.public_id, holder=ROSA) == held
    with pytest.raises(HoldExpired):
        hold_of_browser(held.public_id, holder=SAM)


def test_the_sweep_frees_what_is_over_and_nothing_else(now: datetime) -> None:
    clinic = make_clinic()
    hold(clinic, clinic.at(9), now)
    later = hold(clinic, clinic.at(10), now + 60 * SECOND, holder=SAM)
    assert release_expired_holds(now=now + HOLD_FOR) == 1
    assert standing() == [later]
    assert release_expired_holds(now=now + HOLD_FOR) == 0


def test_a_refusal_writes_nothing(now: datetime) -> None:
    clinic = make_clinic()
    before = rows_written()
    with pytest.raises(SlotNotOffered):
        hold(clinic, clinic.at(20), now)
    assert rows_written() == before


def test_anyone_is_given_two_clinicians_before_the_time_is_taken(now: datetime) -> None:
    clinic = make_clinic()
    colleague = clinic.add_clinician()
    holds = [hold(clinic, clinic.at(10), now, holder=who) for who in (ROSA, SAM)]
    assert {held.clinician for held in holds} == {clinic.clinician, colleague}
    with pytest.raises(SlotTaken):
        hold(clinic, clinic.at(10), now, holder=holder_hash("a third"))

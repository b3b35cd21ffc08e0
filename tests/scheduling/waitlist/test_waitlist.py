"""A freed time finds who waits for it; they answer, or it goes on to the next."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from messaging.models import Message
from messaging.services.checks import verdict_on
from people.models import AuditEntry, Person, User
from scheduling.booking.services.rescheduling import reschedule_appointment
from scheduling.exceptions import OfferGone, SlotTaken, TooLateToChange
from scheduling.models import Allocation, Appointment, AppointmentEvent, Hold, WaitlistEntry
from scheduling.models import WaitlistOffer as Offer
from scheduling.transitions import SETTLED_AFTER
from scheduling.waitlist.services.backfill import offer_freed_times
from scheduling.waitlist.services.waitlist import (
    accept_offer,
    decline_offer,
    leave_waitlist,
    set_priority,
)
from tests.builders import make_clinician, make_patient, make_staff, make_visit_type
from tests.scheduling.booking.test_races import OVERLAPS, all_at_once, query
from tests.scheduling.waiting import book, cancel, waits
from tests.scheduling.world import Clinic, make_clinic

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
State = Offer.State


@pytest.fixture
def clinic() -> Clinic:
    return make_clinic()


def frees(clinic: Clinic, hour: int = 10, *, now: datetime) -> datetime:
    """Somebody had that hour tomorrow, and cancels."""
    cancel(book(clinic, clinic.at(hour), now=now), now=now)
    return clinic.at(hour)


def user_of(entry: WaitlistEntry) -> User:
    assert entry.asked_by is not None
    return entry.asked_by


def open_offer() -> Offer:
    return Offer.objects.get(state=State.OPEN)


def told(kind: str) -> list[int | None]:
    """Whom a kind of message was queued for, in order."""
    return list(Message.objects.filter(kind=kind).order_by("pk").values_list("person", flat=True))


# --- Offering


def test_a_canceled_time_is_kept_for_who_waits_and_they_are_told(
    clinic: Clinic, now: datetime
) -> None:
    entry = waits(clinic, now=now)
    freed = frees(clinic, now=now)
    assert offer_freed_times(now=now) == 1
    offer = open_offer()
    assert (offer.entry, offer.starts_at, offer.clinician) == (entry, freed, clinic.clinician)
    assert offer.expires_at == now + 2 * HOUR
    assert told("waitlist_offer") == [entry.person_id]
    assert clinic.slots_at(freed, now=now + HOUR) == []  # nobody else can have it
    assert offer_freed_times(now=now) == 0  # a tick twice is one offer


def test_nobody_is_offered_what_nobody_gave_back(clinic: Clinic, now: datetime) -> None:
    waits(clinic, now=now)
    assert offer_freed_times(now=now) == 0


def test_a_moved_visit_frees_the_time_it_had(clinic: Clinic, now: datetime) -> None:
    visit = book(clinic, clinic.at(10), now=now)
    waits(clinic, now=now)
    reschedule_appointment(
        appointment=visit,
        site=clinic.site,
        starts_at=clinic.at(14),
        user=visit.booked_by,  # type: ignore[arg-type]
        now=now,
    )
    offer_freed_times(now=now + SETTLED_AFTER)
    assert open_offer().starts_at == clinic.at(10)


def test_who_waits_longest_is_asked_first_and_who_is_urgent_before_them(
    clinic: Clinic, now: datetime
) -> None:
    waits(clinic, now=now, since=timedelta(days=2))
    longest = waits(clinic, now=now, since=timedelta(days=9))
    urgent = waits(clinic, now=now, since=HOUR, priority=1)
    frees(clinic, now=now)
    asked = []
    for _ in range(2):
        offer_freed_times(now=now)
        asked.append(open_offer().entry)
        decline_offer(offer=open_offer(), now=now)
    assert asked == [urgent, longest]


def test_staff_say_how_urgent_it_is(clinic: Clinic, now: datetime) -> None:
    waits(clinic, now=now, since=timedelta(days=9))
    urgent = waits(clinic, now=now)
    set_priority(entry=urgent, priority=2, actor=make_staff("clinician"), now=now)
    frees(clinic, now=now)
    offer_freed_times(now=now)
    assert open_offer().entry == urgent
    assert AuditEntry.objects.filter(person=urgent.person, action="waitlist.priority").exists()


def test_two_freed_times_are_offered_to_two_people(clinic: Clinic, now: datetime) -> None:
    waits(clinic, now=now)
    waits(clinic, now=now)
    frees(clinic, 10, now=now)
    frees(clinic, 15, now=now)
    assert offer_freed_times(now=now) == 2
    assert Offer.objects.values("entry").distinct().count() == 2


def test_one_person_has_one_offer_at_a_time(clinic: Clinic, now: datetime) -> None:
    waits(clinic, now=now)
    frees(clinic, 10, now=now)
    frees(clinic, 15, now=now)
    assert offer_freed_times(now=now) == 1
    assert offer_freed_times(now=now + HOUR) == 0


@pytest.mark.parametrize(
    ("suits", "why"),
    [
        ({"weekdays": [0, 2]}, "tomorrow is a Tuesday"),
        ({"parts": ["evening"]}, "it is in the morning"),
        ({"notice_hours": 48}, "it is too soon for them"),
        ({"earliest": date(2026, 11, 25)}, "their days begin later"),
        ({"modes": ["video"]}, "they want to be called"),
    ],
)
def test_whom_it_does_not_suit_is_not_asked(
    clinic: Clinic, now: datetime, suits: dict[str, Any], why: str
) -> None:
    waits(clinic, now=now, **suits)
    frees(clinic, now=now)
    assert offer_freed_times(now=now) == 0, why


def test_who_has_another_visit_then_is_not_asked(clinic: Clinic, now: datetime) -> None:
    patient = make_patient()
    elsewhere = make_clinic()
    book(elsewhere, clinic.at(10), now=now, patient=patient)
    waits(clinic, now=now, patient=patient)
    frees(clinic, now=now)
    assert offer_freed_times(now=now) == 0


def test_nobody_is_asked_in_their_quiet_hours(clinic: Clinic, now: datetime) -> None:
    entry = waits(clinic, now=now)
    at_night = now + 13 * HOUR  # 23:00 in New York
    Person.objects.filter(pk=entry.person_id).update(quiet_from=time(22), quiet_until=time(8))
    frees(clinic, 16, now=now)
    assert offer_freed_times(now=at_night) == 0
    assert offer_freed_times(now=at_night + 9 * HOUR) == 1  # 8:00


@pytest.mark.parametrize("reason", ["do_not_contact", "deceased_on"])
def test_who_must_not_be_contacted_is_not_asked(clinic: Clinic, now: datetime, reason: str) -> None:
    entry = waits(clinic, now=now)
    Person.objects.filter(pk=entry.person_id).update(
        **{reason: now.date() if reason == "deceased_on" else True}
    )
    frees(clinic, now=now)
    assert offer_freed_times(now=now) == 0


def test_a_time_in_two_hours_is_kept_for_a_quarter_of_an_hour(
    clinic: Clinic, now: datetime
) -> None:
    waits(clinic, now=now)
    freed = frees(clinic, 11, now=now)
    close = freed - 2 * HOUR
    offer_freed_times(now=close)
    assert open_offer().expires_at == close + timedelta(minutes=15)


def test_a_time_that_could_not_be_booked_any_more_is_not_offered(
    clinic: Clinic, now: datetime
) -> None:
    waits(clinic, now=now, notice_hours=0)
    freed = frees(clinic, now=now)
    assert offer_freed_times(now=freed - timedelta(minutes=70)) == 0  # an hour's notice is needed


def test_a_time_that_somebody_booked_meanwhile_is_not_offered(
    clinic: Clinic, now: datetime
) -> None:
    waits(clinic, now=now)
    freed = frees(clinic, now=now)
    book(clinic, freed, now=now)
    assert offer_freed_times(now=now) == 0


def test_a_longer_visit_may_fit_where_a_short_one_was(now: datetime) -> None:
    clinic = make_clinic(minutes=60, step=30)
    short = make_clinic(minutes=30)
    clinic.clinician.visit_types.add(short.visit_type)
    at_the_same_desk = Clinic(clinic.site, short.visit_type, clinic.clinician)
    waits(clinic, now=now)
    cancel(book(at_the_same_desk, clinic.at(10), now=now), now=now)
    assert offer_freed_times(now=now) == 1
    assert open_offer().starts_at in {clinic.at(9, 30), clinic.at(10)}


def test_nobody_starves_behind_a_crowd_that_waits_for_something_else(
    clinic: Clinic, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One kind with a colleague, one that is too long for the time, and one on another day."""
    monkeypatch.setattr("scheduling.waitlist.selectors.entries.ENTRIES_A_KIND", 2)
    elsewhere, long = make_visit_type(), make_visit_type(minutes=120)
    make_clinician(site=clinic.site, visit_types=[elsewhere])
    clinic.clinician.visit_types.add(long)
    for kind in (elsewhere, long):
        for _ in range(3):
            waits(replace(clinic, visit_type=kind), now=now, priority=2)
    for _ in range(3):
        waits(clinic, now=now, priority=2, weekdays=[4])
        waits(clinic, now=now, priority=2, notice_hours=72)
    colleague = clinic.add_clinician()
    for _ in range(3):
        waits(clinic, now=now, priority=2, clinician=colleague)
    rosa = waits(clinic, now=now)
    book(clinic, clinic.at(9), now=now)
    frees(clinic, now=now)
    book(clinic, clinic.at(11), now=now)
    assert offer_freed_times(now=now) == 1
    assert open_offer().entry == rosa


def test_the_words_go_out_while_the_offer_stands(clinic: Clinic, now: datetime) -> None:
    waits(clinic, now=now)
    frees(clinic, now=now)
    offer_freed_times(now=now)
    message = Message.objects.get(kind="waitlist_offer")
    assert verdict_on(message, now=now) is None
    assert message.useful_until == open_offer().expires_at
    decline_offer(offer=open_offer(), now=now)
    verdict = verdict_on(message, now=now)
    assert verdict is not None
    assert verdict.reason == "offer_declined"


def test_looking_takes_as_many_queries_for_many_freed_times_as_for_one_that_suits_nobody(
    clinic: Clinic, now: datetime
) -> None:
    for _ in range(3):
        waits(clinic, now=now, weekdays=[0])

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            offer_freed_times(now=now)
        return len(asked)

    frees(clinic, 9, now=now)
    few = queries()
    for hour in range(10, 16):
        frees(clinic, hour, now=now)
    assert queries() == few


# --- Answering


def test_accepting_books_the_visit(clinic: Clinic, now: datetime) -> None:
    entry = waits(clinic, now=now)
    freed = frees(clinic, now=now)
    offer_freed_times(now=now)
    visit = accept_offer(offer=open_offer(), user=user_of(entry), now=now + HOUR)
    assert (visit.starts_at, visit.person_id, visit.status) == (freed, entry.person_id, "booked")
    entry.refresh_from_db()
    assert entry.closed == WaitlistEntry.Closed.ACCEPTED
    assert told("appointment_booked")[-1] == entry.person_id
    again = accept_offer(offer=Offer.objects.get(), user=user_of(entry), now=now + HOUR)
    assert again == visit  # pressed twice


def test_accepting_moves_the_visit_they_have_and_its_time_is_offered_on(
    clinic: Clinic, now: datetime
) -> None:
    """Rosa has Wednesday and wants it sooner; Ana waits for any time."""
    wednesday = clinic.at(10, day=date(2026, 11, 25))
    rosas = book(clinic, wednesday, now=now)
    rosa = waits(
        clinic,
        now=now,
        since=timedelta(days=20),
        patient=(rosas.booked_by, rosas.person),  # type: ignore[arg-type]
        replaces=rosas,
    )
    ana = waits(clinic, now=now)
    freed = frees(clinic, now=now)
    offer_freed_times(now=now)
    assert open_offer().entry == rosa
    moved = accept_offer(offer=open_offer(), user=user_of(rosa), now=now)
    assert (moved.pk, moved.starts_at, moved.version) == (rosas.pk, freed, 2)
    assert Allocation.objects.filter(active=True).count() == 1
    assert Appointment.objects.filter(status="booked").count() == 1

    offer_freed_times(now=now + SETTLED_AFTER)
    onward = open_offer()
    assert (onward.entry, onward.starts_at) == (ana, wednesday)
    accept_offer(offer=onward, user=user_of(ana), now=now)
    assert Appointment.objects.filter(status="booked").count() == 2
    assert query(OVERLAPS) == 0


def test_a_visit_moves_to_a_time_that_overlaps_its_own(now: datetime) -> None:
    clinic = make_clinic(minutes=60, step=30)
    early = book(clinic, clinic.at(9), now=now)
    late = book(clinic, clinic.at(10), now=now)
    entry = waits(
        clinic,
        now=now,
        patient=(late.booked_by, late.person),  # type: ignore[arg-type]
        replaces=late,
    )
    cancel(early, now=now)
    offer_freed_times(now=now)
    moved = accept_offer(offer=open_offer(), user=user_of(entry), now=now)
    assert moved.starts_at == clinic.at(9)


def test_only_what_is_sooner_is_offered_instead_of_a_visit(clinic: Clinic, now: datetime) -> None:
    visit = book(clinic, clinic.at(11), now=now)
    patient = visit.booked_by, visit.person
    waits(clinic, now=now, patient=patient, replaces=visit)  # type: ignore[arg-type]
    frees(clinic, 14, now=now)
    assert offer_freed_times(now=now) == 0
    frees(clinic, 9, now=now)
    assert offer_freed_times(now=now) == 1


def test_a_visit_that_is_too_near_to_move_keeps_its_time(clinic: Clinic, now: datetime) -> None:
    visit = book(clinic, clinic.at(11), now=now)
    patient = visit.booked_by, visit.person
    entry = waits(clinic, now=now, patient=patient, replaces=visit)  # type: ignore[arg-type]
    frees(clinic, 9, now=now)
    offer_freed_times(now=now)
    with pytest.raises(TooLateToChange):
        accept_offer(offer=open_offer(), user=user_of(entry), now=clinic.at(10))
    visit.refresh_from_db()
    assert visit.starts_at == clinic.at(11)
    assert open_offer().state == State.OPEN


def test_who_canceled_the_visit_they_had_gets_a_new_one(clinic: Clinic, now: datetime) -> None:
    visit = book(clinic, clinic.at(15), now=now)
    patient = visit.booked_by, visit.person
    entry = waits(clinic, now=now, patient=patient, replaces=visit)  # type: ignore[arg-type]
    frees(clinic, 9, now=now)
    offer_freed_times(now=now)
    cancel(visit, now=now)
    booked = accept_offer(offer=open_offer(), user=user_of(entry), now=now)
    assert booked != visit
    assert booked.starts_at == clinic.at(9)


def test_declining_keeps_the_place_and_the_next_is_asked(clinic: Clinic, now: datetime) -> None:
    first = waits(clinic, now=now, since=HOUR)
    second = waits(clinic, now=now)
    frees(clinic, now=now)
    offer_freed_times(now=now)
    offer = open_offer()
    decline_offer(offer=offer, now=now)
    decline_offer(offer=offer, now=now)  # pressed twice
    offer_freed_times(now=now)
    assert open_offer().entry == second
    first.refresh_from_db()
    assert first.until is None
    assert told("waitlist_gone") == []


def test_nobody_is_asked_twice_about_one_time(clinic: Clinic, now: datetime) -> None:
    waits(clinic, now=now)
    frees(clinic, now=now)
    offer_freed_times(now=now)
    decline_offer(offer=open_offer(), now=now)
    assert offer_freed_times(now=now + HOUR) == 0


def test_an_offer_that_nobody_answers_goes_on_and_a_kind_word_follows(
    clinic: Clinic, now: datetime
) -> None:
    first = waits(clinic, now=now, since=HOUR)
    second = waits(clinic, now=now)
    frees(clinic, 16, now=now)
    offer_freed_times(now=now)
    offer = open_offer()
    assert offer_freed_times(now=offer.expires_at) == 1
    assert open_offer().entry == second
    offer.refresh_from_db()
    assert offer.state == State.EXPIRED
    assert told("waitlist_gone") == [first.person_id]
    with pytest.raises(OfferGone):
        accept_offer(offer=offer, user=user_of(first), now=offer.expires_at)


def test_a_late_answer_is_good_while_nobody_else_has_the_time(
    clinic: Clinic, now: datetime
) -> None:
    entry = waits(clinic, now=now)
    frees(clinic, now=now)
    offer_freed_times(now=now)
    offer = open_offer()
    visit = accept_offer(offer=offer, user=user_of(entry), now=offer.expires_at + HOUR)
    assert visit.starts_at == offer.starts_at


def test_a_late_answer_loses_to_who_booked_the_time(clinic: Clinic, now: datetime) -> None:
    entry = waits(clinic, now=now)
    freed = frees(clinic, now=now)
    offer_freed_times(now=now)
    offer = open_offer()
    late = offer.expires_at + timedelta(seconds=1)
    book(clinic, freed, now=late)
    with pytest.raises(OfferGone):
        accept_offer(offer=offer, user=user_of(entry), now=late)
    offer.refresh_from_db()
    assert offer.state == State.LOST
    assert told("waitlist_gone") == [entry.person_id]
    entry.refresh_from_db()
    assert entry.until is None


# --- Joining and leaving


def test_who_waits_already_keeps_their_place(clinic: Clinic, now: datetime) -> None:
    patient = make_patient()
    first = waits(clinic, now=now, patient=patient, since=timedelta(days=3))
    again = waits(clinic, now=now, patient=patient, parts=["morning"])
    assert again == first
    assert again.since == now - timedelta(days=3)
    assert again.parts == ["morning"]


def test_leaving_gives_back_what_was_being_offered(clinic: Clinic, now: datetime) -> None:
    leaves = waits(clinic, now=now, since=HOUR)
    stays = waits(clinic, now=now)
    frees(clinic, now=now)
    offer_freed_times(now=now)
    for _ in range(2):
        leave_waitlist(entry=leaves, user=user_of(leaves), now=now)
    offer_freed_times(now=now)
    assert open_offer().entry == stays


@pytest.mark.parametrize("how", ["canceled", "begun", "booked", "days over"])
def test_what_there_is_nothing_left_to_wait_for_is_closed(
    clinic: Clinic, now: datetime, how: str
) -> None:
    patient = make_patient()
    replaces = None if how == "booked" else book(clinic, clinic.at(11), now=now, patient=patient)
    entry = waits(clinic, now=now, patient=patient, replaces=replaces)
    later = now
    if how == "canceled":
        assert replaces is not None
        cancel(replaces, now=now)
    elif how == "begun":
        later = clinic.at(11)
    elif how == "booked":
        book(clinic, clinic.at(11), now=now + HOUR, patient=patient)
    else:
        WaitlistEntry.objects.update(replaces=None, latest=now.date())
        later = now + timedelta(days=3)
    offer_freed_times(now=later + HOUR)
    entry.refresh_from_db()
    assert entry.closed == WaitlistEntry.Closed.OVER


# --- Many at once


def an_offer(entry: WaitlistEntry, offer: Offer) -> Offer:
    """Another open offer of the same time, as no service would make it."""
    kept = {"site": offer.site, "clinician": offer.clinician, "starts_at": offer.starts_at}
    hold = Hold.objects.create(
        holder="x",
        visit_type=entry.visit_type,
        ends_at=offer.starts_at + HOUR,
        created_at=offer.offered_at,
        expires_at=offer.expires_at,
        **kept,
    )
    return Offer(
        entry=entry,
        hold=hold,
        resource=offer.resource,
        mode=offer.mode,
        standing=offer.standing,
        offered_at=offer.offered_at,
        expires_at=offer.expires_at,
        **kept,
    )


def test_the_database_admits_one_open_offer_for_a_time_and_for_an_entry(
    clinic: Clinic, now: datetime
) -> None:
    waits(clinic, now=now, since=HOUR)
    other = waits(clinic, now=now)
    frees(clinic, now=now)
    offer_freed_times(now=now)
    with pytest.raises(IntegrityError, match="one_open_offer_for_a_time"), transaction.atomic():
        an_offer(other, open_offer()).save()
    elsewhere = an_offer(open_offer().entry, open_offer())
    elsewhere.starts_at += HOUR
    with pytest.raises(IntegrityError, match="one_open_offer_for_an_entry"), transaction.atomic():
        elsewhere.save()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_deadlock")
def test_twenty_ticks_at_once_make_one_offer_of_one_time(clinic: Clinic, now: datetime) -> None:
    for _ in range(3):
        waits(clinic, now=now)
    frees(clinic, now=now)
    made = all_at_once([partial(offer_freed_times, now=now)] * 20)
    assert sum(made) == 1
    assert Offer.objects.count() == Allocation.objects.filter(active=True).count() == 1
    assert len(told("waitlist_offer")) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_deadlock")
@pytest.mark.parametrize("has_a_visit", [False, True])
def test_twenty_presses_at_once_are_one_visit(
    clinic: Clinic, now: datetime, has_a_visit: bool
) -> None:
    visit = book(clinic, clinic.at(15), now=now)
    patient = visit.booked_by, visit.person
    entry = waits(
        clinic,
        now=now,
        patient=patient if has_a_visit else None,  # type: ignore[arg-type]
        replaces=visit if has_a_visit else None,
    )
    freed = frees(clinic, now=now)
    offer_freed_times(now=now)
    offer = open_offer()
    press = partial(accept_offer, offer=offer, user=user_of(entry), now=now)
    visits = all_at_once([press] * 20)
    assert len({each.pk for each in visits}) == 1
    assert visits[0].starts_at == freed
    assert (visits[0] == visit) is has_a_visit
    assert Appointment.objects.filter(status="booked").count() == (1 if has_a_visit else 2)
    assert AppointmentEvent.objects.filter(kind="moved").count() == has_a_visit
    assert query(OVERLAPS) == 0


def tries(call: Callable[[], object]) -> str:
    """The name of the fact that stopped a call; nothing when it went well."""
    try:
        call()
    except (OfferGone, SlotTaken) as fact:
        return type(fact).__name__
    return ""


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_deadlock")
def test_of_a_late_answer_and_twenty_who_book_the_same_time_one_has_it(
    clinic: Clinic, now: datetime
) -> None:
    """The hold is over but not yet swept: everybody may have it, and one does."""
    visit = book(clinic, clinic.at(15), now=now)
    patient = visit.booked_by, visit.person
    entry = waits(clinic, now=now, patient=patient, replaces=visit)  # type: ignore[arg-type]
    freed = frees(clinic, now=now)
    offer_freed_times(now=now)
    offer = open_offer()
    late = offer.expires_at + HOUR
    others = [make_patient() for _ in range(20)]
    answer = partial(accept_offer, offer=offer, user=user_of(entry), now=late)
    bookings = [partial(book, clinic, freed, now=late, patient=each) for each in others]
    sweep = partial(offer_freed_times, now=late)
    calls: list[Callable[[], object]] = [answer, sweep, *bookings]
    told_by = all_at_once([partial(tries, call) for call in calls])
    accepted, booked = told_by[0] == "", told_by[2:].count("")
    assert accepted + booked == 1
    assert Appointment.objects.filter(status="booked", starts_at=freed).count() == 1
    assert query(OVERLAPS) == 0


@pytest.mark.django_db(transaction=True)
def test_an_answer_and_the_sweeper_agree(clinic: Clinic, now: datetime) -> None:
    entry = waits(clinic, now=now)
    frees(clinic, now=now)
    offer_freed_times(now=now)
    offer = open_offer()
    answer = partial(accept_offer, offer=offer, user=user_of(entry), now=offer.expires_at)
    sweep = partial(offer_freed_times, now=offer.expires_at)
    calls: list[Callable[[], object]] = [answer, *[sweep] * 5]
    told_by = all_at_once([partial(tries, call) for call in calls])
    offer.refresh_from_db()
    has_it = Appointment.objects.filter(status="booked").count() == 1
    assert has_it == (told_by[0] == "") == (offer.state == State.ACCEPTED)
    assert (entry.person_id in told("waitlist_gone")) is not has_it

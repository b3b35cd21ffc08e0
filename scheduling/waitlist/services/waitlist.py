"""Waiting for a time: joining, leaving, and answering an offer."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from infrastructure.retries import retried_once
from messaging.services import outbox
from people.models import Person, User
from people.services import audit
from scheduling.appointments.selectors.appointments import must_book_by_phone
from scheduling.availability.selectors.busy import pools_of
from scheduling.booking.selectors.wanted import WantedVisit
from scheduling.booking.services import allocations, holds
from scheduling.booking.services.booking import book_appointment
from scheduling.booking.services.freed_times_nudge import FREED_TIMES
from scheduling.booking.services.moving import lock_appointment, refuse_late_change
from scheduling.booking.services.rescheduling import reschedule_appointment
from scheduling.exceptions import (
    BookByPhone,
    HoldExpired,
    OfferGone,
    QuestionsFirst,
    SlotNotOffered,
    SlotTaken,
)
from scheduling.models import (
    Allocation,
    Appointment,
    Clinician,
    Mode,
    Site,
    VisitType,
    WaitlistEntry,
    WaitlistOffer,
)
from scheduling.transitions import UPCOMING
from scheduling.waitlist.selectors.entries import FOR_OFFERS

State = WaitlistOffer.State


@dataclass(frozen=True, slots=True)
class SuitableTimes:
    """What would suit somebody who waits. Empty weekdays (0 is Monday) and parts mean any."""

    sites: Sequence[Site]
    earliest: date
    latest: date
    clinician: Clinician | None = None
    modes: Collection[str] = (Mode.IN_PERSON,)
    weekdays: Collection[int] = ()
    parts: Collection[str] = ()
    notice_hours: int = 24


@transaction.atomic
def join_waitlist(
    *,
    person: Person,
    user: User,
    visit_type: VisitType,
    suits: SuitableTimes,
    now: datetime,
    replaces: Appointment | None = None,
    asked: bool = False,
) -> WaitlistEntry:
    """Wait for a kind of visit, or for something sooner than the one that it would replace.

    The caller has checked that ``user`` may act for ``person``. Who waits for it already keeps
    their place, and what suits them is what they say now. ``asked`` says that the questions of
    this visit type led here. Raises QuestionsFirst and BookByPhone, as booking does, for who has
    no visit to replace.
    """
    if replaces is None:
        _refuse_what_cannot_be_booked(person, visit_type, asked=asked, now=now)
    wanted = {
        "clinician": suits.clinician,
        "modes": sorted(suits.modes),
        "earliest": suits.earliest,
        "latest": suits.latest,
        "weekdays": sorted(suits.weekdays),
        "parts": sorted(suits.parts),
        "notice_hours": suits.notice_hours,
        "replaces": replaces,
    }
    entry, created = WaitlistEntry.objects.select_for_update(of=("self",)).get_or_create(
        person=person,
        visit_type=visit_type,
        until=None,
        defaults={**wanted, "asked_by": user, "since": now},
    )
    if not created:
        for name, value in wanted.items():
            setattr(entry, name, value)
        entry.save(update_fields=list(wanted))
    entry.sites.set(suits.sites)
    _note(entry, user, "waitlist.join", now)
    FREED_TIMES.send()
    return entry


def _refuse_what_cannot_be_booked(
    person: Person, visit_type: VisitType, *, asked: bool, now: datetime
) -> None:
    if visit_type.questions and not asked:
        raise QuestionsFirst
    if must_book_by_phone(person, visit_type, now=now):
        raise BookByPhone


@transaction.atomic
def leave_waitlist(*, entry: WaitlistEntry, user: User, now: datetime, reason: str = "") -> None:
    """Wait no more, and give back a time that is being offered. Leaving twice is success.

    ``reason`` is a word, for the trail, of why staff take somebody off the list.
    """
    current = lock_entry(entry.pk)
    if current.until is not None:
        return
    for offer in current.offers.filter(state=State.OPEN):
        _give_back(offer, State.DECLINED, now=now)
    _close(current, WaitlistEntry.Closed.LEFT, now=now)
    _note(current, user, f"waitlist.take_off.{reason}" if reason else "waitlist.leave", now)


@transaction.atomic
def set_priority(*, entry: WaitlistEntry, priority: int, actor: User, now: datetime) -> None:
    """Staff say how urgent it is, 0 to 2."""
    WaitlistEntry.objects.filter(pk=entry.pk).update(priority=priority)
    _note(entry, actor, "waitlist.priority", now)


def accept_offer(*, offer: WaitlistOffer, user: User, now: datetime) -> Appointment:
    """Take the time: it becomes a visit, or the visit they have moves to it.

    The caller has checked that ``user`` may act for the person. Accepting twice is success. A
    late answer is good while the time is still kept. Raises OfferGone when it is not,
    TooLateToChange when the visit it would replace can no longer be moved, and BookByPhone for who
    has missed too many visits since joining.
    """
    try:
        return _accept(offer, user, now)
    except (SlotTaken, SlotNotOffered, HoldExpired) as fact:
        lose_offer(offer=offer, now=now)
        raise OfferGone from fact


@retried_once
@transaction.atomic
def _accept(offer: WaitlistOffer, user: User, now: datetime) -> Appointment:
    entry = lock_entry(offer.entry_id)
    current = lock_offer(offer.pk)
    if current.appointment is not None:
        return current.appointment
    if current.state != State.OPEN:
        raise OfferGone
    replaced = lock_appointment(entry.replaces_id) if entry.replaces_id else None
    if replaced is not None and replaced.status in UPCOMING:
        appointment = _move(replaced, current, user, now)
    else:
        appointment = book_appointment(
            wanted=WantedVisit.from_hold(current.hold),
            person=entry.person,
            user=user,
            idempotency_key=f"waitlist-offer-{current.pk}",
            holder=current.hold.holder,
            now=now,
        )
    current.state, current.answered_at, current.appointment = State.ACCEPTED, now, appointment
    current.save(update_fields=["state", "answered_at", "appointment"])
    _close(entry, WaitlistEntry.Closed.ACCEPTED, now=now)
    _note(entry, user, "waitlist.accept", now)
    return appointment


def _move(appointment: Appointment, offer: WaitlistOffer, user: User, now: datetime) -> Appointment:
    """Give up the hold and take its time for the visit, with nobody in between.

    What will be locked is locked before the hold is given up, all of it in one order: somebody
    else who chooses among the same resources may be waiting for the hold's row.
    """
    refuse_late_change(appointment, now=now)
    kept = Allocation.objects.filter(Q(appointment=appointment) | Q(hold=offer.hold), active=True)
    needs = appointment.visit_type.needs if offer.mode == Mode.IN_PERSON else []
    pools = pools_of({offer.site_id}, needs).values()
    rooms = {resource_id for pool in pools for resource_id, _ in pool}
    allocations.lock_resources(sorted(rooms | set(kept.values_list("resource_id", flat=True))))
    holds.release_hold(hold=offer.hold, now=now)
    return reschedule_appointment(
        appointment=appointment,
        site=offer.site,
        starts_at=offer.starts_at,
        clinician_id=offer.clinician_id,
        mode=offer.mode,
        user=user,
        reason="waitlist",
        now=now,
    )


@transaction.atomic
def decline_offer(*, offer: WaitlistOffer, now: datetime) -> None:
    """Pass. The place in the line is kept, and the time goes on to the next.

    Declining twice is success, and so is declining what is gone. Raises OfferGone for what was
    accepted.
    """
    lock_entry(offer.entry_id)
    current = lock_offer(offer.pk)
    if current.state == State.ACCEPTED:
        raise OfferGone
    if current.state == State.OPEN:
        _give_back(current, State.DECLINED, now=now)


@transaction.atomic
def expire_offer(*, offer: WaitlistOffer, now: datetime) -> bool:
    """Nobody answered in time: give the time back and say so kindly. False if somebody has."""
    lock_entry(offer.entry_id)
    current = lock_offer(offer.pk)
    if current.state != State.OPEN or current.expires_at > now:
        return False
    _give_back(current, State.EXPIRED, now=now)
    _tell_it_is_gone(current, now=now)
    return True


@transaction.atomic
def lose_offer(*, offer: WaitlistOffer, now: datetime) -> None:
    """The time cannot be had any more: give it back and say so kindly. Twice is success."""
    lock_entry(offer.entry_id)
    current = lock_offer(offer.pk)
    if current.state == State.OPEN:
        _give_back(current, State.LOST, now=now)
        _tell_it_is_gone(current, now=now)


def lock_entry(entry_id: int) -> WaitlistEntry:
    """The entry as it is now. Whoever changes an offer has locked its entry first."""
    return (
        WaitlistEntry.objects.select_for_update(of=("self",))
        .select_related("person", "visit_type")
        .get(pk=entry_id)
    )


def lock_offer(offer_id: int) -> WaitlistOffer:
    return (
        WaitlistOffer.objects.select_for_update(of=("self",))
        .select_related(*FOR_OFFERS, "appointment", "hold__visit_type", "hold__site")
        .get(pk=offer_id)
    )


def _give_back(offer: WaitlistOffer, state: WaitlistOffer.State, *, now: datetime) -> None:
    offer.state, offer.answered_at = state, now
    offer.save(update_fields=["state", "answered_at"])
    holds.release_hold(hold=offer.hold, now=now)
    FREED_TIMES.send()


def _close(entry: WaitlistEntry, why: WaitlistEntry.Closed, *, now: datetime) -> None:
    entry.until, entry.closed = now, why
    entry.save(update_fields=["until", "closed"])


def _tell_it_is_gone(offer: WaitlistOffer, *, now: datetime) -> None:
    outbox.queue_messages(
        kind="waitlist_gone",
        person=offer.entry.person,
        channels=[offer.entry.person.preferred_channel],
        key=f"waitlist_gone:{offer.pk}",
        about="waitlist_offer",
        about_id=offer.pk,
        useful_until=max(offer.starts_at, now),
        now=now,
    )


def _note(entry: WaitlistEntry, actor: User | None, action: str, now: datetime) -> None:
    audit.note(
        actor=actor,
        person_ids=[entry.person_id],
        action=action,
        subject=f"waitlist:{entry.pk}",
        now=now,
    )

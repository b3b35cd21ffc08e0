"""Booking: one transaction, decided by the database, answered the same when it is repeated."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

from django.db import connection, transaction

from messaging.models import Message
from people.models import Person, User
from people.services import audit
from people.services.rows import insert_together
from scheduling.exceptions import BookByPhone, HasVisitThen, KeyReused, SlotTaken
from scheduling.models import (
    Allocation,
    Appointment,
    AppointmentEvent,
    Hold,
    IdempotencyRecord,
    Mode,
    Site,
    Standing,
    VisitType,
)
from scheduling.selectors.alternatives import alternatives_to
from scheduling.selectors.appointments import (
    REMEMBERED,
    WITH_NAMES,
    must_book_by_phone,
)
from scheduling.selectors.busy import NOTHING_IGNORED, Ignored
from scheduling.selectors.searches import Search, Slot, search_at
from scheduling.services import allocations, letters
from scheduling.services.allocations import Taking
from scheduling.services.choosing import candidates_for
from scheduling.services.events import new_event
from scheduling.services.holds import kept_slot
from scheduling.services.own_visits import LOCK_PERSON, VISIT_THEN, asked_then
from scheduling.services.transactions import retried_once
from scheduling.transitions import Status


@dataclass(frozen=True, slots=True)
class Wish:
    """What a patient wants to book. ``clinician_id`` None means anyone."""

    visit_type: VisitType
    site: Site
    starts_at: datetime
    clinician_id: int | None = None
    hold: Hold | None = None
    mode: str = Mode.IN_PERSON

    @classmethod
    def from_hold(cls, hold: Hold) -> "Wish":
        return cls(hold.visit_type, hold.site, hold.starts_at, hold.clinician_id, hold, hold.mode)

    def search(self, *, standing: str, now: datetime) -> Search:
        """The one-day search that lists this time, for a patient of that standing."""
        return search_at(
            visit_type=self.visit_type,
            site=self.site,
            starts_at=self.starts_at,
            clinician_id=self.clinician_id,
            mode=self.mode,
            standing=standing,
            ignored=Ignored(hold_id=self.hold.pk) if self.hold else NOTHING_IGNORED,
            now=now,
        )


def book_appointment(
    *,
    wish: Wish,
    person: Person,
    user: User,
    idempotency_key: str,
    now: datetime,
    holder: str = "",
    tell: bool = True,
) -> Appointment:
    """Book a visit for ``person``, once for each ``idempotency_key`` of this account.

    The caller has checked that ``user`` may act for ``person``. With a hold, ``holder`` must be
    the browser that has it. The patient is told, unless the caller does so (``tell``). Raises
    SlotTaken and SlotNotOffered with alternatives, HoldExpired for another browser's hold,
    BookByPhone and HasVisitThen (never for staff), KeyReused.
    """
    asked = _OwnBooking(wish, person, user, idempotency_key, now, holder, tell)
    try:
        return _book(asked)
    except _AnsweredMeanwhile:
        if (known := asked.answer()) is None:
            raise
        return known
    except _Lost as fact:
        raise SlotTaken(alternatives_to(fact.search, starts_at=wish.starts_at)) from fact


@dataclass(frozen=True)
class Asked:
    """One request to book, which may come twice: ``key`` is the account's own name for it."""

    wish: Wish
    person: Person
    user: User
    key: str
    now: datetime

    @property
    def scope(self) -> str:
        return f"user:{self.user.pk}"

    @cached_property
    def fingerprint(self) -> str:
        """Tells a repeat from a key that was used twice."""
        wish = self.wish
        asked = (
            self.person.pk,
            wish.visit_type.pk,
            wish.site.pk,
            wish.starts_at.isoformat(),
            wish.clinician_id,
            str(wish.mode),
        )
        return hashlib.sha256(repr(asked).encode()).hexdigest()

    def answer(self) -> Appointment | None:
        """The visit that an earlier request with this key made. Raises KeyReused."""
        names = [f"appointment__{name}" for name in WITH_NAMES]
        records = IdempotencyRecord.objects.select_related(*names)
        record = records.filter(scope=self.scope, key=self.key).first()
        if record is None:
            return None
        if record.fingerprint != self.fingerprint:
            raise KeyReused
        return record.appointment

    def appointment_at(self, slot: Slot, *, appointment_id: int) -> Appointment:
        """The visit, as it will be written."""
        local, wish = slot.local, self.wish
        return Appointment(
            pk=appointment_id,
            person=self.person,
            visit_type=wish.visit_type,
            mode=wish.mode,
            site=wish.site,
            clinician_id=slot.clinician_id,
            status=Status.BOOKED,
            local_date=local.date(),
            local_time=local.time(),
            time_zone=slot.time_zone,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            price_low=wish.visit_type.price_low,
            price_high=wish.visit_type.price_high,
            booked_by=self.user,
            created_at=self.now,
            status_since=self.now,
        )

    def write_down(
        self,
        appointment: Appointment,
        *,
        reason: str = "",
        action: str,
        told: Sequence[Message] = (),
    ) -> bool:
        """The visit, its first event, the trail and what the patient is told; False when the key
        has an answer by now.
        """
        event = new_event(
            appointment,
            AppointmentEvent.Kind.BOOKED,
            before="",
            actor=self.user,
            now=self.now,
            reason=reason,
        )
        record = IdempotencyRecord(
            scope=self.scope,
            key=self.key,
            fingerprint=self.fingerprint,
            appointment=appointment,
            created_at=self.now,
        )
        trail = audit.entries(
            actor=self.user,
            person_ids=[self.person.pk],
            action=action,
            subject=f"appointment:{appointment.pk}",
            now=self.now,
        )
        return insert_together(appointment, event, *trail, *told, unless_known=record)


@dataclass(frozen=True)
class _OwnBooking(Asked):
    """A patient's own, or of staff on the phone: as the rules allow."""

    holder: str
    tell: bool


class _AnsweredMeanwhile(Exception):
    """The same request was answered while this one ran; what this one did is undone."""


class _Lost(Exception):
    """The time is somebody else's. Other times are looked for when this transaction is over."""

    def __init__(self, search: Search) -> None:
        super().__init__("lost")
        self.search = search


@retried_once
@transaction.atomic
def _book(asked: _OwnBooking) -> Appointment:
    begun = _begin(asked)
    if begun.answered and (known := asked.answer()) is not None:
        return known
    wish, now = asked.wish, asked.now
    if not asked.user.is_staff:
        if begun.visit_then is not None:
            raise HasVisitThen(begun.visit_then)
        if must_book_by_phone(asked.person, wish.visit_type, now=now):
            raise BookByPhone
    search = wish.search(standing=begun.standing, now=now)
    kept = kept_slot(wish.hold, holder=asked.holder, standing=begun.standing, search=search)
    try:
        candidates = [kept] if kept else candidates_for(search, starts_at=wish.starts_at)
        slot = _allocate(begun.appointment_id, wish, candidates, search)
    except SlotTaken as fact:
        raise _Lost(search) from fact
    appointment = asked.appointment_at(slot, appointment_id=begun.appointment_id)
    told = letters.booked(appointment, now=now) if asked.tell else []
    if not asked.write_down(appointment, action="appointment.book", told=told):
        raise _AnsweredMeanwhile
    if asked.tell:
        letters.after_booked(told, appointment, now=now)
    return appointment


BEGIN = f"""
    {LOCK_PERSON}
    SELECT nextval(pg_get_serial_sequence('scheduling_appointment', 'id')), EXISTS (
        SELECT FROM scheduling_appointment
        WHERE person_id = %(person)s AND status = 'completed' AND starts_at > %(remembered)s),
        EXISTS (SELECT FROM scheduling_idempotencyrecord WHERE scope = %(scope)s AND key = %(key)s),
        {VISIT_THEN}
"""  # noqa: S608  # words of ours


@dataclass(frozen=True, slots=True)
class _Begun:
    """With the new visit's id known, what it takes can be taken before it is written: whoever
    loses a race has written nothing. ``answered`` is a request that was sent before,
    ``visit_then`` another visit of the same person.
    """

    appointment_id: int
    standing: str
    answered: bool
    visit_then: UUID | None


def _begin(asked: Asked) -> _Begun:
    """What a booking must know first, in one round trip. See ``standing_of`` for the standing."""
    wish = asked.wish
    about = {
        "remembered": asked.now - REMEMBERED,
        "scope": asked.scope,
        "key": asked.key,
        **asked_then(asked.person.pk, wish.starts_at, wish.visit_type.minutes),
    }
    with connection.cursor() as cursor:
        cursor.execute(BEGIN, about)
        appointment_id, seen, answered, visit_then = cursor.fetchone()
    standing = Standing.RETURNING if seen else Standing.NEW
    return _Begun(appointment_id, standing, answered, visit_then)


def _allocate(appointment_id: int, wish: Wish, candidates: list[Slot], search: Search) -> Slot:
    """Turn the hold into a booking, or take the first candidate that nobody else takes.

    A hold whose minutes are over is still good while its row stands: nobody else wanted it.
    """
    if wish.hold is not None and Allocation.objects.filter(
        hold_id=wish.hold.pk, kind=Allocation.Kind.HOLD, active=True
    ).update(kind=Allocation.Kind.BOOKING, appointment_id=appointment_id, expires_at=None):
        return candidates[0]
    taking = Taking(Allocation.Kind.BOOKING, search.now, appointment_id=appointment_id)
    return allocations.take_first(candidates, search=search, taking=taking)

"""Booking: one transaction, decided by the database, answered the same when it is repeated."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db import transaction

from infrastructure.rows import Write, insert, insert_if_new, write
from people.models import Person, User
from people.services import audit
from scheduling.appointments.selectors.appointments import WITH_NAMES, must_book_by_phone
from scheduling.appointments.services import notices
from scheduling.appointments.services.events import new_event
from scheduling.availability.selectors.alternatives import alternatives_to
from scheduling.availability.selectors.busy import NOTHING_IGNORED, Ignored
from scheduling.availability.selectors.search import Search, Slot, search_at
from scheduling.booking.services import allocations
from scheduling.booking.services.allocations import Taking
from scheduling.booking.services.assignment import Lost, candidates_for
from scheduling.booking.services.holds import kept_slot
from scheduling.booking.services.preconditions import look_first, to_look
from scheduling.booking.services.retries import retried_once
from scheduling.clinic.selectors.directory import Directory
from scheduling.exceptions import BookByPhone, HasVisitThen, KeyReused, SlotTaken
from scheduling.models import (
    Allocation,
    Appointment,
    AppointmentEvent,
    Hold,
    IdempotencyRecord,
    Mode,
    Site,
    VisitType,
)
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

    def search(self, *, standing: str, now: datetime, directory: Directory | None = None) -> Search:
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
            directory=directory,
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
    except Lost as fact:
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
        told: Sequence[Write] = (),
    ) -> bool:
        """The visit, its first event, the trail and what the patient is told; False when the key
        has an answer by now. That one the database decides last: the caller rolls back.
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
        rows = map(insert, (appointment, event, *trail))
        return write(*rows, *told, insert_if_new(record)) == 1


@dataclass(frozen=True)
class _OwnBooking(Asked):
    """A patient's own, or of staff on the phone: as the rules allow."""

    holder: str
    tell: bool


class _AnsweredMeanwhile(Exception):
    """The same request was answered while this one ran; what this one did is undone."""


@retried_once
@transaction.atomic
def _book(asked: _OwnBooking) -> Appointment:
    wish, now = asked.wish, asked.now
    known, (appointment_id, answered) = look_first(
        LOOK_TO_BOOK,
        {"scope": asked.scope, "key": asked.key},
        person=asked.person,
        starts_at=wish.starts_at,
        minutes=wish.visit_type.minutes,
        now=now,
    )
    if answered and (before := asked.answer()) is not None:
        return before
    if not asked.user.is_staff:
        if known.visit_then is not None:
            raise HasVisitThen(known.visit_then)
        if must_book_by_phone(asked.person, wish.visit_type, now=now):
            raise BookByPhone
    search = wish.search(standing=known.standing, now=now, directory=known.directory)
    kept = kept_slot(wish.hold, holder=asked.holder, standing=known.standing, search=search)
    try:
        candidates = [kept] if kept else candidates_for(search, starts_at=wish.starts_at)
        slot = _allocate(appointment_id, wish, candidates, search)
    except SlotTaken as fact:
        raise Lost(search) from fact
    appointment = asked.appointment_at(slot, appointment_id=appointment_id)
    letter = notices.letter("appointment_booked", appointment, now=now, addresses=known.addresses)
    told = letter.writes if asked.tell else []
    if not asked.write_down(appointment, action="appointment.book", told=told):
        raise _AnsweredMeanwhile
    if asked.tell:
        letter.written()
    return appointment


# With the new visit's id known, what it takes can be taken before it is written: whoever loses a
# race has written nothing.
LOOK_TO_BOOK = to_look(
    """
    nextval(pg_get_serial_sequence('scheduling_appointment', 'id')),
    EXISTS (SELECT FROM scheduling_idempotencyrecord WHERE scope = %(scope)s AND key = %(key)s)
    """
)


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

"""Booking: one transaction, decided by the database, answered the same when it is repeated."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from infrastructure.retries import retried_once
from infrastructure.rows import insert, insert_if_new
from people.models import Person, User
from scheduling.appointments.selectors.appointments import must_book_by_phone
from scheduling.availability.selectors.search import Slot
from scheduling.booking.selectors.wanted import WantedVisit
from scheduling.booking.services.allocations import Taking
from scheduling.booking.services.claims import LostRace, claim_offered
from scheduling.booking.services.holds import book_kept, kept_slot
from scheduling.booking.services.idempotency import answer_to, request_record
from scheduling.booking.services.preconditions import preconditions
from scheduling.booking.services.visit_changes import Change, write_change
from scheduling.exceptions import BookByPhone, HasVisitThen
from scheduling.models import Allocation, Appointment, AppointmentEvent
from scheduling.transitions import Status


def book_appointment(
    *,
    wanted: WantedVisit,
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
    booking = Booking(wanted, person, user, idempotency_key, now)
    try:
        return _book(booking, holder, tell=tell)
    except _AnsweredMeanwhile:
        if (known := booking.answer()) is None:
            raise
        return known
    except LostRace as fact:
        raise fact.as_taken() from fact


@dataclass(frozen=True, slots=True)
class Booking:
    """One request to book, which may come twice: ``key`` is the account's own name for it."""

    wanted: WantedVisit
    person: Person
    user: User
    key: str
    now: datetime

    @property
    def said(self) -> tuple[object, ...]:
        """What tells a repeat from a key that was used twice."""
        return "book", self.person.pk, self.wanted.visit_type.pk, *self.wanted.told

    def answer(self) -> Appointment | None:
        """The visit that an earlier request with this key made. Raises KeyReused."""
        return answer_to(self.said, user=self.user, key=self.key)

    @property
    def change(self) -> Change:
        """What is written down of it."""
        return Change(
            kind=AppointmentEvent.Kind.BOOKED,
            action="appointment.book",
            actor=self.user,
            now=self.now,
            notice="appointment_booked",
        )

    def appointment_at(self, slot: Slot, *, appointment_id: int) -> Appointment:
        """The visit, as it will be written."""
        local, wanted = slot.local, self.wanted
        return Appointment(
            pk=appointment_id,
            person=self.person,
            visit_type=wanted.visit_type,
            mode=wanted.mode,
            site=wanted.site,
            clinician_id=slot.clinician_id,
            status=Status.BOOKED,
            local_date=local.date(),
            local_time=local.time(),
            time_zone=slot.time_zone,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            price_low=wanted.visit_type.price_low,
            price_high=wanted.visit_type.price_high,
            booked_by=self.user,
            created_at=self.now,
            status_since=self.now,
        )

    def write_down(self, appointment: Appointment, change: Change) -> bool:
        """The visit and all that belongs to it; False when the key has an answer by now.

        That one the database decides last: the caller rolls back.
        """
        record = request_record(
            self.said, of=appointment, user=self.user, key=self.key, now=self.now
        )
        last = [insert_if_new(record)]
        return write_change(appointment, change, insert(appointment), last=last) == 1


class _AnsweredMeanwhile(Exception):
    """The same request was answered while this one ran; what this one did is undone."""


@retried_once
@transaction.atomic
def _book(booking: Booking, holder: str, *, tell: bool) -> Appointment:
    wanted, now = booking.wanted, booking.now
    known, (appointment_id, answered) = preconditions(
        person=booking.person,
        starts_at=wanted.starts_at,
        minutes=wanted.visit_type.minutes,
        now=now,
        also=NEXT_ID_AND_ANSWERED,
        values={"scope": f"user:{booking.user.pk}", "key": booking.key},
    )
    if answered and (before := booking.answer()) is not None:
        return before
    if not booking.user.is_staff:
        if known.visit_then is not None:
            raise HasVisitThen(known.visit_then)
        if must_book_by_phone(booking.person, wanted.visit_type, now=now):
            raise BookByPhone
    search = wanted.search(standing=known.standing, now=now, directory=known.directory)
    slot = kept_slot(wanted.hold, holder=holder, standing=known.standing, search=search)
    if slot is not None and wanted.hold is not None:
        book_kept(wanted.hold, appointment_id=appointment_id)
    else:
        take = claim_offered(search, wanted.starts_at)
        slot = take(Taking(Allocation.Kind.BOOKING, now, appointment_id=appointment_id))
    appointment = booking.appointment_at(slot, appointment_id=appointment_id)
    change = replace(
        booking.change,
        notice=booking.change.notice if tell else "",
        addresses=known.addresses,
    )
    if not booking.write_down(appointment, change):
        raise _AnsweredMeanwhile
    return appointment


# With the new visit's id known, what it takes can be taken before it is written: whoever loses a
# race has written nothing.
NEXT_ID_AND_ANSWERED = """
    nextval(pg_get_serial_sequence('scheduling_appointment', 'id')),
    EXISTS (SELECT FROM scheduling_idempotencyrecord WHERE scope = %(scope)s AND key = %(key)s)
"""

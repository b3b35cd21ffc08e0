"""Booking: one transaction, decided by the database, answered the same when it is repeated."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import QuerySet

from people.models import Person, User
from people.services import audit
from people.services.rows import insert_together
from scheduling.availability import instant_of
from scheduling.exceptions import BookByPhone, HoldExpired, KeyReused, SlotTaken
from scheduling.models import (
    Allocation,
    Appointment,
    AppointmentEvent,
    Hold,
    IdempotencyRecord,
    Mode,
    Resource,
    Site,
    Standing,
    VisitType,
)
from scheduling.selectors.appointments import (
    REMEMBERED,
    WITH_NAMES,
    must_book_by_phone,
    standing_of,
)
from scheduling.selectors.busy import NOTHING_IGNORED, Ignored
from scheduling.selectors.slots import (
    Schedule,
    Search,
    Slot,
    alternatives_to,
    search_at,
    slots_at,
)
from scheduling.services import allocations, letters
from scheduling.services.allocations import Taking
from scheduling.services.choosing import candidates_for
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

    def fingerprint(self, person: Person) -> str:
        """A hash of what is asked, to tell a repeat from a key used twice."""
        asked = (
            person.pk,
            self.visit_type.pk,
            self.site.pk,
            self.starts_at.isoformat(),
            self.clinician_id,
            str(self.mode),
        )
        return hashlib.sha256(repr(asked).encode()).hexdigest()


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
    BookByPhone (never for staff), KeyReused.
    """
    asked = _Asked(wish, person, user, idempotency_key, holder, now, tell)
    try:
        return _book(asked)
    except (SlotTaken, _AnsweredMeanwhile) as fact:
        # Whoever was faster may have been the same request, sent twice.
        if _records(asked).exists():
            return _answer_of(asked)
        search = wish.search(standing=standing_of(person, now=now), now=now)
        raise SlotTaken(alternatives_to(search, starts_at=wish.starts_at)) from fact


@dataclass(frozen=True, slots=True)
class _Asked:
    """One request to book."""

    wish: Wish
    person: Person
    user: User
    key: str
    holder: str
    now: datetime
    tell: bool

    @property
    def scope(self) -> str:
        return f"user:{self.user.pk}"


class _AnsweredMeanwhile(Exception):
    """The same request was answered while this one ran; what this one did is undone."""


@retried_once
@transaction.atomic
def _book(asked: _Asked) -> Appointment:
    begun = _begin(asked)
    if begun.answered:
        return _answer_of(asked)
    wish, now = asked.wish, asked.now
    if must_book_by_phone(asked.person, wish.visit_type, now=now) and not asked.user.is_staff:
        raise BookByPhone
    search = wish.search(standing=begun.standing, now=now)
    kept = _kept_slot(wish.hold, asked.holder, begun.standing, search)
    candidates = [kept] if kept else candidates_for(search, starts_at=wish.starts_at)
    slot = _allocate(begun.appointment_id, wish, candidates, search)
    appointment = _new_appointment(begun.appointment_id, slot, asked)
    _write_down(appointment, asked)
    if asked.tell:
        letters.queue_booked(appointment, now=now)
    return appointment


def _records(asked: _Asked) -> QuerySet[IdempotencyRecord]:
    return IdempotencyRecord.objects.filter(scope=asked.scope, key=asked.key)


def _answer_of(asked: _Asked) -> Appointment:
    """The appointment an earlier request with this key made. Raises KeyReused."""
    names = [f"appointment__{name}" for name in WITH_NAMES]
    record = _records(asked).select_related(*names).get()
    if record.fingerprint != asked.wish.fingerprint(asked.person):
        raise KeyReused
    return record.appointment


BEGIN = """
    SELECT nextval(pg_get_serial_sequence('scheduling_appointment', 'id')), EXISTS (
        SELECT FROM scheduling_appointment
        WHERE person_id = %s AND status = 'completed' AND starts_at > %s), EXISTS (
        SELECT FROM scheduling_idempotencyrecord WHERE scope = %s AND key = %s)
"""


@dataclass(frozen=True, slots=True)
class _Begun:
    """With the new visit's id known, what it takes can be taken before it is written: whoever
    loses a race has written nothing. ``answered`` is a request that was sent before.
    """

    appointment_id: int
    standing: str
    answered: bool


def _begin(asked: _Asked) -> _Begun:
    """What a booking must know first, in one query. See ``standing_of`` for the standing."""
    with connection.cursor() as cursor:
        cursor.execute(BEGIN, [asked.person.pk, asked.now - REMEMBERED, asked.scope, asked.key])
        appointment_id, seen, answered = cursor.fetchone()
    return _Begun(appointment_id, Standing.RETURNING if seen else Standing.NEW, answered)


def _write_down(appointment: Appointment, asked: _Asked) -> None:
    """Raises _AnsweredMeanwhile when the key has an answer by now."""
    event = new_event(
        appointment, AppointmentEvent.Kind.BOOKED, before="", actor=asked.user, now=asked.now
    )
    record = IdempotencyRecord(
        scope=asked.scope,
        key=asked.key,
        fingerprint=asked.wish.fingerprint(asked.person),
        appointment=appointment,
        created_at=asked.now,
    )
    trail = audit.entries(
        actor=asked.user,
        person_ids=[asked.person.pk],
        action="appointment.book",
        subject=f"appointment:{appointment.pk}",
        now=asked.now,
    )
    if not insert_together(appointment, event, *trail, unless_known=record):
        raise _AnsweredMeanwhile


def _kept_slot(hold: Hold | None, holder: str, standing: str, search: Search) -> Slot | None:
    """The slot that a hold keeps; None when it keeps nothing any more, or not for this patient.

    It was offered when it was held, and is good until its start: the notice a visit needs may
    run out while somebody types. Only a time that was kept for others, for who turns out not to
    be one of them, is asked for again. Raises HoldExpired for another browser's.
    """
    if hold is None:
        return None
    held = Hold.objects.select_for_update().get(pk=hold.pk)
    if held.holder != holder:
        raise HoldExpired
    kept = (
        Allocation.objects.filter(hold=held, kind=Allocation.Kind.HOLD, active=True)
        .exclude(resource__kind__in=[Resource.Kind.ROOM, Resource.Kind.DEVICE])
        .first()
    )
    if kept is None or held.starts_at <= search.now:
        return None
    if held.standing not in ("", standing) and not slots_at(search, starts_at=held.starts_at):
        allocations.free(hold_id=held.pk)
        return None
    schedule = Schedule(
        resource_id=kept.resource_id,
        clinician_id=held.clinician_id,
        site_id=held.site_id,
        time_zone=hold.site.time_zone,
        length=search.visit_type.minutes * 60,
    )
    return Slot(instant_of(held.starts_at), schedule)


def _new_appointment(appointment_id: int, slot: Slot, asked: _Asked) -> Appointment:
    local, visit_type = slot.local, asked.wish.visit_type
    return Appointment(
        pk=appointment_id,
        person=asked.person,
        visit_type=visit_type,
        mode=asked.wish.mode,
        site=asked.wish.site,
        clinician_id=slot.clinician_id,
        status=Status.BOOKED,
        local_date=local.date(),
        local_time=local.time(),
        time_zone=slot.time_zone,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        price_low=visit_type.price_low,
        price_high=visit_type.price_high,
        booked_by=asked.user,
        created_at=asked.now,
        status_since=asked.now,
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


def new_event(
    appointment: Appointment,
    kind: AppointmentEvent.Kind,
    *,
    before: str,
    actor: User | None,
    now: datetime,
    reason: str = "",
    **more: Any,
) -> AppointmentEvent:
    """What just happened, to be written in the transaction in which it happened.

    ``more`` are further columns of the event, such as where a moved visit was before.
    """
    return AppointmentEvent(
        appointment=appointment,
        kind=kind,
        from_status=before,
        to_status=appointment.status,
        version=appointment.version,
        starts_at=appointment.starts_at,
        at=now,
        actor=actor,
        reason=reason,
        **more,
    )


def local_start(appointment: Appointment) -> datetime:
    """The visit's start on the wall clock of its site."""
    return appointment.starts_at.astimezone(ZoneInfo(appointment.time_zone))

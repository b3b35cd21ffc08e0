"""Booking: one transaction, decided by the database, answered the same when it is repeated."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from people.models import Person, User
from people.services import audit
from scheduling.exceptions import HoldExpired, KeyReused, SlotTaken
from scheduling.models import (
    Allocation,
    Appointment,
    AppointmentEvent,
    Hold,
    IdempotencyRecord,
    Site,
    VisitType,
)
from scheduling.selectors.slots import Slot, alternatives_to, shape_of
from scheduling.services import allocations, letters
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

    @classmethod
    def from_hold(cls, hold: Hold) -> "Wish":
        return cls(hold.visit_type, hold.site, hold.starts_at, hold.clinician_id, hold)

    def fingerprint(self, person: Person) -> str:
        """A hash of what is asked, to tell a repeat from a key used twice."""
        asked = (
            person.pk,
            self.visit_type.pk,
            self.site.pk,
            self.starts_at.isoformat(),
            self.clinician_id,
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
) -> Appointment:
    """Book a visit for ``person``, once for each ``idempotency_key`` of this account.

    The caller has checked that ``user`` may act for ``person``. With a hold, ``holder`` must be
    the browser that has it. Raises SlotTaken and SlotNotOffered with alternatives, HoldExpired
    for another browser's hold, KeyReused.
    """
    try:
        return _book(wish, person, user, idempotency_key, holder, now)
    except SlotTaken:
        raise SlotTaken(
            alternatives_to(
                visit_type=wish.visit_type, site=wish.site, starts_at=wish.starts_at, now=now
            )
        ) from None


@retried_once
@transaction.atomic
def _book(
    wish: Wish, person: Person, user: User, key: str, holder: str, now: datetime
) -> Appointment:
    repeated = _stored_answer(user, key, wish.fingerprint(person))
    if repeated is not None:
        return repeated
    candidates = _kept_slot(wish.hold, holder, now) or candidates_for(
        visit_type=wish.visit_type,
        site=wish.site,
        starts_at=wish.starts_at,
        clinician_id=wish.clinician_id,
        now=now,
    )
    appointment = _new_appointment(candidates[0], wish.visit_type, person, user, now)
    slot = _allocate(appointment, wish, candidates, now)
    if slot.clinician_id != appointment.clinician_id:
        appointment.clinician_id = slot.clinician_id
        appointment.save(update_fields=["clinician_id"])
    append_event(appointment, AppointmentEvent.Kind.BOOKED, before="", actor=user, now=now)
    IdempotencyRecord.objects.create(
        scope=f"user:{user.pk}",
        key=key,
        fingerprint=wish.fingerprint(person),
        appointment=appointment,
        created_at=now,
    )
    audit.note(
        actor=user,
        person_ids=[person.pk],
        action="appointment.book",
        subject=f"appointment:{appointment.pk}",
        now=now,
    )
    letters.queue_booked(appointment, now=now)
    return appointment


def _stored_answer(user: User, key: str, fingerprint: str) -> Appointment | None:
    """The appointment an earlier request with this key made. Raises KeyReused."""
    with connection.cursor() as cursor:
        # Two requests with one key run one after the other, so that the second sees the first.
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{user.pk}:{key}"]
        )
    record = (
        IdempotencyRecord.objects.select_related("appointment")
        .filter(scope=f"user:{user.pk}", key=key)
        .first()
    )
    if record is None:
        return None
    if record.fingerprint != fingerprint:
        raise KeyReused
    return record.appointment


def _kept_slot(hold: Hold | None, holder: str, now: datetime) -> list[Slot]:
    """The slot that a hold keeps, as the only candidate; none when it keeps nothing any more.

    It was offered when it was held, and is good until its start: the notice a visit needs may
    run out while somebody types. Raises HoldExpired for another browser's.
    """
    if hold is None:
        return []
    held = Hold.objects.select_for_update().get(pk=hold.pk)
    if held.holder != holder:
        raise HoldExpired
    kept = Allocation.objects.filter(hold=held, kind=Allocation.Kind.HOLD, active=True).first()
    if kept is None or held.starts_at <= now:
        return []
    return [
        Slot(
            starts_at=held.starts_at,
            ends_at=held.ends_at,
            site_id=held.site_id,
            clinician_id=held.clinician_id,
            resource_id=kept.resource_id,
            time_zone=hold.site.time_zone,
        )
    ]


def _new_appointment(
    slot: Slot, visit_type: VisitType, person: Person, user: User, now: datetime
) -> Appointment:
    local = slot.local
    return Appointment.objects.create(
        person=person,
        visit_type=visit_type,
        site_id=slot.site_id,
        clinician_id=slot.clinician_id,
        status=Status.BOOKED,
        local_date=local.date(),
        local_time=local.time(),
        time_zone=slot.time_zone,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        price_low=visit_type.price_low,
        price_high=visit_type.price_high,
        booked_by=user,
        created_at=now,
        status_since=now,
    )


def _allocate(appointment: Appointment, wish: Wish, candidates: list[Slot], now: datetime) -> Slot:
    """Turn the hold into a booking, or take the first candidate that nobody else takes.

    A hold whose minutes are over is still good while its row stands: nobody else wanted it.
    """
    if wish.hold is not None and Allocation.objects.filter(
        hold_id=wish.hold.pk, kind=Allocation.Kind.HOLD, active=True
    ).update(kind=Allocation.Kind.BOOKING, appointment=appointment, expires_at=None):
        return candidates[0]
    during = shape_of(wish.visit_type).occupied(wish.starts_at)
    return allocations.book_first(candidates, during=during, appointment_id=appointment.pk, now=now)


def append_event(
    appointment: Appointment,
    kind: AppointmentEvent.Kind,
    *,
    before: str,
    actor: User | None,
    now: datetime,
    reason: str = "",
) -> None:
    """Write down what just happened, in the transaction in which it happened."""
    AppointmentEvent.objects.create(
        appointment=appointment,
        kind=kind,
        from_status=before,
        to_status=appointment.status,
        version=appointment.version,
        starts_at=appointment.starts_at,
        at=now,
        actor=actor,
        reason=reason,
    )


def local_start(appointment: Appointment) -> datetime:
    """The visit's start on the wall clock of its site."""
    return appointment.starts_at.astimezone(ZoneInfo(appointment.time_zone))

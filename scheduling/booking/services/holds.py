"""Holding a time for a few minutes while somebody decides."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from infrastructure.hashed_secrets import keyed_hash
from infrastructure.retries import retried_once
from people.models import User
from scheduling.availability.selectors.alternatives import alternatives_to
from scheduling.availability.selectors.search import Schedule, Search, Slot, search_at
from scheduling.availability.selectors.slots import slots_at
from scheduling.booking.services import allocations
from scheduling.booking.services.allocations import Taking
from scheduling.booking.services.assignment import candidates_for
from scheduling.clinic.rules.working_hours import instant_of
from scheduling.clinic.selectors.directory import current_directory
from scheduling.exceptions import HoldExpired, QuestionsFirst, SlotTaken
from scheduling.models import Allocation, Hold, Mode, Resource, Site, VisitType

HOLD_FOR = timedelta(minutes=5)
LONGEST_HOLD = timedelta(minutes=30)
HOLDS_PER_BROWSER = 2
POOLED = {Resource.Kind.ROOM, Resource.Kind.DEVICE}


def holder_hash(secret: str) -> str:
    """What is kept of a browser's secret: enough to recognize it, not to impersonate it."""
    return keyed_hash(secret)


def holder_of_staff(user: User) -> str:
    """What names a member of staff as the holder of a time: they may go to another browser."""
    return holder_hash(f"staff:{user.pk}")


def hold_slot(
    *,
    visit_type: VisitType,
    site: Site,
    starts_at: datetime,
    holder: str,
    now: datetime,
    clinician_id: int | None = None,
    among: Collection[int] | None = None,
    mode: str = Mode.IN_PERSON,
    standing: str = "",
    asked: bool = False,
    until: datetime | None = None,
) -> Hold:
    """Hold a time exclusively for five minutes: with anyone, anyone ``among`` some, or one.

    ``holder`` is the hash that names the browser. A browser keeps its two newest holds, and is
    given the same hold again for a time that it holds already. ``standing`` is what the patient
    says of themselves. ``asked`` says that the questions of this visit type led here, or that
    staff asked them. ``until`` holds it that long instead of five minutes. Raises SlotNotOffered
    or SlotTaken, both with the nearest alternatives, and QuestionsFirst.
    """
    if visit_type.questions and not asked:
        raise QuestionsFirst
    search = search_at(
        visit_type=visit_type,
        site=site,
        starts_at=starts_at,
        clinician_id=clinician_id,
        among=among,
        mode=mode,
        standing=standing,
        now=now,
    )
    try:
        return _hold(search, starts_at, holder, until or now + HOLD_FOR)
    except SlotTaken:
        raise SlotTaken(alternatives_to(search, starts_at=starts_at)) from None


@retried_once
@transaction.atomic
def _hold(search: Search, starts_at: datetime, holder: str, until: datetime) -> Hold:
    now, search = search.now, replace(search, directory=current_directory())
    standing = _standing_holds(holder, now=now)
    for own in standing:
        if _is_the_same(own, search, starts_at):
            if _is_whole(own):
                return extend_hold(hold=own, now=now)
            _release(own, now=now)
    for older in standing[HOLDS_PER_BROWSER - 1 :]:
        _release(older, now=now)
    candidates = candidates_for(search, starts_at=starts_at)
    hold = _new_hold(candidates[0], search, holder, expires_at=until)
    taking = Taking(Allocation.Kind.HOLD, now, hold_id=hold.pk, expires_at=hold.expires_at)
    slot = allocations.take_first(candidates, search=search, taking=taking)
    if slot.clinician_id != hold.clinician_id:
        hold.clinician_id = slot.clinician_id
        hold.save(update_fields=["clinician_id"])
    return hold


def _is_the_same(own: Hold, search: Search, starts_at: datetime) -> bool:
    return (own.visit_type_id, own.site_id, own.starts_at, own.mode, own.standing) == (
        search.visit_type.pk,
        search.site_ids[0],
        starts_at,
        search.mode,
        search.standing,
    ) and (search.clinician_ids is None or own.clinician_id in search.clinician_ids)


def _new_hold(slot: Slot, search: Search, holder: str, *, expires_at: datetime) -> Hold:
    return Hold.objects.create(
        holder=holder,
        visit_type=search.visit_type,
        site_id=slot.site_id,
        clinician_id=slot.clinician_id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        mode=search.mode,
        standing=search.standing,
        created_at=search.now,
        expires_at=expires_at,
    )


def _standing_holds(holder: str, *, now: datetime) -> list[Hold]:
    """The times a browser keeps, newest first, locked; its requests wait for one another here."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [holder])
    kept = Allocation.objects.filter(hold=OuterRef("pk"), kind=Allocation.Kind.HOLD, active=True)
    return list(
        Hold.objects.select_for_update(of=("self",))
        .filter(Exists(kept), holder=holder, released_at=None, expires_at__gt=now)
        .order_by("-created_at", "-pk")
    )


def _release(hold: Hold, *, now: datetime) -> None:
    hold.released_at = now
    hold.save(update_fields=["released_at"])
    Allocation.objects.filter(hold=hold, kind=Allocation.Kind.HOLD, active=True).update(
        active=False
    )


@transaction.atomic
def release_hold(*, hold: Hold, now: datetime) -> None:
    """Give the time back. Doing it twice is success."""
    held = Hold.objects.select_for_update().get(pk=hold.pk)
    if held.released_at is None:
        _release(held, now=now)


@transaction.atomic
def extend_hold(*, hold: Hold, now: datetime) -> Hold:
    """Five more minutes from now, up to half an hour in all. Raises HoldExpired."""
    held = Hold.objects.select_for_update().get(pk=hold.pk)
    held.expires_at = max(held.expires_at, min(now + HOLD_FOR, held.created_at + LONGEST_HOLD))
    if held.expires_at <= now:
        raise HoldExpired
    held.save(update_fields=["expires_at"])
    kept = Allocation.objects.filter(hold=held, kind=Allocation.Kind.HOLD, active=True)
    if kept.update(expires_at=held.expires_at) < _takes(held):
        raise HoldExpired
    return held


def keep_hold(*, hold: Hold, now: datetime) -> Hold:
    """Five more minutes, or the same time anew when nobody else has it: talking takes a while.

    Raises SlotTaken and SlotNotOffered, both with the nearest alternatives.
    """
    try:
        return extend_hold(hold=hold, now=now)
    except HoldExpired:
        return hold_slot(
            visit_type=hold.visit_type,
            site=hold.site,
            starts_at=hold.starts_at,
            holder=hold.holder,
            clinician_id=hold.clinician_id,
            mode=hold.mode,
            standing=hold.standing,
            asked=True,
            now=now,
        )


def _takes(hold: Hold) -> int:
    """How many rows a hold has that stands whole: somebody's time, and one of each need."""
    return 1 + (len(hold.visit_type.needs) if hold.mode == Mode.IN_PERSON else 0)


def _is_whole(hold: Hold) -> bool:
    return len(_rows_of(hold)) == _takes(hold)


def _rows_of(hold: Hold) -> list[Allocation]:
    """What a hold still keeps, kept from others: its time may have been blocked meanwhile."""
    return list(
        Allocation.objects.select_for_update(of=("self",))
        .filter(hold=hold, kind=Allocation.Kind.HOLD, active=True)
        .select_related("resource")
        .order_by("pk")
    )


@transaction.atomic
def release_expired_holds(*, now: datetime, limit: int = 1000) -> int:
    """Free holds whose time is over; how many. A booking drops those in its own way itself.

    The hold's own row is left alone: everybody else locks it before its allocations.
    """
    over = list(
        Allocation.objects.expired(now=now)
        .filter(kind=Allocation.Kind.HOLD)
        .order_by("expires_at")
        .select_for_update(skip_locked=True)
        .values_list("pk", flat=True)[:limit]
    )
    return Allocation.objects.filter(pk__in=over).update(active=False)


def book_kept(hold: Hold, *, appointment_id: int) -> None:
    """What a hold keeps becomes the visit's. The caller has asked for it (``kept_slot``)."""
    kept = Allocation.objects.filter(hold_id=hold.pk, kind=Allocation.Kind.HOLD, active=True)
    kept.update(kind=Allocation.Kind.BOOKING, appointment_id=appointment_id, expires_at=None)


def kept_slot(hold: Hold | None, *, holder: str, standing: str, search: Search) -> Slot | None:
    """The slot that a hold keeps; None when it keeps nothing any more, or not for this patient.

    It is kept whole or not at all: without the room it took, it is asked for again. It was offered
    when it was held, and is good until its start: the notice a visit needs may run out while
    somebody types. Only a time that was kept for others, for who turns out not to
    be one of them, is asked for again. Raises HoldExpired for another browser's.
    """
    if hold is None:
        return None
    held = Hold.objects.select_for_update().get(pk=hold.pk)
    if held.holder != holder:
        raise HoldExpired
    rows = _rows_of(held)
    if len(rows) < _takes(held):
        allocations.free(hold_id=held.pk)
        return None
    if held.starts_at <= search.now:
        return None
    kept = next(row for row in rows if row.resource.kind not in POOLED)
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

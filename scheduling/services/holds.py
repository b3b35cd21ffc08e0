"""Holding a time for a few minutes while somebody decides."""

import hmac
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from scheduling.exceptions import HoldExpired, SlotTaken
from scheduling.models import Allocation, Hold, Site, VisitType
from scheduling.selectors.slots import Slot, alternatives_to, shape_of
from scheduling.services import allocations
from scheduling.services.choosing import candidates_for
from scheduling.services.transactions import retried_once

HOLD_FOR = timedelta(minutes=5)
LONGEST_HOLD = timedelta(minutes=30)
HOLDS_PER_BROWSER = 2


def holder_hash(secret: str) -> str:
    """What is kept of a browser's secret: enough to recognize it, not to impersonate it."""
    return hmac.new(settings.SECRET_KEY.encode(), secret.encode(), "sha256").hexdigest()


def hold_slot(
    *,
    visit_type: VisitType,
    site: Site,
    starts_at: datetime,
    holder: str,
    now: datetime,
    clinician_id: int | None = None,
) -> Hold:
    """Hold a time exclusively for five minutes, with anyone or with one clinician.

    ``holder`` is the hash that names the browser. A browser keeps its two newest holds, and is
    given the same hold again for a time that it holds already. Raises SlotNotOffered or
    SlotTaken, both with the nearest alternatives.
    """
    try:
        return _hold(
            visit_type=visit_type,
            site=site,
            starts_at=starts_at,
            holder=holder,
            now=now,
            clinician_id=clinician_id,
        )
    except SlotTaken:
        raise SlotTaken(
            alternatives_to(visit_type=visit_type, site=site, starts_at=starts_at, now=now)
        ) from None


@retried_once
@transaction.atomic
def _hold(
    *,
    visit_type: VisitType,
    site: Site,
    starts_at: datetime,
    holder: str,
    now: datetime,
    clinician_id: int | None,
) -> Hold:
    wanted = (visit_type.pk, site.pk, starts_at)
    standing = _standing_holds(holder, now=now)
    for own in standing:
        same = (own.visit_type_id, own.site_id, own.starts_at) == wanted
        if same and clinician_id in (None, own.clinician_id):
            return extend_hold(hold=own, now=now)
    for older in standing[HOLDS_PER_BROWSER - 1 :]:
        _release(older, now=now)
    candidates = candidates_for(
        visit_type=visit_type, site=site, starts_at=starts_at, clinician_id=clinician_id, now=now
    )
    expires_at = now + HOLD_FOR
    during = shape_of(visit_type).occupied(starts_at)
    for slot in candidates:
        hold = _new_hold(slot, visit_type, holder, now, expires_at)
        allocations.drop_expired_holds(resource_ids=[slot.resource_id], during=during, now=now)
        if allocations.take(
            resource_id=slot.resource_id,
            during=during,
            kind=Allocation.Kind.HOLD,
            hold_id=hold.pk,
            expires_at=expires_at,
        ):
            return hold
        hold.delete()
    raise SlotTaken


def _new_hold(
    slot: Slot, visit_type: VisitType, holder: str, now: datetime, expires_at: datetime
) -> Hold:
    return Hold.objects.create(
        holder=holder,
        visit_type=visit_type,
        site_id=slot.site_id,
        clinician_id=slot.clinician_id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        created_at=now,
        expires_at=expires_at,
    )


def _standing_holds(holder: str, *, now: datetime) -> list[Hold]:
    """The times a browser keeps, newest first, locked; its requests wait for one another here."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [holder])
    return list(
        Hold.objects.select_for_update(of=("self",))
        .filter(
            holder=holder,
            released_at=None,
            expires_at__gt=now,
            allocations__kind=Allocation.Kind.HOLD,
            allocations__active=True,
        )
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
    if not kept.update(expires_at=held.expires_at):
        raise HoldExpired
    return held


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

"""Offering what became free to those who wait. A tick: everything is asked for anew each time."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from infrastructure.retries import retried_once
from messaging.services import outbox
from people.services import audit
from scheduling.availability.selectors.search import Search, Slot, shape_of
from scheduling.availability.selectors.slots import free_slots
from scheduling.booking.services import holds
from scheduling.clinic.rules.working_hours import Instant, instant_of, moment_of
from scheduling.exceptions import SlotNotOffered, SlotTaken
from scheduling.models import (
    Appointment,
    VisitType,
    WaitlistEntry,
    WaitlistOffer,
)
from scheduling.models.waitlist import new_token
from scheduling.transitions import SETTLED_AFTER, UPCOMING
from scheduling.waitlist.rules import OpenTime, best_first, could_fit, offer_until
from scheduling.waitlist.selectors.entries import Candidate, candidates_for
from scheduling.waitlist.selectors.freed_times import SPANS_A_PAGE, FreedSpan, freed_spans
from scheduling.waitlist.services.waitlist import expire_offer, lock_entry

BATCH = 200
State = WaitlistOffer.State


def offer_freed_times(*, now: datetime) -> int:
    """Offer each time that became free to whom it fits best; how many offers were made.

    Forward by pulling: times come from visits canceled or moved within a week and still to come,
    by the page. An offer that nobody answered is over first, so that its time goes on.
    """
    expire_offers(now=now)
    close_what_is_over(now=now)
    made, after = 0, 0
    while True:
        spans = freed_spans(now=now, after=after)
        made += _offer_page(spans, now) if spans else 0
        if len(spans) < SPANS_A_PAGE:
            return made
        after = spans[-1].allocation_id


def expire_offers(*, now: datetime) -> int:
    """End the offers that nobody answered in time; how many."""
    over = WaitlistOffer.objects.filter(state=State.OPEN, expires_at__lte=now)
    return sum(
        expire_offer(offer=offer, now=now) for offer in over.order_by("expires_at", "pk")[:BATCH]
    )


@transaction.atomic
def close_what_is_over(*, now: datetime) -> int:
    """Close what there is nothing left to wait for; how many.

    The last of their days is over, the visit it would replace has begun or was canceled, or they
    have booked such a visit themselves.
    """
    booked_since = Appointment.objects.filter(
        person=OuterRef("person"),
        visit_type=OuterRef("visit_type"),
        status__in=UPCOMING,
        created_at__gt=OuterRef("since"),
    )
    open_offer = WaitlistOffer.objects.filter(entry=OuterRef("pk"), state=State.OPEN)
    over = (
        WaitlistEntry.objects.filter(~Exists(open_offer), until=None)
        .filter(
            Q(latest__lt=(now - timedelta(days=1)).date())
            | Q(replaces__starts_at__lte=now)
            | Q(replaces__status_since__lte=now - SETTLED_AFTER) & ~Q(replaces__status__in=UPCOMING)
            | Q(Exists(booked_since), replaces=None)
        )
        .select_for_update(of=("self",), skip_locked=True)
        .order_by("pk")
    )
    ids = list(over.values_list("pk", flat=True)[:BATCH])
    return WaitlistEntry.objects.filter(pk__in=ids).update(
        until=now, closed=WaitlistEntry.Closed.OVER
    )


def _offer_page(spans: list[FreedSpan], now: datetime) -> int:
    left = {each.entry.pk: each for each in candidates_for(spans, now=now)}
    made = 0
    seen: set[tuple[int, Instant, Instant]] = set()
    for span in sorted(spans, key=lambda each: (each.start, each.allocation_id)):
        which = span.resource_id, span.start, span.end
        if which not in seen:
            seen.add(which)
            made += _offer_span(span, left, now)
    return made


def _offer_span(span: FreedSpan, left: dict[int, Candidate], now: datetime) -> int:
    """Offer the free starts in one stretch of time; who is asked is taken out of ``left``."""
    open_times = _open_times(span, left.values(), now)
    everybody = [candidate.waiting for candidate in left.values()]
    taken: list[OpenTime] = []
    for time, waiting in best_first(open_times, everybody, now=instant_of(now)):
        free = not any(time.start < each.end and each.start < time.end for each in taken)
        if free and waiting.entry_id in left and _offer(left[waiting.entry_id], time, now):
            taken.append(time)
            del left[waiting.entry_id]
    return len(taken)


def _open_times(span: FreedSpan, candidates: Iterable[Candidate], now: datetime) -> list[OpenTime]:
    """What can be booked in a stretch of time, for each kind of visit that somebody waits for.

    One search for each kind, way of meeting and standing among those whom it could suit.
    """
    probe = _probe(span)
    wanted: dict[tuple[int, str, str], VisitType] = {}
    for candidate in candidates:
        if could_fit(probe, candidate.waiting, now=instant_of(now)):
            visit_type = candidate.entry.visit_type
            for mode in candidate.entry.modes:
                wanted[visit_type.pk, mode, candidate.waiting.standing] = visit_type
    times: list[OpenTime] = []
    for (_, mode, standing), visit_type in sorted(wanted.items(), key=lambda item: item[0]):
        search = Search(
            visit_type=visit_type,
            site_ids=[span.site_id],
            first_day=probe.day,
            last_day=probe.day,
            now=now,
            clinician_ids=[span.clinician_id],
            mode=mode,
            standing=standing,
        )
        shape = shape_of(visit_type)
        for slot in free_slots(search):
            start, end = shape.occupied(slot.start)
            if start < span.end and span.start < end:
                times.append(_open_time(slot, search))
    return times


def _probe(span: FreedSpan) -> OpenTime:
    """The stretch itself, as a time: for a first look at whom it could suit."""
    local = moment_of(span.start).astimezone(ZoneInfo(span.time_zone))
    return OpenTime(
        start=span.start,
        end=span.end,
        resource_id=span.resource_id,
        clinician_id=span.clinician_id,
        site_id=span.site_id,
        visit_type_id=0,
        mode="",
        standing="",
        day=local.date(),
        hour=local.hour,
    )


def _open_time(slot: Slot, search: Search) -> OpenTime:
    return OpenTime(
        start=slot.start,
        end=slot.start + slot.schedule.length,
        resource_id=slot.resource_id,
        clinician_id=slot.clinician_id,
        site_id=slot.site_id,
        visit_type_id=search.visit_type.pk,
        mode=search.mode,
        standing=search.standing,
        day=slot.local.date(),
        hour=slot.local.hour,
    )


def _offer(candidate: Candidate, time: OpenTime, now: datetime) -> bool:
    """Keep the time for one person and tell them; False when it or they are no longer free."""
    until = offer_until(
        start=time.start,
        bookable_until=time.start - candidate.entry.visit_type.minimum_notice * 60,
        now=instant_of(now),
    )
    if until is None:
        return False
    try:
        return _make_offer(candidate, time, moment_of(until), now)
    except (SlotTaken, SlotNotOffered):
        return False


@retried_once
@transaction.atomic
def _make_offer(candidate: Candidate, time: OpenTime, until: datetime, now: datetime) -> bool:
    entry = lock_entry(candidate.entry.pk)
    starts_at = moment_of(time.start)
    same_time = Q(resource_id=time.resource_id, starts_at=starts_at)
    meanwhile = WaitlistOffer.objects.filter(
        Q(entry=entry, state=State.OPEN)
        | Q(same_time, entry=entry)
        | Q(same_time, state=State.OPEN)
    )
    if entry.until is not None or meanwhile.exists():
        return False
    token = new_token()
    site = next(site for site in candidate.entry.sites.all() if site.pk == time.site_id)
    hold = holds.hold_slot(
        visit_type=entry.visit_type,
        site=site,
        starts_at=starts_at,
        holder=holds.holder_hash(f"waitlist:{token}"),
        clinician_id=time.clinician_id,
        mode=time.mode,
        standing=time.standing,
        asked=True,  # when they joined
        until=until,
        now=now,
    )
    offer = WaitlistOffer.objects.create(
        entry=entry,
        token=token,
        hold=hold,
        resource_id=time.resource_id,
        site=site,
        clinician_id=time.clinician_id,
        starts_at=starts_at,
        mode=time.mode,
        standing=time.standing,
        offered_at=now,
        expires_at=until,
    )
    _tell(offer, now=now)
    return True


def _tell(offer: WaitlistOffer, *, now: datetime) -> None:
    person = offer.entry.person
    outbox.queue_messages(
        kind="waitlist_offer",
        person=person,
        channels=[person.preferred_channel],
        key=f"waitlist_offer:{offer.pk}",
        about="waitlist_offer",
        about_id=offer.pk,
        useful_until=offer.expires_at,
        now=now,
    )
    audit.note(
        actor=None,
        person_ids=[person.pk],
        action="waitlist.offer",
        subject=f"waitlist:{offer.entry_id}",
        now=now,
    )

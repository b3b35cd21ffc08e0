"""Reads about the waitlist: which times became free lately, and who might want them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from messaging.delivery import after_quiet_hours
from people.models import Person, User
from people.selectors import people_acted_for
from scheduling.availability import DAY, Instant, Interval, instant_of
from scheduling.matching import Waiting
from scheduling.models import Appointment, Standing, WaitlistEntry, WaitlistOffer
from scheduling.selectors.appointments import REMEMBERED
from scheduling.transitions import SETTLED_AFTER, UPCOMING, Status

# A time that became free longer ago has been offered to whoever was waiting.
FREED_WITHIN = timedelta(days=7)
SPANS_A_PAGE = 100
ENTRIES_A_PAGE = 1000
FOR_OFFERS = ("entry__person", "entry__visit_type", "entry__replaces", "site", "clinician", "hold")


class Span(NamedTuple):
    """A stretch of somebody's time that a canceled or moved visit gave back, buffers included."""

    allocation_id: int
    resource_id: int
    clinician_id: int
    site_id: int
    time_zone: str
    start: Instant
    end: Instant


# Forward by pulling: what canceling and moving leave behind is asked for, nobody is told. Left
# out is what is taken again or may still be undone, and what nobody waits for at that site with
# that clinician.
FREED = """
    SELECT DISTINCT gone.id, gone.resource_id, clinician.id, gone.site_id, site.time_zone,
           date_part('epoch', lower(gone.during))::bigint,
           date_part('epoch', upper(gone.during))::bigint
    FROM scheduling_appointmentevent AS event
    JOIN scheduling_allocation AS gone
      ON gone.appointment_id = event.appointment_id
     AND NOT gone.active AND gone.kind = 'booking' AND lower(gone.during) > %(now)s
    JOIN scheduling_resource AS resource
      ON resource.id = gone.resource_id AND resource.active
    JOIN scheduling_clinician AS clinician
      ON (clinician.resource_id = resource.id OR clinician.id = resource.leader_id)
     AND clinician.active
    JOIN scheduling_site AS site ON site.id = gone.site_id AND site.active
    WHERE (event.kind = 'moved' OR event.to_status = 'canceled')
      AND event.at > %(since)s AND event.at <= %(settled)s
      AND gone.id > %(after)s
      AND NOT EXISTS (
          SELECT FROM scheduling_allocation AS taken
          WHERE taken.active AND taken.resource_id = gone.resource_id AND taken.unit = gone.unit
            AND taken.during @> gone.during
            AND (taken.expires_at IS NULL OR taken.expires_at > %(now)s))
      AND EXISTS (
          SELECT FROM scheduling_waitlistentry AS entry
          JOIN scheduling_waitlistentry_sites AS wanted
            ON wanted.waitlistentry_id = entry.id AND wanted.site_id = gone.site_id
          JOIN scheduling_clinician_visit_types AS offered
            ON offered.clinician_id = clinician.id AND offered.visittype_id = entry.visit_type_id
          WHERE entry.until IS NULL
            AND (entry.clinician_id IS NULL OR entry.clinician_id = clinician.id)
            AND (lower(gone.during) AT TIME ZONE site.time_zone)::date
                BETWEEN entry.earliest AND entry.latest
            AND NOT EXISTS (
                SELECT FROM scheduling_waitlistoffer AS open
                WHERE open.entry_id = entry.id AND open.state = 'open'))
    ORDER BY gone.id
    LIMIT %(limit)s
"""


def freed_spans(*, now: datetime, after: int = 0) -> list[Span]:
    """A page of what became free lately and somebody may want, by id, from ``after`` on."""
    with connection.cursor() as cursor:
        cursor.execute(
            FREED,
            {
                "now": now,
                "since": now - FREED_WITHIN,
                "settled": now - SETTLED_AFTER,
                "after": after,
                "limit": SPANS_A_PAGE,
            },
        )
        return [Span(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry, and what matching needs to know of it."""

    entry: WaitlistEntry
    waiting: Waiting


def candidates_at(site_ids: Collection[int], *, now: datetime) -> list[Candidate]:
    """Who waits at these sites without an offer, most urgent and longest first. Four queries.

    At most a thousand. Left out is who must not be contacted, and whose visit to be replaced is
    over, was canceled or can no longer be changed.
    """
    seen = Appointment.objects.filter(
        person=OuterRef("person"), status=Status.COMPLETED, starts_at__gt=now - REMEMBERED
    )
    open_offer = WaitlistOffer.objects.filter(entry=OuterRef("pk"), state=WaitlistOffer.State.OPEN)
    entries = [
        entry
        for entry in WaitlistEntry.objects.filter(
            ~Exists(open_offer),
            until=None,
            latest__gte=(now - timedelta(days=1)).date(),
            visit_type__active=True,
            person__deceased_on=None,
            person__do_not_contact=False,
            sites__in=site_ids,
        )
        .annotate(seen=Exists(seen))
        .select_related("person", "visit_type", "replaces__visit_type")
        .prefetch_related("sites")
        .order_by("-priority", "since", "pk")
        .distinct()[:ENTRIES_A_PAGE]
        if _may_be_replaced(entry, now)
    ]
    passed = _passed([entry.pk for entry in entries])
    visits = _visits([entry.person_id for entry in entries], now)
    return [
        Candidate(entry, _plain(entry, visits, passed.get(entry.pk, frozenset()), now))
        for entry in entries
    ]


def _may_be_replaced(entry: WaitlistEntry, now: datetime) -> bool:
    visit = entry.replaces
    if visit is None:
        return True
    latest_change = visit.starts_at - timedelta(minutes=visit.visit_type.latest_change)
    return visit.status in UPCOMING and now < latest_change


def _passed(entry_ids: list[int]) -> dict[int, frozenset[tuple[int, Instant]]]:
    """The times that each entry was offered already."""
    offered: dict[int, set[tuple[int, Instant]]] = {}
    for entry_id, resource_id, starts_at in WaitlistOffer.objects.filter(
        entry__in=entry_ids
    ).values_list("entry_id", "resource_id", "starts_at"):
        offered.setdefault(entry_id, set()).add((resource_id, instant_of(starts_at)))
    return {entry_id: frozenset(times) for entry_id, times in offered.items()}


def _visits(person_ids: list[int], now: datetime) -> dict[int, list[tuple[int, Interval]]]:
    """Each person's visits to come, as (id, interval)."""
    found: dict[int, list[tuple[int, Interval]]] = {}
    for person_id, visit_id, starts_at, ends_at in Appointment.objects.filter(
        person__in=person_ids, status__in=UPCOMING, ends_at__gt=now
    ).values_list("person_id", "pk", "starts_at", "ends_at"):
        span = instant_of(starts_at), instant_of(ends_at)
        found.setdefault(person_id, []).append((visit_id, span))
    return found


def _plain(
    entry: WaitlistEntry,
    visits: dict[int, list[tuple[int, Interval]]],
    passed: frozenset[tuple[int, Instant]],
    now: datetime,
) -> Waiting:
    person = entry.person
    woken_at = after_quiet_hours(
        now,
        quiet_from=person.quiet_from,
        quiet_until=person.quiet_until,
        zone=ZoneInfo(person.time_zone),
    )
    return Waiting(
        entry_id=entry.pk,
        visit_type_id=entry.visit_type_id,
        site_ids=frozenset(site.pk for site in entry.sites.all()),
        modes=frozenset(entry.modes),
        standing=Standing.RETURNING if getattr(entry, "seen", False) else Standing.NEW,
        earliest=entry.earliest,
        latest=entry.latest,
        since=instant_of(entry.since),
        notice=entry.notice_hours * (DAY // 24),
        priority=entry.priority,
        clinician_id=entry.clinician_id,
        weekdays=frozenset(entry.weekdays),
        parts=frozenset(entry.parts),
        before=instant_of(entry.replaces.starts_at) if entry.replaces else None,
        busy=tuple(
            span
            for visit_id, span in visits.get(entry.person_id, ())
            if visit_id != entry.replaces_id
        ),
        passed=passed,
        quiet=woken_at is not None,
    )


def people_waiting(entry: WaitlistEntry | None) -> QuerySet[Person]:
    """Who waits; nobody for no entry."""
    return Person.objects.filter(pk=entry.person_id if entry else 0)


def entries_of_person(person: Person) -> list[WaitlistEntry]:
    """What somebody waits for, longest first, with the names that a page says."""
    waiting = WaitlistEntry.objects.filter(person=person, until=None)
    return list(
        waiting.select_related("visit_type", "clinician")
        .prefetch_related("sites")
        .order_by("since", "pk")
    )


def entries_acted_for(user: User, *, now: datetime) -> QuerySet[WaitlistEntry]:
    """What the people this account may act for wait for. The only way patients reach an entry."""
    return (
        WaitlistEntry.objects.filter(person__in=people_acted_for(user, now=now), until=None)
        .select_related("person", "visit_type", "clinician", "replaces")
        .prefetch_related("sites")
        .order_by("since", "pk")
    )


def offers_acted_for(user: User, *, now: datetime) -> QuerySet[WaitlistOffer]:
    """The offers made to the people this account may act for, answered ones too."""
    return WaitlistOffer.objects.filter(
        entry__person__in=people_acted_for(user, now=now)
    ).select_related(*FOR_OFFERS)


def open_offers(user: User, *, now: datetime) -> QuerySet[WaitlistOffer]:
    """Those that wait for an answer, the one to be answered first in front."""
    return (
        offers_acted_for(user, now=now)
        .filter(state=WaitlistOffer.State.OPEN, expires_at__gt=now)
        .order_by("expires_at", "pk")
    )


def offer_for_letter(offer_id: int) -> WaitlistOffer:
    """One offer with all that words about it need, in one query."""
    return WaitlistOffer.objects.select_related(*FOR_OFFERS).get(pk=offer_id)

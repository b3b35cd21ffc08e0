"""Reads about the waitlist: who might want a time that became free, and what they were offered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from messaging.rules.delivery import after_quiet_hours
from people.models import Person, User
from people.selectors import people_acted_for
from scheduling.appointments.selectors.appointments import REMEMBERED
from scheduling.clinic.rules.working_hours import DAY, Instant, Interval, instant_of, moment_of
from scheduling.models import (
    Appointment,
    Site,
    Standing,
    VisitType,
    WaitlistEntry,
    WaitlistOffer,
)
from scheduling.transitions import UPCOMING, Status
from scheduling.waitlist.rules import Waiting
from scheduling.waitlist.selectors.freed_times import FreedSpan

# Of each kind of visit that a stretch of time could be used for.
ENTRIES_A_KIND = 500
FOR_OFFERS = ("entry__person", "entry__visit_type", "entry__replaces", "site", "clinician", "hold")


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry, and what matching needs to know of it."""

    entry: WaitlistEntry
    waiting: Waiting


# Each stretch of time and each kind of visit has a limit of its own: however many wait for
# something else, or for what does not fit, whom the time does suit is among those looked at. The
# index ``waitlist_open`` finds those of a kind. A visit to be replaced is asked for by its id; an
# EXISTS would be answered from a table of all visits to come, made anew for each stretch.
WAITING = """
    SELECT DISTINCT chosen.id
    FROM unnest(%(sites)s::bigint[], %(clinicians)s::bigint[], %(days)s::date[],
                %(starts)s::timestamptz[], %(ends)s::timestamptz[])
         AS span (site_id, clinician_id, day, starts, ends)
    JOIN scheduling_clinician_visit_types AS offered ON offered.clinician_id = span.clinician_id
    CROSS JOIN LATERAL (
        SELECT entry.id
        FROM scheduling_waitlistentry AS entry
        JOIN scheduling_waitlistentry_sites AS wanted
          ON wanted.waitlistentry_id = entry.id AND wanted.site_id = span.site_id
        JOIN people_person AS person
          ON person.id = entry.person_id
         AND person.deceased_on IS NULL AND NOT person.do_not_contact
        WHERE entry.until IS NULL AND entry.visit_type_id = offered.visittype_id
          AND span.day BETWEEN entry.earliest AND entry.latest
          AND (entry.clinician_id IS NULL OR entry.clinician_id = span.clinician_id)
          AND (entry.weekdays = '{}'
               OR extract(isodow FROM span.day)::int - 1 = ANY(entry.weekdays))
          AND span.ends - make_interval(hours => entry.notice_hours) >= %(now)s
          AND (entry.replaces_id IS NULL OR (
              SELECT visit.starts_at > span.starts AND visit.status = ANY(%(upcoming)s)
              FROM scheduling_appointment AS visit WHERE visit.id = entry.replaces_id))
          AND NOT EXISTS (
              SELECT FROM scheduling_waitlistoffer AS open
              WHERE open.entry_id = entry.id AND open.state = 'open')
        ORDER BY entry.priority DESC, entry.since, entry.id
        LIMIT %(limit)s) AS chosen
"""


def candidates_for(spans: Sequence[FreedSpan], *, now: datetime) -> list[Candidate]:
    """Who waits, without an offer, for what these stretches of time could be used for. Five
    queries.

    Most urgent and longest first, at most 500 for each stretch and kind of visit. Left out is who
    must not be contacted, whom the day or its notice does not suit, and whose visit to be replaced
    is sooner, was canceled or can no longer be changed.
    """
    seen = Appointment.objects.filter(
        person=OuterRef("person"), status=Status.COMPLETED, starts_at__gt=now - REMEMBERED
    )
    waiting = WaitlistEntry.objects.filter(pk__in=_waiting(spans, now), visit_type__active=True)
    entries = [
        entry
        for entry in waiting.annotate(seen=Exists(seen))
        .select_related("person", "visit_type", "replaces__visit_type")
        .prefetch_related("sites")
        .order_by("-priority", "since", "pk")
        if _may_be_replaced(entry, now)
    ]
    passed = _passed([entry.pk for entry in entries])
    visits = _visits([entry.person_id for entry in entries], now)
    return [
        Candidate(entry, _plain(entry, visits, passed.get(entry.pk, frozenset()), now))
        for entry in entries
    ]


def _waiting(spans: Sequence[FreedSpan], now: datetime) -> list[int]:
    """The ids of those of whom more is worth reading."""
    starts = [moment_of(span.start) for span in spans]
    zones = [ZoneInfo(span.time_zone) for span in spans]
    asked: dict[str, Any] = {
        "sites": [span.site_id for span in spans],
        "clinicians": [span.clinician_id for span in spans],
        "days": [at.astimezone(zone).date() for at, zone in zip(starts, zones, strict=True)],
        "starts": starts,
        "ends": [moment_of(span.end) for span in spans],
        "now": now,
        "upcoming": sorted(UPCOMING),
        "limit": ENTRIES_A_KIND,
    }
    with connection.cursor() as cursor:
        cursor.execute(WAITING, asked)
        return [entry_id for (entry_id,) in cursor.fetchall()]


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


def entries_at(sites: Sequence[Site]) -> QuerySet[WaitlistEntry]:
    """Who waits, or waited, for a time at one of some sites. The only way staff reach an entry."""
    wanted = WaitlistEntry.sites.through.objects.filter(
        waitlistentry=OuterRef("pk"), site__in=sites
    )
    return WaitlistEntry.objects.filter(Exists(wanted))


def waiting_at(
    sites: Sequence[Site], visit_type: VisitType | None = None
) -> QuerySet[WaitlistEntry]:
    """Who waits there, most urgent and longest first, with what a list says of them.

    ``has_offer`` is whether they were offered a time that they have not answered yet.
    """
    offer = WaitlistOffer.objects.filter(entry=OuterRef("pk"), state=WaitlistOffer.State.OPEN)
    waiting = entries_at(sites).filter(until=None)
    if visit_type is not None:
        waiting = waiting.filter(visit_type=visit_type)
    return (
        waiting.annotate(has_offer=Exists(offer))
        .select_related("person", "visit_type", "clinician", "replaces")
        .prefetch_related("sites")
        .order_by("-priority", "since", "pk")
    )


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


def offer_for_message(offer_id: int) -> WaitlistOffer:
    """One offer with all that words about it need, in one query."""
    return WaitlistOffer.objects.select_related(*FOR_OFFERS).get(pk=offer_id)

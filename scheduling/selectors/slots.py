"""Free times, by a constant number of bounded queries and the pure functions of availability."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection
from django.db.models import Q

from scheduling.availability import (
    DayChange,
    Interval,
    Rule,
    VisitShape,
    free_starts,
    working_intervals,
)
from scheduling.models import (
    AvailabilityException,
    AvailabilityRule,
    Clinician,
    Site,
    VisitType,
)

LONGEST_WINDOW_DAYS = 62
# No single allocation is longer; it bounds how far back the busy query looks.
LONGEST_ALLOCATION = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Slot:
    """One free time of one clinician at one site. Instants are UTC; ``time_zone`` is the site's."""

    starts_at: datetime
    ends_at: datetime
    site_id: int
    clinician_id: int
    resource_id: int
    time_zone: str

    @property
    def local(self) -> datetime:
        return self.starts_at.astimezone(ZoneInfo(self.time_zone))


@dataclass(frozen=True, slots=True)
class Ignored:
    """Rows that do not count as busy: those of the visit being moved, or everything."""

    appointment_id: int | None = None
    everything: bool = False


NOTHING_IGNORED = Ignored()


def shape_of(visit_type: VisitType) -> VisitShape:
    """A visit type as plain values."""
    return VisitShape(
        visit_type_id=visit_type.pk,
        length=timedelta(minutes=visit_type.minutes),
        before=timedelta(minutes=visit_type.buffer_before),
        after=timedelta(minutes=visit_type.buffer_after),
        step=timedelta(minutes=visit_type.slot_step),
    )


def bookable_span(visit_type: VisitType, *, now: datetime) -> Interval:
    """The first and the last instant at which this kind of visit may begin."""
    return (
        now + timedelta(minutes=visit_type.minimum_notice),
        now + timedelta(days=visit_type.horizon_days),
    )


def free_slots(
    *,
    visit_type: VisitType,
    site_ids: Sequence[int],
    first_day: date,
    last_day: date,
    now: datetime,
    clinician_id: int | None = None,
    ignored: Ignored = NOTHING_IGNORED,
) -> list[Slot]:
    """Every free time for a visit, by time and then clinician; five queries, however many.

    ``first_day`` and ``last_day`` are dates in each site's own zone, inclusive, at most 62 days
    apart (ValueError).
    """
    if (last_day - first_day).days >= LONGEST_WINDOW_DAYS:
        raise ValueError(f"a search spans at most {LONGEST_WINDOW_DAYS} days")
    earliest, latest = bookable_span(visit_type, now=now)
    # No zone is a whole day from UTC, and nothing outside the span is offered anyway.
    first_day = max(first_day, earliest.date() - timedelta(days=1))
    last_day = min(last_day, latest.date() + timedelta(days=1))
    days = (last_day - first_day).days + 1
    if days < 1 or not site_ids:
        return []
    zones = {
        site.pk: ZoneInfo(site.time_zone)
        for site in Site.objects.filter(pk__in=site_ids, active=True)
    }
    clinicians = Clinician.objects.filter(active=True, visit_types=visit_type)
    if clinician_id is not None:
        clinicians = clinicians.filter(pk=clinician_id)
    clinician_of = dict(clinicians.values_list("resource_id", "pk"))
    resource_ids = list(clinician_of)
    if not zones or not resource_ids:
        return []
    rules = _rules_of(resource_ids, list(zones), first_day, last_day)
    changes = _changes_of(resource_ids, list(zones), first_day, last_day)
    busy = _busy_of(
        [] if ignored.everything else list(rules),
        datetime.combine(first_day, time(0), UTC) - timedelta(days=2),
        datetime.combine(last_day, time(0), UTC) + timedelta(days=3),
        now=now,
        ignored=ignored,
    )
    shape = shape_of(visit_type)
    slots: list[Slot] = []
    all_days = [first_day + timedelta(days=number) for number in range(days)]
    for resource_id, own_rules in rules.items():
        for site_id in {rule.site_id for rule in own_rules} | {
            change.site_id for change in changes if change.extra and change.site_id
        }:
            zone = zones[site_id]
            working = [
                span
                for day in all_days
                for span in working_intervals(
                    rules=own_rules,
                    changes=changes,
                    resource_id=resource_id,
                    site_id=site_id,
                    visit_type_id=visit_type.pk,
                    day=day,
                    zone=zone,
                )
            ]
            slots.extend(
                Slot(
                    starts_at=start,
                    ends_at=start + shape.length,
                    site_id=site_id,
                    clinician_id=clinician_of[resource_id],
                    resource_id=resource_id,
                    time_zone=zone.key,
                )
                for start in free_starts(
                    working=working,
                    busy=busy[resource_id],
                    shape=shape,
                    earliest=earliest,
                    latest=latest,
                )
            )
    slots.sort(key=lambda slot: (slot.starts_at, slot.clinician_id))
    return slots


def slots_at(
    *,
    visit_type: VisitType,
    site: Site,
    starts_at: datetime,
    now: datetime,
    clinician_id: int | None = None,
    ignored: Ignored = NOTHING_IGNORED,
) -> list[Slot]:
    """The free slots that begin at exactly this instant: the validation of a booking.

    It is the listing function over one day, so the two can never disagree.
    """
    earliest, latest = bookable_span(visit_type, now=now)
    if not earliest <= starts_at <= latest:
        return []
    day = starts_at.astimezone(ZoneInfo(site.time_zone)).date()
    listed = free_slots(
        visit_type=visit_type,
        site_ids=[site.pk],
        first_day=day,
        last_day=day,
        now=now,
        clinician_id=clinician_id,
        ignored=ignored,
    )
    return [slot for slot in listed if slot.starts_at == starts_at]


def would_be_offered(
    *,
    visit_type: VisitType,
    site: Site,
    starts_at: datetime,
    now: datetime,
    clinician_id: int | None = None,
) -> bool:
    """Whether the time would be free if nobody had taken it."""
    return bool(
        slots_at(
            visit_type=visit_type,
            site=site,
            starts_at=starts_at,
            now=now,
            clinician_id=clinician_id,
            ignored=Ignored(everything=True),
        )
    )


def alternatives_to(
    *,
    visit_type: VisitType,
    site: Site,
    starts_at: datetime,
    now: datetime,
    count: int = 5,
    ignored: Ignored = NOTHING_IGNORED,
) -> list[Slot]:
    """The free times nearest to one that cannot be had, each instant once."""
    _, latest = bookable_span(visit_type, now=now)
    day = min(max(starts_at, now), latest).astimezone(ZoneInfo(site.time_zone)).date()
    listed = free_slots(
        visit_type=visit_type,
        site_ids=[site.pk],
        first_day=day - timedelta(days=2),
        last_day=day + timedelta(days=14),
        now=now,
        ignored=ignored,
    )
    at_once = {slot.starts_at: slot for slot in reversed(listed) if slot.starts_at != starts_at}
    nearest = sorted(at_once.values(), key=lambda slot: abs(slot.starts_at - starts_at))[:count]
    return sorted(nearest, key=lambda slot: slot.starts_at)


def _rules_of(
    resource_ids: list[int], site_ids: list[int], first_day: date, last_day: date
) -> dict[int, list[Rule]]:
    rows = (
        AvailabilityRule.objects.filter(
            Q(valid_until=None) | Q(valid_until__gte=first_day),
            resource_id__in=resource_ids,
            site_id__in=site_ids,
            valid_from__lte=last_day,
        )
        .annotate(only_for=ArrayAgg("visit_types", filter=Q(visit_types__isnull=False)))
        .values_list(
            "resource_id",
            "site_id",
            "weekday",
            "starts",
            "ends",
            "valid_from",
            "valid_until",
            "only_for",
        )
    )
    rules: dict[int, list[Rule]] = {resource_id: [] for resource_id in resource_ids}
    for resource_id, site_id, weekday, starts, ends, valid_from, valid_until, only_for in rows:
        rules[resource_id].append(
            Rule(
                resource_id=resource_id,
                site_id=site_id,
                weekday=weekday,
                starts=starts,
                ends=ends,
                valid_from=valid_from,
                valid_until=valid_until,
                visit_type_ids=frozenset(only_for or ()),
            )
        )
    return rules


def _changes_of(
    resource_ids: list[int], site_ids: list[int], first_day: date, last_day: date
) -> list[DayChange]:
    rows = AvailabilityException.objects.filter(
        Q(site=None) | Q(site_id__in=site_ids),
        Q(resource=None) | Q(resource_id__in=resource_ids),
        on_date__range=(first_day, last_day),
    ).values_list("on_date", "effect", "site_id", "resource_id", "starts", "ends")
    return [
        DayChange(
            on_date=on_date,
            extra=effect == AvailabilityException.Effect.EXTRA,
            site_id=site_id,
            resource_id=resource_id,
            starts=starts,
            ends=ends,
        )
        for on_date, effect, site_id, resource_id, starts, ends in rows
    ]


# The design's one query: a range of the (resource, lower(during)) index for each resource.
BUSY = """
    SELECT resource_id, lower(during), upper(during)
    FROM scheduling_allocation
    WHERE active AND resource_id = ANY(%(resources)s)
      AND lower(during) >= %(reach_back)s AND lower(during) < %(until)s
      AND (expires_at IS NULL OR expires_at > %(now)s)
      AND appointment_id IS DISTINCT FROM %(appointment)s
    ORDER BY lower(during)
"""


def _busy_of(
    resource_ids: list[int],
    since: datetime,
    until: datetime,
    *,
    now: datetime,
    ignored: Ignored,
) -> dict[int, list[Interval]]:
    """Busy intervals of each resource, sorted by start."""
    busy: dict[int, list[Interval]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(
            BUSY,
            {
                "resources": resource_ids,
                "reach_back": since - LONGEST_ALLOCATION,
                "until": until,
                "now": now,
                # -1 is no row's id, and IS DISTINCT FROM lets rows without one through.
                "appointment": ignored.appointment_id or -1,
            },
        )
        for resource_id, start, end in cursor.fetchall():
            busy[resource_id].append((start, end))
    return busy

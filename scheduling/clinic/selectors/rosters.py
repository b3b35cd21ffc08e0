"""When resources work, whatever for: what a calendar shows, and what a conflict is told by."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime

from django.db.models import Exists, OuterRef, QuerySet

from scheduling.clinic.rules.working_hours import (
    DayChange,
    Interval,
    VisitRequest,
    WeeklyRule,
    working_intervals,
)
from scheduling.clinic.selectors.directory import SiteFacts, day_change
from scheduling.models import Allocation, AvailabilityException, AvailabilityRule, Resource, Site

# Shows all time somebody works, for whichever visit and patient it is meant.
ANYBODY = VisitRequest(visit_type_id=0, now=0)
TERMS = (
    "resource_id",
    "site_id",
    "weekday",
    "starts",
    "ends",
    "valid_from",
    "valid_until",
    "works",
    "every_weeks",
)


class Roster:
    """The weekly rules and the changed days of some resources, at all sites. Two queries."""

    def __init__(self, resource_ids: Collection[int], first_day: date, last_day: date) -> None:
        self._rules: dict[int, list[WeeklyRule]] = defaultdict(list)
        self._changes: list[tuple[DayChange, str]] = []
        self._read(list(resource_ids), first_day, last_day)

    def _read(self, resource_ids: list[int], first_day: date, last_day: date) -> None:
        in_force = AvailabilityRule.objects.filter(
            resource_id__in=resource_ids, valid_from__lte=last_day
        ).exclude(valid_until__lt=first_day)
        for terms in in_force.values(*TERMS):
            self._rules[terms["resource_id"]].append(WeeklyRule(**terms))
        changed = AvailabilityException.objects.filter(on_date__range=(first_day, last_day))
        for each in changed.order_by("pk"):
            if each.resource_id is None or each.resource_id in resource_ids:
                self._changes.append((day_change(each), each.reason))

    @property
    def site_ids(self) -> set[int]:
        """Where any of them works in these days."""
        sites = {rule.site_id for rules in self._rules.values() for rule in rules}
        return sites | {change.site_id for change, _ in self._changes if change.site_id}

    def working(self, resource_id: int, site: SiteFacts, day: date) -> list[Interval]:
        """When the resource works at a site on a day, breaks and closures taken out."""
        return working_intervals(
            rules=self._rules[resource_id],
            changes=[change for change, _ in self._changes],
            asker=ANYBODY,
            resource_id=resource_id,
            site_id=site.site_id,
            day=day,
            zone=site.zone,
        )

    def closures(
        self, resource_ids: Collection[int], site_id: int, day: date
    ) -> Sequence[tuple[DayChange, str]]:
        """What closes the site, or takes one of them away, on a day; each with its reason."""
        return [
            (change, reason)
            for change, reason in self._changes
            if not change.extra
            and any(change.concerns(day, each, site_id) for each in resource_ids)
        ]


def sessions_at(sites: Collection[Site], *, since: date) -> QuerySet[Resource]:
    """The group sessions that are held at some sites from a day on, with who leads them."""
    rules = AvailabilityRule.objects.filter(resource=OuterRef("pk"), site__in=sites)
    return (
        Resource.objects.filter(
            Exists(rules.exclude(valid_until__lt=since)), kind=Resource.Kind.SESSION, active=True
        )
        .select_related("leader")
        .order_by("slug")
    )


def bounds(row: Allocation) -> tuple[datetime, datetime]:
    """From when until when something is taken; both ends are always there."""
    starts_at, ends_at = row.during.lower, row.during.upper
    assert starts_at is not None
    assert ends_at is not None
    return starts_at, ends_at

"""Make the weekly hours, and the days that differ, what a clinic file says they are."""

from collections.abc import Iterable
from datetime import date

from scheduling.clinic_file.rules import ClinicSpec, specs
from scheduling.clinic_file.services.row_changes import RowChanges
from scheduling.models import AvailabilityException, AvailabilityRule, Resource, Site, VisitType

# What a weekly rule says, beside whose it is, where, and for which visit types.
RULE_FIELDS = [
    "weekday", "starts", "ends", "valid_from", "valid_until", "works", "every_weeks", "mode",
    "kept_for", "release_days", "release_time",
]  # fmt: skip

RuleKey = tuple[int, int, tuple[object, ...], frozenset[int]]


def replace_hours(
    clinic: ClinicSpec,
    calendars: dict[str, Resource],
    sites: dict[str, Site],
    visit_types: dict[str, VisitType],
    changes: RowChanges,
) -> None:
    wanted: dict[RuleKey, AvailabilityRule] = {}
    entries: list[specs.ClinicianSpec | specs.SessionSpec] = [
        *clinic.clinicians,
        *clinic.sessions,
    ]
    for entry in entries:
        for hours in entry.hours:
            rule = AvailabilityRule(
                resource=calendars[entry.slug],
                site=sites[hours.site],
                **{name: getattr(hours, name) for name in RULE_FIELDS},
            )
            wanted[_rule_key(rule, [visit_types[name] for name in hours.visit_types])] = rule
    rules = AvailabilityRule.objects.select_related("resource").prefetch_related("visit_types")
    new = changes.replace(
        "weekly hours",
        [(_rule_key(rule, rule.visit_types.all()), rule) for rule in rules],
        wanted,
        called=lambda row: row.resource.slug,
    )
    through = AvailabilityRule.visit_types.through
    through._default_manager.bulk_create(
        through(availabilityrule_id=rule.pk, visittype_id=visit_type)
        for (*_, only), rule in new.items()
        for visit_type in only
    )


def _rule_key(rule: AvailabilityRule, visit_types: Iterable[VisitType]) -> RuleKey:
    return (
        rule.resource_id,
        rule.site_id,
        tuple(getattr(rule, name) for name in RULE_FIELDS),
        frozenset(visit_type.pk for visit_type in visit_types),
    )


def replace_days(
    clinic: ClinicSpec,
    calendars: dict[str, Resource],
    sites: dict[str, Site],
    changes: RowChanges,
    *,
    since: date,
) -> None:
    """Days before ``since`` are over and stay as they are."""
    wanted = [
        AvailabilityException(
            site=sites[change.site] if change.site else None,
            resource=calendars[change.clinician] if change.clinician else None,
            on_date=change.on_date,
            starts=change.starts,
            ends=change.ends,
            effect=change.effect,
            reason=change.reason,
            from_file=True,
        )
        for change in clinic.day_changes
        if change.on_date >= since
    ]
    existing = AvailabilityException.objects.filter(from_file=True, on_date__gte=since)
    changes.replace(
        "days that differ",
        [(_day_key(row), row) for row in existing],
        {_day_key(row): row for row in wanted},
        called=lambda row: row.on_date.isoformat(),
    )


def _day_key(row: AvailabilityException) -> tuple[object, ...]:
    return (
        row.on_date,
        row.site_id,
        row.resource_id,
        row.effect,
        row.starts,
        row.ends,
        row.reason,
    )

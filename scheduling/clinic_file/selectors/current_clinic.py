"""The clinic group as it stands, in the shapes of a clinic file."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from scheduling.clinic_file.rules import specs
from scheduling.models import (
    AvailabilityException,
    AvailabilityRule,
    ClinicGroup,
    Clinician,
    Place,
    Plan,
    Resource,
    Site,
    VisitType,
)

NOWHERE = 0  # the line of what stands in no file yet
SITE_FIELDS = [
    "slug", "name", "street", "city", "region", "postcode", "phone", "time_zone", "latitude",
    "longitude", "step_free", "directions",
]  # fmt: skip
VISIT_TYPE_FIELDS = [
    "slug", "names", "descriptions", "preparations", "minutes", "buffer_before", "buffer_after",
    "slot_step", "price_low", "price_high", "minimum_notice", "horizon_days", "latest_change",
    "group", "daily_cap", "series_most", "no_shows_allowed", "position",
]  # fmt: skip
HOURS_FIELDS = [
    "weekday", "starts", "ends", "valid_from", "valid_until", "works", "every_weeks", "mode",
    "kept_for", "release_days", "release_time",
]  # fmt: skip
Hours = dict[int, list[specs.HoursSpec]]
Changes = dict[int, list[specs.DayChangeSpec]]


class NoClinic(Exception):
    """Nothing was loaded yet."""


def current_clinic(*, now: datetime) -> specs.ClinicSpec:
    """Everything that is active, and the days from January of this year on that a file made.

    Days that staff entered are theirs, and so are accounts and who works where. Raises NoClinic.
    """
    group = ClinicGroup.objects.first()
    if group is None:
        raise NoClinic
    changes = list(
        AvailabilityException.objects.filter(from_file=True, on_date__gte=date(now.year, 1, 1))
        .select_related("site", "resource")
        .order_by("on_date", "starts", "site__slug", "resource__slug")
    )
    hours = _hours()
    rooms = Resource.objects.filter(active=True, site__active=True).select_related("site")
    return specs.ClinicSpec(
        group=specs.GroupSpec(group.name, group.phone, group.currency),
        sites=tuple(map(_site, Site.objects.filter(active=True).order_by("slug"))),
        places=tuple(
            specs.PlaceSpec(each.name, each.latitude, each.longitude)
            for each in Place.objects.order_by("name")
        ),
        visit_types=tuple(map(_visit_type, VisitType.objects.filter(active=True))),
        plans=tuple(map(_plan, Plan.objects.filter(active=True).order_by("position", "slug"))),
        clinicians=tuple(_clinicians(hours, changes)),
        rooms=tuple(
            specs.RoomSpec(
                NOWHERE,
                each.slug,
                each.kind,
                each.site.slug if each.site else "",
                each.category,
                each.capacity,
                each.names,
            )
            for each in rooms.filter(kind__in=["room", "device"]).order_by("kind", "slug")
        ),
        sessions=tuple(_sessions(hours)),
        closures=tuple(_change(each) for each in changes if each.resource is None),
        holidays=(),
    )


def _taken(row: Any, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _site(site: Site) -> specs.SiteSpec:
    departments = tuple(
        specs.DepartmentSpec(own.slug, site.slug, own.names, own.doors)
        for own in site.departments.filter(active=True).order_by("slug")
    )
    return specs.SiteSpec(line=NOWHERE, departments=departments, **_taken(site, SITE_FIELDS))


def _visit_type(row: VisitType) -> specs.VisitTypeSpec:
    return specs.VisitTypeSpec(
        line=NOWHERE,
        modes=tuple(row.modes),
        needs=tuple(row.needs),
        questions=tuple(_question(each) for each in row.questions),
        **_taken(row, VISIT_TYPE_FIELDS),
    )


def _question(said: dict[str, Any]) -> specs.QuestionSpec:
    answers = tuple(specs.AnswerSpec(line=NOWHERE, **answer) for answer in said["answers"])
    return specs.QuestionSpec(NOWHERE, said["name"], said["asks"], answers)


def _plan(row: Plan) -> specs.PlanSpec:
    return specs.PlanSpec(
        row.slug, row.name, row.copay, row.share, tuple(row.in_full), row.position
    )


def _hours() -> Hours:
    """The weekly hours of each resource."""
    hours: Hours = {}
    rules = AvailabilityRule.objects.filter(site__active=True).select_related("site")
    in_order = ("site__slug", "starts", "ends", "valid_from", "weekday", "pk")
    for rule in rules.prefetch_related("visit_types").order_by(*in_order):
        hours.setdefault(rule.resource_id, []).append(
            specs.HoursSpec(
                line=NOWHERE,
                site=rule.site.slug,
                visit_types=tuple(sorted(each.slug for each in rule.visit_types.all())),
                **_taken(rule, HOURS_FIELDS),
            )
        )
    return hours


def _change(row: AvailabilityException) -> specs.DayChangeSpec:
    return specs.DayChangeSpec(
        line=NOWHERE,
        on_date=row.on_date,
        effect=row.effect,
        site=row.site.slug if row.site else None,
        clinician=row.resource.slug if row.resource else None,
        starts=row.starts,
        ends=row.ends,
        reason=row.reason,
    )


def _clinicians(
    hours: Hours, changes: Iterable[AvailabilityException]
) -> Iterable[specs.ClinicianSpec]:
    own: Changes = {}
    for each in changes:
        if each.resource_id is not None:
            own.setdefault(each.resource_id, []).append(_change(each))
    rows = Clinician.objects.filter(active=True).select_related("resource")
    for row in rows.prefetch_related("departments__site", "visit_types").order_by("resource__slug"):
        theirs, differing = hours.get(row.resource_id, []), own.get(row.resource_id, [])
        departments = sorted(f"{each.site.slug}/{each.slug}" for each in row.departments.all())
        sites = {each.site for each in theirs} | {each.site for each in differing if each.site}
        yield specs.ClinicianSpec(
            line=NOWHERE,
            slug=row.resource.slug,
            name=row.name,
            titles=row.titles,
            languages=tuple(row.languages),
            gender=row.gender,
            sites=tuple(sorted(sites | {each.partition("/")[0] for each in departments})),
            departments=tuple(departments),
            visit_types=tuple(each.slug for each in row.visit_types.all() if each.active),
            hours=tuple(theirs),
            changes=tuple(differing),
        )


def _sessions(hours: Hours) -> Iterable[specs.SessionSpec]:
    rows = Resource.objects.filter(active=True, kind=Resource.Kind.SESSION)
    for row in rows.select_related("leader__resource").order_by("slug"):
        yield specs.SessionSpec(
            line=NOWHERE,
            slug=row.slug,
            leader=row.leader.resource.slug if row.leader else "",
            capacity=row.capacity,
            names=row.names,
            hours=tuple(hours.get(row.pk, [])),
        )

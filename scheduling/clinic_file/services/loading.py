"""Make the database say what a clinic file says, and write nothing when it already does."""

from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import Q

from scheduling.clinic_file.rules import ClinicSpec, specs
from scheduling.clinic_file.rules.questions import as_data
from scheduling.clinic_file.selectors.outside_hours import visits_outside_hours
from scheduling.clinic_file.services.hours import replace_days, replace_hours
from scheduling.clinic_file.services.row_changes import RowChange, RowChanges
from scheduling.models import (
    Appointment,
    ClinicGroup,
    Clinician,
    Department,
    Place,
    Plan,
    Resource,
    Site,
    VisitType,
)
from scheduling.transitions import UPCOMING

# Any number that nothing else locks: two loads at once take turns.
ADVISORY_LOCK = 7_205_759

SITE_FIELDS = [
    "name", "street", "city", "region", "postcode", "phone", "time_zone", "latitude",
    "longitude", "step_free", "directions",
]  # fmt: skip
VISIT_TYPE_FIELDS = [
    "names", "descriptions", "preparations", "minutes", "buffer_before", "buffer_after",
    "slot_step", "price_low", "price_high", "minimum_notice", "horizon_days", "latest_change",
    "group", "modes", "needs", "daily_cap", "series_most", "no_shows_allowed", "questions",
    "position",
]  # fmt: skip
PLAN_FIELDS = ["name", "copay", "share", "in_full", "position"]
RESOURCE_FIELDS = ["kind", "capacity", "site", "category", "names", "leader", "active"]


@dataclass(frozen=True)
class Loaded:
    """What a load did. ``stranded_visits`` are upcoming ones whose site, clinician or visit type
    is inactive, and ``outside_hours`` those that lay within their clinician's hours before, with
    names: somebody should call these patients.
    """

    changes: tuple[RowChange, ...]
    stranded_visits: int
    outside_hours: tuple[Appointment, ...]


@transaction.atomic
def load_clinic(*, clinic: ClinicSpec, now: datetime, dry_run: bool = False) -> Loaded:
    """Bring every row in line with ``clinic``; with ``dry_run`` only say what would change.

    Sites, departments, visit types, clinicians and rooms that the file no longer names become
    inactive, since visits may refer to them. Places, weekly hours, and the days from January of
    this year on that a file made are replaced. The number of queries does not grow with the
    group.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ADVISORY_LOCK])
    outside_before = {visit.pk for visit in visits_outside_hours(now=now)}
    changes = RowChanges()
    _bring_group_and_places(clinic, changes)
    sites = _bring_sites(clinic, changes)
    departments = _bring_departments(clinic, sites, changes)
    visit_types = _bring_visit_types(clinic, changes)
    _bring_plans(clinic, changes)
    calendars = _bring_calendars(clinic, sites, changes)
    clinicians = _bring_clinicians(clinic, calendars, changes)
    calendars |= _bring_sessions(clinic, clinicians, changes)
    _link_clinicians(clinic, clinicians, departments, visit_types, changes)
    replace_hours(clinic, calendars, sites, visit_types, changes)
    replace_days(clinic, calendars, sites, changes, since=date(now.year, 1, 1))
    outside = [visit for visit in visits_outside_hours(now=now) if visit.pk not in outside_before]
    loaded = Loaded(tuple(changes), _stranded_visits(now), tuple(outside))
    if dry_run:
        transaction.set_rollback(True)
    return loaded


def _stranded_visits(now: datetime) -> int:
    return Appointment.objects.filter(
        Q(site__active=False) | Q(clinician__active=False) | Q(visit_type__active=False),
        status__in=UPCOMING,
        starts_at__gte=now,
    ).count()


def _bring_group_and_places(clinic: ClinicSpec, changes: RowChanges) -> None:
    changes.bring(
        "clinic group",
        ClinicGroup.objects.all(),
        [ClinicGroup(**asdict(clinic.group))],
        key=lambda _: "",
        fields=["name", "phone", "currency"],
    )
    changes.bring(
        "places",
        Place.objects.all(),
        [Place(**asdict(place)) for place in clinic.places],
        key=lambda row: row.name,
        fields=["latitude", "longitude"],
    )


def _bring_sites(clinic: ClinicSpec, changes: RowChanges) -> dict[str, Site]:
    return changes.bring(
        "sites",
        Site.objects.all(),
        [
            Site(slug=site.slug, **{name: getattr(site, name) for name in SITE_FIELDS})
            for site in clinic.sites
        ],
        key=lambda row: row.slug,
        fields=[*SITE_FIELDS, "active"],
    )


def _bring_departments(
    clinic: ClinicSpec, sites: dict[str, Site], changes: RowChanges
) -> dict[str, Department]:
    """By "site/department", as clinicians' entries mention them."""
    return changes.bring(
        "departments",
        Department.objects.select_related("site"),
        [
            Department(site=sites[one.site], slug=one.slug, names=one.names, doors=one.doors)
            for site in clinic.sites
            for one in site.departments
        ],
        key=lambda row: f"{row.site.slug}/{row.slug}",
        fields=["names", "doors", "active"],
    )


def _bring_visit_types(clinic: ClinicSpec, changes: RowChanges) -> dict[str, VisitType]:
    return changes.bring(
        "visit types",
        VisitType.objects.all(),
        [_visit_type(one) for one in clinic.visit_types],
        key=lambda row: row.slug,
        fields=[*VISIT_TYPE_FIELDS, "active"],
    )


def _bring_plans(clinic: ClinicSpec, changes: RowChanges) -> None:
    changes.bring(
        "plans",
        Plan.objects.all(),
        [Plan(**asdict(one) | {"in_full": [*one.in_full]}) for one in clinic.plans],
        key=lambda row: row.slug,
        fields=[*PLAN_FIELDS, "active"],
    )


def _visit_type(one: specs.VisitTypeSpec) -> VisitType:
    said = {name: getattr(one, name) for name in VISIT_TYPE_FIELDS}
    said |= {"modes": [*one.modes], "needs": [*one.needs], "questions": as_data(one.questions)}
    return VisitType(slug=one.slug, **said)


def _bring_calendars(
    clinic: ClinicSpec, sites: dict[str, Site], changes: RowChanges
) -> dict[str, Resource]:
    """What can be taken: each clinician's time, rooms and devices."""
    wanted = [Resource(slug=one.slug, kind=Resource.Kind.CLINICIAN) for one in clinic.clinicians]
    wanted += [
        Resource(
            slug=one.slug,
            kind=one.kind,
            site=sites[one.site],
            category=one.category,
            capacity=one.capacity,
            names=one.names,
        )
        for one in clinic.rooms
    ]
    sessions = [one.slug for one in clinic.sessions]
    others = ~Q(kind=Resource.Kind.SESSION) & ~Q(slug__in=sessions)
    return _bring_resources("calendars", wanted, others, changes)


def _bring_sessions(
    clinic: ClinicSpec, clinicians: dict[str, Clinician], changes: RowChanges
) -> dict[str, Resource]:
    wanted = [
        Resource(
            slug=one.slug,
            kind=Resource.Kind.SESSION,
            leader=clinicians[one.leader],
            capacity=one.capacity,
            names=one.names,
        )
        for one in clinic.sessions
    ]
    return _bring_resources("group sessions", wanted, Q(kind=Resource.Kind.SESSION), changes)


def _bring_resources(
    kind: str, wanted: list[Resource], existing: Q, changes: RowChanges
) -> dict[str, Resource]:
    """``existing`` are those that become inactive when they are not wanted."""
    return changes.bring(
        kind,
        Resource.objects.select_related("site", "leader").filter(
            existing | Q(slug__in=[row.slug for row in wanted])
        ),
        wanted,
        key=lambda row: row.slug,
        fields=RESOURCE_FIELDS,
    )


def _bring_clinicians(
    clinic: ClinicSpec, calendars: dict[str, Resource], changes: RowChanges
) -> dict[str, Clinician]:
    return changes.bring(
        "clinicians",
        Clinician.objects.select_related("resource"),
        [
            Clinician(
                resource=calendars[one.slug],
                name=one.name,
                titles=one.titles,
                languages=list(one.languages),
                gender=one.gender,
            )
            for one in clinic.clinicians
        ],
        key=lambda row: row.resource.slug,
        fields=["name", "titles", "languages", "gender", "active"],
    )


def _link_clinicians(
    clinic: ClinicSpec,
    clinicians: dict[str, Clinician],
    departments: dict[str, Department],
    visit_types: dict[str, VisitType],
    changes: RowChanges,
) -> None:
    called = {row.pk: slug for slug, row in clinicians.items()}
    changes.link(
        "clinicians' departments",
        Clinician.departments.through,
        ("clinician_id", "department_id"),
        {
            (clinicians[one.slug].pk, departments[name].pk)
            for one in clinic.clinicians
            for name in one.departments
        },
        called=called,
    )
    changes.link(
        "clinicians' visit types",
        Clinician.visit_types.through,
        ("clinician_id", "visittype_id"),
        {
            (clinicians[one.slug].pk, visit_types[name].pk)
            for one in clinic.clinicians
            for name in one.visit_types
        },
        called=called,
    )

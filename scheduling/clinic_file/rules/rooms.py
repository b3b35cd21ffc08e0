"""Rooms and devices that visits need, and group sessions with places. Pure."""

from collections.abc import Mapping, Sequence

from scheduling.clinic_file.rules.specs import (
    ClinicianSpec,
    HoursSpec,
    RoomSpec,
    SessionSpec,
    Words,
)
from scheduling.clinic_file.rules.tables import SLUG, SLUG_LENGTH, Table
from scheduling.clinic_file.rules.working_hours import KnownNames, weekly_hours

CAPACITY = 500
NAME_LENGTH = 200


def rooms(top: Table, known: KnownNames, languages: Sequence[str]) -> tuple[RoomSpec, ...]:
    """Every room and every device."""
    return tuple(
        RoomSpec(
            line=table.line,
            slug=slug,
            kind=kind,
            site=table.mention("site", "a site", known.sites),
            category=_category(table),
            capacity=_capacity(table, default=1),
            names=_names(table, languages),
        )
        for kind in ("room", "device")
        for slug, table in top.named_tables(f"{kind}s", kind, required=False)
    )


def sessions(
    top: Table, clinicians: Sequence[ClinicianSpec], known: KnownNames, languages: Sequence[str]
) -> tuple[SessionSpec, ...]:
    """Every group session; its hours are at its leader's sites."""
    by_slug = {clinician.slug: clinician for clinician in clinicians}
    return tuple(
        _session(slug, table, by_slug, known, languages)
        for slug, table in top.named_tables("sessions", "session", required=False)
    )


def _session(
    slug: str,
    table: Table,
    clinicians: Mapping[str, ClinicianSpec],
    known: KnownNames,
    languages: Sequence[str],
) -> SessionSpec:
    leader = table.mention("leader", "a clinician", list(clinicians))
    sites = clinicians[leader].sites if leader else tuple(known.sites)
    hours = weekly_hours(table, sites, known)
    for one in hours:
        _check_offered(table, one, clinicians.get(leader))
    return SessionSpec(
        line=table.line,
        slug=slug,
        leader=leader,
        capacity=_capacity(table),
        names=_names(table, languages),
        hours=hours,
    )


def _check_offered(table: Table, hours: HoursSpec, leader: ClinicianSpec | None) -> None:
    if hours.works and not hours.visit_types:
        table.report.wrong(hours.line, "a session's hours must say for which 'visit_types'.")
    for visit_type in hours.visit_types:
        if leader is not None and visit_type not in leader.visit_types:
            table.report.wrong(
                hours.line, f"'{leader.slug}' does not offer visit type '{visit_type}'."
            )


def _category(table: Table) -> str:
    category = table.text("category", most=SLUG_LENGTH)
    if category and not SLUG.fullmatch(category):
        table.wrong("category", f"'{category}' cannot be a category; write it like 'x-ray'.")
    return category


def _capacity(table: Table, default: int | None = None) -> int:
    return table.whole("capacity", least=1, most=CAPACITY, default=default)


def _names(table: Table, languages: Sequence[str]) -> Words:
    return table.words("names", languages, most=NAME_LENGTH, required=False)

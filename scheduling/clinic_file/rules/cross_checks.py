"""What can be judged only when the whole file has been read. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from math import gcd

from scheduling.clinic_file.rules.days import changes_overlap, clashes
from scheduling.clinic_file.rules.problems import ClinicFileProblem
from scheduling.clinic_file.rules.specs import (
    ClinicianSpec,
    ClinicSpec,
    DayChangeSpec,
    HoursSpec,
    RoomSpec,
    SessionSpec,
    VisitTypeSpec,
)

MONDAY = date(1970, 1, 5)
DAY_NAMES = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def problems(clinic: ClinicSpec, *, staff_is_sound: bool) -> Iterator[ClinicFileProblem]:
    """What does not fit together.

    Whether hours suffice is judged only when ``staff_is_sound`` (every clinician's entry could
    be read), so that one slip of the pen is not told twice.
    """
    yield from _shared_names(clinic)
    yield from _overlapping_changes(clinic.closures)
    for session in clinic.sessions:
        yield from _overlapping_hours(session.hours)
    for clinician in clinic.clinicians:
        yield from _overlapping_hours(clinician.hours)
        yield from _overlapping_changes(clinician.changes)
        yield from _strangers(clinician)
        if staff_is_sound:
            yield from _idle_sites(clinician)
    for visit_type in clinic.visit_types:
        if not any(visit_type.slug in one.visit_types for one in clinic.clinicians):
            yield ClinicFileProblem(
                visit_type.line, f"visit type '{visit_type.slug}' has no clinician who offers it."
            )
        elif staff_is_sound:
            yield from _unbookable(visit_type, clinic)


def _shared_names(clinic: ClinicSpec) -> Iterator[ClinicFileProblem]:
    first: dict[str, tuple[str, int]] = {}
    kinds: list[tuple[str, Sequence[ClinicianSpec | RoomSpec | SessionSpec]]] = [
        ("a clinician", clinic.clinicians),
        ("a room or a device", clinic.rooms),
        ("a session", clinic.sessions),
    ]
    for kind, entries in kinds:
        for entry in entries:
            called, line = first.setdefault(entry.slug, (kind, entry.line))
            if line != entry.line:
                yield ClinicFileProblem(
                    entry.line, f"'{entry.slug}' is already {called}, on line {line}."
                )


def _overlapping_changes(changes: tuple[DayChangeSpec, ...]) -> Iterator[ClinicFileProblem]:
    pairs = clashes(
        changes,
        among=lambda change: (change.effect, change.site, change.clinician, change.on_date),
        overlap=changes_overlap,
    )
    for earlier, later in pairs:
        yield ClinicFileProblem(
            later.line,
            f"{later.on_date} is already {_told(later)} at that time, on line {earlier.line}.",
        )


def _told(change: DayChangeSpec) -> str:
    if change.effect == "extra":
        return "given extra hours"
    return "time off" if change.clinician else f"a closure of '{change.site}'"


def _overlapping_hours(entries: Sequence[HoursSpec]) -> Iterator[ClinicFileProblem]:
    pairs = clashes(
        entries, among=lambda hours: (hours.weekday, hours.works), overlap=_hours_overlap
    )
    for earlier, later in pairs:
        yield ClinicFileProblem(
            later.line,
            f"on {DAY_NAMES[later.weekday]}, {later.starts:%H:%M} to {later.ends:%H:%M} overlaps "
            f"{earlier.starts:%H:%M} to {earlier.ends:%H:%M} on line {earlier.line}.",
        )


def _hours_overlap(one: HoursSpec, other: HoursSpec) -> bool:
    """By the clock on the wall, whichever sites they are at: nobody is at two at once."""
    return (
        one.starts < other.ends
        and other.starts < one.ends
        and one.valid_from <= (other.valid_until or date.max)
        and other.valid_from <= (one.valid_until or date.max)
        and _share_a_week(one, other)
    )


def _share_a_week(one: HoursSpec, other: HoursSpec) -> bool:
    """Whether two rhythms, each counted from its own first week, ever fall on the same week."""
    apart = (one.valid_from - MONDAY).days // 7 - (other.valid_from - MONDAY).days // 7
    return apart % gcd(one.every_weeks, other.every_weeks) == 0


def _strangers(clinician: ClinicianSpec) -> Iterator[ClinicFileProblem]:
    """Mentions of things that exist but are not this clinician's."""
    for department in clinician.departments:
        site, _, _ = department.partition("/")
        if site not in clinician.sites:
            yield ClinicFileProblem(
                clinician.line,
                f"'{clinician.slug}' is in department '{department}' "
                f"but does not work at '{site}'.",
            )
    for hours in clinician.hours:
        for visit_type in hours.visit_types:
            if visit_type not in clinician.visit_types:
                yield ClinicFileProblem(
                    hours.line, f"'{clinician.slug}' does not offer visit type '{visit_type}'."
                )


def _idle_sites(clinician: ClinicianSpec) -> Iterator[ClinicFileProblem]:
    worked = {hours.site for hours in clinician.hours if hours.works}
    worked |= {change.site for change in clinician.changes if change.site}
    for site in clinician.sites:
        if site not in worked:
            yield ClinicFileProblem(clinician.line, f"'{clinician.slug}' has no hours at '{site}'.")


def _unbookable(visit_type: VisitTypeSpec, clinic: ClinicSpec) -> Iterator[ClinicFileProblem]:
    """Whether there are hours in which a visit can be had, in each of its ways of meeting."""
    called = f"visit type '{visit_type.slug}'"
    offered = list(_hours_for(visit_type, clinic))
    if not offered and visit_type.group:
        yield ClinicFileProblem(visit_type.line, f"{called} is for groups and has no session.")
    elif not any(hours.minutes >= visit_type.minutes for hours in offered):
        yield ClinicFileProblem(
            visit_type.line,
            f"{called} takes {visit_type.minutes} minutes, and nobody who "
            "offers it has hours for it that are so long.",
        )
    for mode in visit_type.modes:
        if offered and not any(hours.mode in ("", mode) for hours in offered):
            yield ClinicFileProblem(
                visit_type.line, f"{called} has no hours in which it is '{mode}'."
            )
    in_person = {hours.site for hours in offered if hours.mode in ("", "in_person")}
    for need in visit_type.needs if "in_person" in visit_type.modes else ():
        having = {room.site for room in clinic.rooms if room.category == need}
        for site in sorted(in_person - having):
            yield ClinicFileProblem(
                visit_type.line,
                f"{called} needs '{need}', and '{site}', where it is offered, has no such room.",
            )


def _hours_for(visit_type: VisitTypeSpec, clinic: ClinicSpec) -> Iterator[HoursSpec]:
    """The hours in which clinicians, or for groups the sessions, see patients for it."""
    entries: Iterable[ClinicianSpec | SessionSpec] = (
        clinic.sessions
        if visit_type.group
        else [one for one in clinic.clinicians if visit_type.slug in one.visit_types]
    )
    for entry in entries:
        for hours in entry.hours:
            only = hours.visit_types
            if hours.works and (visit_type.slug in only or (not only and not visit_type.group)):
                yield hours

"""What can be judged only when the whole file has been read. Pure."""

from collections.abc import Iterator
from datetime import date

from scheduling.clinic_file.days import changes_overlap, clashes
from scheduling.clinic_file.problems import Problem
from scheduling.clinic_file.shapes import Clinic, Clinician, DayChange, Hours, VisitType

DAY_NAMES = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def problems(clinic: Clinic, *, staff_is_sound: bool) -> Iterator[Problem]:
    """What does not fit together.

    Whether hours suffice is judged only when ``staff_is_sound`` (every clinician's entry could
    be read), so that one slip of the pen is not told twice.
    """
    yield from _shared_names(clinic)
    yield from _overlapping_changes(clinic.closures)
    for clinician in clinic.clinicians:
        yield from _overlapping_hours(clinician)
        yield from _overlapping_changes(clinician.changes)
        yield from _strangers(clinician)
        if staff_is_sound:
            yield from _idle_sites(clinician)
    for visit_type in clinic.visit_types:
        yield from _unbookable(visit_type, clinic.clinicians, staff_is_sound=staff_is_sound)


def _shared_names(clinic: Clinic) -> Iterator[Problem]:
    clinicians = {clinician.slug: clinician.line for clinician in clinic.clinicians}
    for room in clinic.rooms:
        if room.slug in clinicians:
            line = clinicians[room.slug]
            yield Problem(room.line, f"'{room.slug}' is already a clinician, on line {line}.")


def _overlapping_changes(changes: tuple[DayChange, ...]) -> Iterator[Problem]:
    pairs = clashes(
        changes,
        among=lambda change: (change.effect, change.site, change.clinician, change.on_date),
        overlap=changes_overlap,
    )
    for earlier, later in pairs:
        yield Problem(
            later.line,
            f"{later.on_date} is already {_told(later)} at that time, on line {earlier.line}.",
        )


def _told(change: DayChange) -> str:
    if change.effect == "extra":
        return "given extra hours"
    return "time off" if change.clinician else f"a closure of '{change.site}'"


def _overlapping_hours(clinician: Clinician) -> Iterator[Problem]:
    pairs = clashes(clinician.hours, among=lambda hours: hours.weekday, overlap=_hours_overlap)
    for earlier, later in pairs:
        yield Problem(
            later.line,
            f"on {DAY_NAMES[later.weekday]}, {later.starts:%H:%M} to {later.ends:%H:%M} overlaps "
            f"{earlier.starts:%H:%M} to {earlier.ends:%H:%M} on line {earlier.line}.",
        )


def _hours_overlap(one: Hours, other: Hours) -> bool:
    """By the clock on the wall, whichever sites they are at: nobody is at two at once."""
    return (
        one.starts < other.ends
        and other.starts < one.ends
        and one.valid_from <= (other.valid_until or date.max)
        and other.valid_from <= (one.valid_until or date.max)
    )


def _strangers(clinician: Clinician) -> Iterator[Problem]:
    """Mentions of things that exist but are not this clinician's."""
    for department in clinician.departments:
        site, _, _ = department.partition("/")
        if site not in clinician.sites:
            yield Problem(
                clinician.line,
                f"'{clinician.slug}' is in department '{department}' "
                f"but does not work at '{site}'.",
            )
    for hours in clinician.hours:
        for visit_type in hours.visit_types:
            if visit_type not in clinician.visit_types:
                yield Problem(
                    hours.line, f"'{clinician.slug}' does not offer visit type '{visit_type}'."
                )


def _idle_sites(clinician: Clinician) -> Iterator[Problem]:
    worked = {hours.site for hours in clinician.hours}
    worked |= {change.site for change in clinician.changes if change.site}
    for site in clinician.sites:
        if site not in worked:
            yield Problem(clinician.line, f"'{clinician.slug}' has no hours at '{site}'.")


def _unbookable(
    visit_type: VisitType, clinicians: tuple[Clinician, ...], *, staff_is_sound: bool
) -> Iterator[Problem]:
    offering = [one for one in clinicians if visit_type.slug in one.visit_types]
    if not offering:
        yield Problem(
            visit_type.line,
            f"visit type '{visit_type.slug}' has no clinician who offers it.",
        )
    elif staff_is_sound and not any(_has_room(one, visit_type) for one in offering):
        yield Problem(
            visit_type.line,
            f"visit type '{visit_type.slug}' takes {visit_type.minutes} minutes, and nobody who "
            "offers it has hours for it that are so long.",
        )


def _has_room(clinician: Clinician, visit_type: VisitType) -> bool:
    return any(
        hours.minutes >= visit_type.minutes
        for hours in clinician.hours
        if not hours.visit_types or visit_type.slug in hours.visit_types
    )

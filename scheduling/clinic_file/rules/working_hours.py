"""Weekly hours and the breaks in them, of clinicians and of group sessions. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, time

from scheduling.clinic_file.rules.days import stretch
from scheduling.clinic_file.rules.specs import HoursSpec, SiteSpec
from scheduling.clinic_file.rules.tables import Table

WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
MODES = ["in_person", "video"]
KEPT_FOR = ["new", "returning", "same_day"]
# Hours without a first day have always held. A fixed day, so that reading a file again changes
# nothing.
ALWAYS = date(2000, 1, 1)


@dataclass(frozen=True)
class KnownNames:
    """The short names that other entries may mention; departments as "site/department"."""

    sites: list[str]
    departments: list[str]
    visit_types: list[str]


def known_names(sites: tuple[SiteSpec, ...], visit_types: list[str]) -> KnownNames:
    return KnownNames(
        sites=[site.slug for site in sites],
        departments=[f"{site.slug}/{own.slug}" for site in sites for own in site.departments],
        visit_types=visit_types,
    )


def weekly_hours(table: Table, sites: tuple[str, ...], known: KnownNames) -> tuple[HoursSpec, ...]:
    """The ``hours`` and ``breaks`` of somebody who works at ``sites``, one for each weekday."""
    work = [_work(entry, sites, known) for entry in table.tables("hours", "the entry of hours")]
    breaks = [_stretches(entry, sites, known) for entry in table.tables("breaks", "the break")]
    return (
        *(hours for entry in work for hours in entry),
        *(replace(hours, works=False) for entry in breaks for hours in entry),
    )


def own_site(entry: Table, sites: Sequence[str], known: KnownNames) -> str:
    """The entry's own site, or the only one there is. Empty when it is wrong."""
    if not entry.has("site") and len(sites) == 1:
        return sites[0]
    site = entry.mention("site", "a site", known.sites)
    if site and site not in sites:
        entry.wrong("site", f"'{site}' is not among the clinician's own 'sites'.")
    return site


def _work(entry: Table, sites: Sequence[str], known: KnownNames) -> list[HoursSpec]:
    only = entry.mentions("visit_types", "a visit type", known.visit_types, required=False)
    mode = entry.mention("mode", "a way of meeting", MODES, required=False)
    kept_for, days, at = _kept(entry)
    return [
        replace(
            hours,
            visit_types=only,
            mode=mode,
            kept_for=kept_for,
            release_days=days,
            release_time=at,
        )
        for hours in _stretches(entry, sites, known)
    ]


def _stretches(entry: Table, sites: Sequence[str], known: KnownNames) -> Iterator[HoursSpec]:
    site = own_site(entry, sites, known)
    days = entry.mentions("days", "a day of the week ('mon' to 'sun')", WEEKDAYS)
    times = stretch(entry, required=True)
    first = entry.day("valid_from", required=False)
    last = entry.day("valid_until", required=False)
    every_weeks = entry.whole("every_weeks", least=1, most=8, default=1)
    if every_weeks > 1 and first is None:
        entry.wrong("every_weeks", "every second week counts from 'valid_from', which is missing.")
    if last is not None and last < (first or ALWAYS):
        entry.wrong("valid_until", f"the last day, {last}, is before the first, {first}.")
    if times is None or not site:
        return
    for day in days:
        yield HoursSpec(
            line=entry.line,
            site=site,
            weekday=WEEKDAYS.index(day),
            starts=times[0],
            ends=times[1],
            valid_from=first or ALWAYS,
            valid_until=last,
            every_weeks=every_weeks,
        )


def _kept(entry: Table) -> tuple[str, int | None, time | None]:
    """For whom the time is kept, and when it is released to everybody: days before, and time."""
    kept_for = entry.mention("kept_for", "somebody time is kept for", KEPT_FOR, required=False)
    days = entry.whole_if_any("release_days", least=0, most=366)
    at = entry.clock("release_at", required=False)
    if (days is None) != (at is None):
        entry.report.wrong(entry.path, "'release_days' and 'release_at' belong together.")
    elif days is not None and not entry.has("kept_for"):
        entry.wrong("release_days", "this time is kept for nobody, so it is not released either.")
    elif kept_for == "same_day" and days is None:
        entry.wrong("kept_for", "time for the same day needs 'release_days' and 'release_at'.")
    return kept_for, days, at

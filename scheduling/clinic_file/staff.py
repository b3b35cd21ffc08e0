"""Clinicians: what they offer, where, and when they work. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from scheduling.clinic_file.days import REASON_LENGTH, dates, stretch
from scheduling.clinic_file.shapes import Clinician, DayChange, Hours, Site
from scheduling.clinic_file.tables import Table

WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]+)*")
# Hours without a first day have always held. A fixed day, so that reading a file again changes
# nothing.
ALWAYS = date(2000, 1, 1)


@dataclass(frozen=True)
class Known:
    """The short names that clinicians' entries may mention; departments as "site/department"."""

    sites: list[str]
    departments: list[str]
    visit_types: list[str]


def known_names(sites: tuple[Site, ...], visit_types: list[str]) -> Known:
    return Known(
        sites=[site.slug for site in sites],
        departments=[f"{site.slug}/{own.slug}" for site in sites for own in site.departments],
        visit_types=visit_types,
    )


def clinician(slug: str, table: Table, known: Known, languages: Sequence[str]) -> Clinician:
    """``languages`` are the codes that titles may come in."""
    sites = _mentions(table, "sites", "a site", known.sites)
    departments = _mentions(
        table, "departments", "a department ('site/department')", known.departments, required=False
    )
    offered = _mentions(table, "visit_types", "a visit type", known.visit_types)
    return Clinician(
        line=table.line,
        slug=slug,
        name=table.text("name", most=200),
        titles=table.words("titles", languages, most=100, required=False),
        languages=_languages(table),
        sites=sites,
        departments=departments,
        visit_types=offered,
        hours=tuple(
            hours
            for entry in table.tables("hours", "the entry of hours")
            for hours in _hours(entry, sites, known)
        ),
        changes=(*_time_off(table, slug), *_extra_hours(table, slug, sites, known)),
    )


def _mentions(
    table: Table, key: str, kind: str, options: list[str], *, required: bool = True
) -> tuple[str, ...]:
    named = table.texts(key, required=required)
    return tuple(name for line, name in named if table.report.known(line, name, kind, options))


def _languages(table: Table) -> tuple[str, ...]:
    named = table.texts("languages", required=False)
    for line, code in named:
        if not LANGUAGE.fullmatch(code):
            table.report.wrong(line, f"'{code}' is not a language code, such as 'en' or 'es'.")
    return tuple(code for _, code in named)


def _site(entry: Table, sites: tuple[str, ...], known: Known) -> str:
    """The entry's own site, or the clinician's only one. Empty when it is wrong."""
    if not entry.has("site") and len(sites) == 1:
        return sites[0]
    site = entry.text("site", most=50)
    where = (*entry.path, "site")
    if not site or not entry.report.known(where, site, "a site", known.sites):
        return ""
    if site not in sites:
        entry.wrong("site", f"'{site}' is not among the clinician's own 'sites'.")
    return site


def _hours(entry: Table, sites: tuple[str, ...], known: Known) -> Iterator[Hours]:
    site = _site(entry, sites, known)
    days = _mentions(entry, "days", "a day of the week ('mon' to 'sun')", WEEKDAYS)
    times = stretch(entry, required=True)
    only = _mentions(entry, "visit_types", "a visit type", known.visit_types, required=False)
    first = entry.day("valid_from", required=False) or ALWAYS
    last = entry.day("valid_until", required=False)
    if last is not None and last < first:
        entry.wrong("valid_until", f"the last day, {last}, is before the first, {first}.")
    if times is None or not site:
        return
    for day in days:
        yield Hours(
            line=entry.line,
            site=site,
            weekday=WEEKDAYS.index(day),
            starts=times[0],
            ends=times[1],
            valid_from=first,
            valid_until=last,
            visit_types=only,
        )


def _time_off(table: Table, slug: str) -> Iterator[DayChange]:
    for entry in table.tables("time_off", "the time off"):
        reason = entry.text("reason", most=REASON_LENGTH, required=False)
        starts, ends = stretch(entry, required=False) or (None, None)
        for day in dates(entry):
            yield DayChange(
                line=entry.line,
                on_date=day,
                effect="closed",
                clinician=slug,
                starts=starts,
                ends=ends,
                reason=reason,
            )


def _extra_hours(
    table: Table, slug: str, sites: tuple[str, ...], known: Known
) -> Iterator[DayChange]:
    for entry in table.tables("extra_hours", "the entry of extra hours"):
        site = _site(entry, sites, known)
        reason = entry.text("reason", most=REASON_LENGTH, required=False)
        times = stretch(entry, required=True)
        for day in dates(entry):
            if times is not None and site:
                yield DayChange(
                    line=entry.line,
                    on_date=day,
                    effect="extra",
                    site=site,
                    clinician=slug,
                    starts=times[0],
                    ends=times[1],
                    reason=reason,
                )

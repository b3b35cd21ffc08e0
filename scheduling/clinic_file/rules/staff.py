"""Clinicians: what they offer, where, and when they work. Pure."""

import re
from collections.abc import Iterator, Sequence

from scheduling.clinic_file.rules.days import REASON_LENGTH, dates, stretch
from scheduling.clinic_file.rules.specs import ClinicianSpec, DayChangeSpec
from scheduling.clinic_file.rules.tables import Table
from scheduling.clinic_file.rules.working_hours import KnownNames, own_site, weekly_hours

GENDERS = ["female", "male", "nonbinary"]
LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]+)*")


def clinician(
    slug: str, table: Table, known: KnownNames, languages: Sequence[str]
) -> ClinicianSpec:
    """``languages`` are the codes that titles may come in."""
    sites = table.mentions("sites", "a site", known.sites)
    departments = table.mentions(
        "departments", "a department ('site/department')", known.departments, required=False
    )
    offered = table.mentions("visit_types", "a visit type", known.visit_types)
    return ClinicianSpec(
        line=table.line,
        slug=slug,
        name=table.text("name", most=200),
        titles=table.words("titles", languages, most=100, required=False),
        languages=_languages(table),
        gender=table.mention("gender", "a gender", GENDERS, required=False),
        sites=sites,
        departments=departments,
        visit_types=offered,
        hours=weekly_hours(table, sites, known),
        changes=(*_time_off(table, slug), *_extra_hours(table, slug, sites, known)),
    )


def _languages(table: Table) -> tuple[str, ...]:
    named = table.texts("languages", required=False)
    for line, code in named:
        if not LANGUAGE.fullmatch(code):
            table.report.wrong(line, f"'{code}' is not a language code, such as 'en' or 'es'.")
    return tuple(code for _, code in named)


def _time_off(table: Table, slug: str) -> Iterator[DayChangeSpec]:
    for entry in table.tables("time_off", "the time off"):
        reason = entry.text("reason", most=REASON_LENGTH, required=False)
        starts, ends = stretch(entry, required=False) or (None, None)
        for day in dates(entry):
            yield DayChangeSpec(
                line=entry.line,
                on_date=day,
                effect="closed",
                clinician=slug,
                starts=starts,
                ends=ends,
                reason=reason,
            )


def _extra_hours(
    table: Table, slug: str, sites: tuple[str, ...], known: KnownNames
) -> Iterator[DayChangeSpec]:
    for entry in table.tables("extra_hours", "the entry of extra hours"):
        site = own_site(entry, sites, known)
        reason = entry.text("reason", most=REASON_LENGTH, required=False)
        times = stretch(entry, required=True)
        for day in dates(entry):
            if times is not None and site:
                yield DayChangeSpec(
                    line=entry.line,
                    on_date=day,
                    effect="extra",
                    site=site,
                    clinician=slug,
                    starts=times[0],
                    ends=times[1],
                    reason=reason,
                )

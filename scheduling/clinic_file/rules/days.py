"""Days that differ: closures, public holidays, and the dates and times they are given in. Pure."""

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import cache
from itertools import combinations
from typing import TypeVar

import holidays
from holidays.constants import HOLIDAY_NAME_DELIMITER

from scheduling.clinic_file.rules.problems import Report
from scheduling.clinic_file.rules.specs import DayChangeSpec
from scheduling.clinic_file.rules.tables import Table

LONGEST_DAYS = 366
REASON_LENGTH = 180
HOLIDAY_YEARS = 3

Item = TypeVar("Item")


@dataclass(frozen=True)
class HolidayRules:
    """Which country's public holidays close a site; none do without a country.

    ``open_on`` names those on which it stays open, each with its line.
    """

    line: int = 1
    country: str = ""
    subdivision: str = ""
    open_on: tuple[tuple[int, str], ...] = ()


def dates(table: Table) -> list[date]:
    """The day ``on``, or every day from ``first`` to ``last``."""
    if table.has("on") or not (table.has("first") or table.has("last")):
        day = table.day("on")
        return [] if day is None else [day]
    first, last = table.day("first"), table.day("last")
    if first is None or last is None:
        return []
    if last < first:
        table.wrong("last", f"the last day, {last}, is before the first, {first}.")
        return []
    if (last - first).days > LONGEST_DAYS:
        table.wrong("last", f"{first} to {last} is more than a year; is that right?")
        return []
    return [first + timedelta(days=count) for count in range((last - first).days + 1)]


def stretch(table: Table, *, required: bool) -> tuple[time, time] | None:
    """The times ``from`` and ``to``; None when they are wrong or not there."""
    required = required or table.has("from") or table.has("to")
    starts, ends = table.clock("from", required=required), table.clock("to", required=required)
    if starts is None or ends is None:
        return None
    if ends <= starts:
        table.wrong("to", f"the end, {ends:%H:%M}, is not after the start, {starts:%H:%M}.")
        return None
    return starts, ends


def closures(top: Table, sites: list[str]) -> tuple[DayChangeSpec, ...]:
    """``[[closures]]``: days on which some sites, or all of them, are closed."""
    return tuple(
        change
        for table in top.tables("closures", "the closure")
        for change in _closure(table, sites)
    )


def _closure(table: Table, sites: list[str]) -> list[DayChangeSpec]:
    chosen = sites
    if table.has("sites"):
        named = table.texts("sites")
        chosen = [name for line, name in named if table.report.known(line, name, "a site", sites)]
    reason = table.text("reason", most=REASON_LENGTH)
    starts, ends = stretch(table, required=False) or (None, None)
    return [
        DayChangeSpec(
            line=table.line,
            on_date=day,
            effect="closed",
            site=site,
            starts=starts,
            ends=ends,
            reason=reason,
        )
        for day in dates(table)
        for site in chosen
    ]


def holiday_rules(table: Table, inherited: HolidayRules | None = None) -> HolidayRules:
    """A site's own rules over its group's (``inherited``); the group has none to inherit."""
    above = inherited or HolidayRules()
    observes = table.flag("public_holidays", default=inherited is None or above.country != "")
    own = table.text("country", most=20, required=observes and not above.country)
    country = own or above.country
    subdivision = table.text("subdivision", most=20, required=False)
    open_on = table.texts("open_on_holidays", required=False) if inherited else []
    supported = _supported()
    if own and not table.report.known((*table.path, "country"), own, "a country code", supported):
        country = ""
    if not observes or not country:
        return HolidayRules()
    if subdivision and subdivision not in supported[country]:
        table.wrong("subdivision", f"'{subdivision}' is not a part of '{country}'.")
        subdivision = ""
    if not subdivision and not own:
        subdivision = above.subdivision
    return HolidayRules(table.line, country, subdivision, tuple(open_on))


def holiday_closures(
    report: Report, rules: dict[str, HolidayRules], closed: Iterable[DayChangeSpec], *, today: date
) -> tuple[DayChangeSpec, ...]:
    """The public holidays on which each site is closed and that the file does not name itself."""
    taken = {(change.site, change.on_date) for change in closed if change.starts is None}
    return tuple(
        change
        for site, rule in rules.items()
        if rule.country
        for change in _site_holidays(report, site, rule, today.year)
        if (site, change.on_date) not in taken
    )


def _site_holidays(
    report: Report, site: str, rule: HolidayRules, first_year: int
) -> Iterator[DayChangeSpec]:
    calendar = _calendar(rule.country, rule.subdivision, first_year)
    known = {_plain(name) for names in calendar.values() for name in names}
    for line, name in rule.open_on:
        report.known(line, name, f"a public holiday where '{site}' is", known)
    open_on = {name for _, name in rule.open_on}
    for day, names in calendar.items():
        closing = [name for name in names if _plain(name) not in open_on]
        if closing:
            reason = "; ".join(closing)[:REASON_LENGTH]
            yield DayChangeSpec(rule.line, day, "closed", site=site, reason=reason)


@cache
def _supported() -> dict[str, list[str]]:
    """The parts of each country, by code."""
    countries: dict[str, list[str]] = holidays.list_supported_countries(include_aliases=True)
    return countries


@cache
def _calendar(country: str, subdivision: str, first_year: int) -> dict[date, list[str]]:
    """The names of each public holiday, by date, for ``HOLIDAY_YEARS`` whole years.

    The package also puts days observed for the following year in; those years are left out.
    """
    years = range(first_year, first_year + HOLIDAY_YEARS)
    found = holidays.country_holidays(country, subdiv=subdivision or None, years=years)
    return {
        day: str(names).split(HOLIDAY_NAME_DELIMITER)
        for day, names in sorted(found.items())
        if day.year in years
    }


def _plain(name: str) -> str:
    """A holiday's name on its own day as on the working day that stands in for it."""
    return name.removesuffix(" (observed)")


def clashes(
    items: Iterable[Item],
    *,
    among: Callable[[Item], Hashable],
    overlap: Callable[[Item, Item], bool],
) -> Iterator[tuple[Item, Item]]:
    """Pairs, in order, that have the same ``among`` and overlap."""
    groups: dict[Hashable, list[Item]] = {}
    for item in items:
        groups.setdefault(among(item), []).append(item)
    for group in groups.values():
        for earlier, later in combinations(group, 2):
            if overlap(earlier, later):
                yield earlier, later


def changes_overlap(one: DayChangeSpec, other: DayChangeSpec) -> bool:
    """Whether two changes of one day share some of it."""
    return (one.starts or time.min) < (other.ends or time.max) and (other.starts or time.min) < (
        one.ends or time.max
    )

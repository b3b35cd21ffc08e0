"""From the text of a clinic file to a clinic group. Pure."""

import re
from collections.abc import Sequence
from datetime import date
from functools import cache
from zoneinfo import available_timezones

import phonenumbers

from scheduling.clinic_file.rules import (
    cross_checks,
    days,
    plans,
    questions,
    rooms,
    staff,
    syntax,
    visit_types,
)
from scheduling.clinic_file.rules.line_numbers import line_numbers
from scheduling.clinic_file.rules.problems import Report
from scheduling.clinic_file.rules.specs import (
    ClinicSpec,
    DepartmentSpec,
    GroupSpec,
    PlaceSpec,
    SiteSpec,
)
from scheduling.clinic_file.rules.tables import Table
from scheduling.clinic_file.rules.visit_types import WORDS_LENGTH
from scheduling.clinic_file.rules.working_hours import known_names

CURRENCY = re.compile(r"[A-Z]{3}")
# Money is kept in hundredths; these currencies are not divided into hundredths.
# https://www.iso.org/iso-4217-currency-codes.html
NOT_IN_HUNDREDTHS = re.compile(
    "BHD|BIF|CLP|DJF|GNF|IQD|ISK|JOD|JPY|KMF|KRW|KWD|LYD|OMR|PYG|RWF|TND|UGX|UYI|VND|VUV|XAF|"
    "XOF|XPF"
)


def parse(text: str, *, today: date, languages: Sequence[str]) -> ClinicSpec:
    """Read and check a clinic file.

    ``languages`` are the codes patients' words may come in; the first one must be there.
    Public holidays are worked out for three whole years, from ``today``'s. Raises
    ClinicFileError with every problem at once, or only the first where the text is not TOML.
    """
    values = syntax.read(text)
    report = Report(line_numbers(text))
    top = Table(values, (), report, "the file")
    group, group_rules = _group(top)
    site_tables = top.named_tables("sites", "site")
    sites = tuple(_site(slug, table, languages) for slug, table in site_tables)
    rules = {slug: days.holiday_rules(table, group_rules) for slug, table in site_tables}
    kinds = visit_types.visit_types(top, languages)
    questions.check_visit_types([(one.slug, one.questions) for one in kinds], report)
    places = _places(top)
    closures = days.closures(top, [site.slug for site in sites])
    holidays = days.holiday_closures(report, rules, closures, today=today)
    count = len(report.problems)
    known = known_names(sites, [kind.slug for kind in kinds])
    clinicians = tuple(
        staff.clinician(slug, table, known, languages)
        for slug, table in top.named_tables("clinicians", "clinician")
    )
    clinic = ClinicSpec(
        group=group,
        sites=sites,
        places=places,
        visit_types=kinds,
        plans=plans.plans(top, [one.slug for one in kinds]),
        clinicians=clinicians,
        rooms=rooms.rooms(top, known, languages),
        sessions=rooms.sessions(top, clinicians, known, languages),
        closures=closures,
        holidays=holidays,
    )
    staff_is_sound = len(report.problems) == count
    report.problems.extend(cross_checks.problems(clinic, staff_is_sound=staff_is_sound))
    report.finish()
    return clinic


def _group(top: Table) -> tuple[GroupSpec, days.HolidayRules]:
    table = top.table("group", "the group")
    if table is None:
        return GroupSpec("", "", ""), days.HolidayRules()
    group = GroupSpec(
        name=table.text("name", most=200), phone=_phone(table), currency=_currency(table)
    )
    return group, days.holiday_rules(table)


def _phone(table: Table) -> str:
    """The number in E.164."""
    text = table.text("phone", most=40)
    if not text:
        return ""
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        table.wrong(
            "phone",
            f"'{text}' is not a phone number; write it with its country, such as +1 212 555 0100.",
        )
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _currency(table: Table) -> str:
    code = table.text("currency", most=20)
    if code and not CURRENCY.fullmatch(code):
        table.wrong("currency", f"'{code}' is not a currency code, such as 'USD'.")
    elif NOT_IN_HUNDREDTHS.fullmatch(code):
        table.wrong("currency", f"prices are kept in hundredths, which '{code}' does not have.")
    return code


def _site(slug: str, table: Table, languages: Sequence[str]) -> SiteSpec:
    latitude, longitude = table.location("location")
    return SiteSpec(
        line=table.line,
        slug=slug,
        name=table.text("name", most=200),
        street=table.text("street", most=200),
        city=table.text("city", most=100),
        region=table.text("region", most=100, required=False),
        postcode=table.text("postcode", most=20, required=False),
        phone=_phone(table),
        time_zone=_time_zone(table),
        latitude=latitude,
        longitude=longitude,
        step_free=table.flag("step_free", default=True),
        directions=table.words("directions", languages, most=WORDS_LENGTH, required=False),
        departments=tuple(
            DepartmentSpec(
                slug=own,
                site=slug,
                names=inner.words("names", languages, most=200),
                doors=inner.words("doors", languages, most=100, required=False),
            )
            for own, inner in table.named_tables("departments", "department", required=False)
        ),
    )


def _time_zone(table: Table) -> str:
    name = table.text("time_zone", most=64)
    if name:
        table.report.known((*table.path, "time_zone"), name, "a time zone", _time_zones())
    return name


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _places(top: Table) -> tuple[PlaceSpec, ...]:
    table = top.table("places", "'places'", required=False)
    if table is None:
        return ()
    lines: dict[str, int] = {}
    places = []
    for name in table.names():
        places.append(PlaceSpec(name, *table.location(name)))
        first = lines.setdefault(name.strip().casefold(), table.line_of(name))
        if first != table.line_of(name):
            table.wrong(name, f"the place '{name}' is already on line {first}.")
        if not name.strip() or len(name) > 100:
            table.wrong(name, "a place needs a name of 1 to 100 letters.")
    return tuple(places)

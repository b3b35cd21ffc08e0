"""A clinic file is read whole, or told what is wrong with it, line by line."""

import tomllib
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.clinic_file.rules import ClinicFileError, ClinicSpec, parse
from scheduling.clinic_file.rules.line_numbers import line_numbers

TODAY = date(2026, 11, 21)
DEMO = Path(__file__).parents[3] / "demo" / "clinic.toml"

SMALL = """\
[group]
name = "Lakeside"
phone = "+1 212 555 0100"
currency = "USD"
country = "US"
subdivision = "NY"

[sites.lake]
name = "Lakeside Clinic"
street = "1 Heron Lane"
city = "Buffalo"
phone = "+1 716 555 0110"
time_zone = "America/New_York"
location = [42.9, -78.9]

[sites.lake.departments.lab]
names.en = "Lab"
doors.en = "Door 2"

[visit_types.blood-test]
names.en = "Blood test"
names.es = "Análisis de sangre"
minutes = 15
price = [35.00, 60.5]

[clinicians.ada]
name = "Ada Park"
sites = ["lake"]
departments = ["lake/lab"]
visit_types = ["blood-test"]
hours = [
    { days = ["mon", "tue"], from = 08:00:00, to = 12:00:00 },
    { days = ["mon"], from = 13:00:00, to = 17:00:00 },
]
"""

ROOM = '[rooms.{}]\nsite = "lake"\ncategory = "x-ray"\n'


def read(text: str) -> ClinicSpec:
    return parse(text, today=TODAY, languages=["en", "es"])


def problems(text: str) -> list[str]:
    """What is wrong with a file, or nothing."""
    try:
        read(text)
    except ClinicFileError as error:
        return [str(problem) for problem in error.problems]
    return []


def changed(*replacements: tuple[str, str]) -> str:
    """The small file with some of its text replaced, each once."""
    text = SMALL
    for old, new in replacements:
        assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in the file"
        text = text.replace(old, new)
    return text


def line_of(fragment: str, text: str = SMALL) -> int:
    (line,) = [n for n, row in enumerate(text.splitlines(), 1) if fragment in row]
    return line


def test_a_small_clinic_is_read_as_plain_values() -> None:
    clinic = read(SMALL)
    (site,) = clinic.sites
    (visit_type,) = clinic.visit_types
    (clinician,) = clinic.clinicians
    assert clinic.group.phone == "+12125550100"
    assert (site.slug, site.time_zone, site.latitude) == ("lake", "America/New_York", 42.9)
    assert site.departments[0].names == {"en": "Lab"}
    assert site.departments[0].doors == {"en": "Door 2"}
    assert visit_type.names == {"en": "Blood test", "es": "Análisis de sangre"}
    assert (visit_type.price_low, visit_type.price_high) == (3500, 6050)
    assert [(h.site, h.weekday, h.starts, h.ends) for h in clinician.hours] == [
        ("lake", 0, time(8), time(12)),
        ("lake", 1, time(8), time(12)),
        ("lake", 0, time(13), time(17)),
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            '"America/New_York"',
            '"America/New_Yrok"',
            "line 13: 'America/New_Yrok' is not a time zone; did you mean 'America/New_York'?",
        ),
        (
            'visit_types = ["blood-test"]',
            'visit_types = ["blod-test"]',
            "line 30: 'blod-test' is not a visit type; did you mean 'blood-test'?",
        ),
        (
            'sites = ["lake"]',
            'sites = ["lakee"]',
            "line 28: 'lakee' is not a site; did you mean 'lake'?",
        ),
        (
            '["lake/lab"]',
            '["lake/lap"]',
            "line 29: 'lake/lap' is not a department ('site/department'); did you mean 'lake/lab'?",
        ),
        ("minutes = 15\n", "", "line 20: visit type 'blood-test' has no 'minutes'."),
        (
            "minutes = 15",
            "minutes = true",
            "line 23: 'minutes' must be a whole number, such as 15.",
        ),
        ("minutes = 15", "minutes = 0", "line 23: 'minutes' is 0; it must be from 1 to 720."),
        (
            "minutes = 15",
            "minutes = 15\nbufer_after = 5",
            (
                "line 24: visit type 'blood-test' has no use for 'bufer_after'; "
                "did you mean 'buffer_after'?"
            ),
        ),
        ('names.en = "Blood test"\n', "", "line 21: visit type 'blood-test' has no 'names.en'."),
        (
            'names.es = "A',
            'names.fr = "A',
            "line 22: 'names' of visit type 'blood-test' has no use for 'fr'.",
        ),
        ("[35.00, 60.5]", "[60.00, 35.00]", "line 24: the higher price, 35.00, is below"),
        ("[35.00, 60.5]", "45.005", "line 24: 45.005 has more than two digits after the point."),
        ("[35.00, 60.5]", "-1.00", "line 24: 'price' is -1.00; it must be from 0"),
        ("[35.00, 60.5]", "nan", "line 24: 'price' must be an amount, such as 45.00, or two"),
        ("[35.00, 60.5]", '"45"', "line 24: 'price' must be an amount, such as 45.00, or two"),
        ("[42.9, -78.9]", "[-78.9]", "line 14: 'location' must be [latitude, longitude]"),
        ("[42.9, -78.9]", "[142.9, -78.9]", "line 14: 'location' is 142.9; it must be from -90"),
        ('"+1 716 555 0110"', '"555 0110"', "line 12: '555 0110' is not a phone number; write it"),
        ('currency = "USD"', 'currency = "JPY"', "line 4: prices are kept in hundredths, which"),
        ('currency = "USD"', 'currency = "usd"', "line 4: 'usd' is not a currency code"),
        ('country = "US"', 'country = "UX"', "line 5: 'UX' is not a country code; did you mean"),
        ('"NY"', '"NX"', "line 6: 'NX' is not a part of 'US'."),
        (
            "from = 08:00:00, to = 12:00:00",
            "from = 12:00:00, to = 08:00:00",
            "line 32: the end, 08:00, is not after the start, 12:00.",
        ),
        (
            "from = 13:00:00",
            "from = 11:30:00",
            "line 33: on Monday, 11:30 to 17:00 overlaps 08:00 to 12:00 on line 32.",
        ),
        ('days = ["mon"]', 'days = ["mon", "mon"]', "line 33: 'mon' is in this list twice."),
        (
            'days = ["mon"]',
            'days = ["tues"]',
            "line 33: 'tues' is not a day of the week ('mon' to 'sun'); did you mean 'tue'?",
        ),
        ('days = ["mon"]', "days = []", "line 33: 'days' of the entry of hours is empty."),
        (
            'days = ["mon"]',
            "days = [1]",
            "line 33: 'days' must hold texts in quotes, but here is 1",
        ),
        (
            'days = ["mon"], from',
            'site = "hill", days = ["mon"], from',
            "line 33: 'hill' is not a site.",
        ),
        ("[sites.lake]", "[sites.Lake]", "line 8: 'Lake' cannot be a short name; use small"),
        ('name = "Lakeside"', "name = 7", "line 2: 'name' must be a text in quotes."),
        ('name = "Lakeside"', 'name = " "', "line 2: 'name' of the group is empty."),
        ('"Door 2"', f'"{"x" * 101}"', "line 18: 'en' has 101 letters; there is room for 100."),
        ('name = "Ada Park"\n', "", "line 26: clinician 'ada' has no 'name'."),
        (
            'name = "Ada Park"',
            'name = "Ada Park"\ntitle = "Nurse"',
            "line 28: clinician 'ada' has no use for 'title'; did you mean 'titles'?",
        ),
        (
            'name = "Ada Park"',
            'name = "Ada Park"\ntitles = "Nurse"',
            "line 28: 'titles' must be words by language, such as titles.en = \"…\".",
        ),
        (
            'name = "Ada Park"',
            'name = "Ada Park"\ntitles.es = "Enfermería"',
            "line 28: clinician 'ada' has no 'titles.en'.",
        ),
        (
            'doors.en = "Door 2"',
            'doors.es = "Puerta 2"',
            "line 18: department 'lab' has no 'doors.en'.",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line(old: str, new: str, expected: str) -> None:
    found = problems(changed((old, new)))
    assert any(problem.startswith(expected) for problem in found), found


def test_every_mistake_is_told_at_once_and_by_line() -> None:
    text = changed(
        ('"America/New_York"', '"Buffalo"'),
        ("minutes = 15", "minutes = 0"),
        ("to = 17:00:00", "to = 12:30:00"),
        ('currency = "USD"', 'currency = "dollar"'),
    )
    lines = [int(problem.split(":")[0].removeprefix("line ")) for problem in problems(text)]
    assert lines == [4, 13, 23, 33]


def test_one_slip_in_an_entry_of_hours_is_told_once() -> None:
    text = changed(
        ("from = 08:00:00", "from = 18:00:00"),
        ('    { days = ["mon"], from = 13:00:00, to = 17:00:00 },\n', ""),
    )
    assert problems(text) == ["line 32: the end, 12:00, is not after the start, 18:00."]


def test_a_visit_type_that_nobody_offers_is_told() -> None:
    text = SMALL + '[visit_types.x-ray]\nnames.en = "X-ray"\nminutes = 15\nprice = 70.00\n'
    line = line_of("[visit_types.x-ray]", text)
    assert problems(text) == [f"line {line}: visit type 'x-ray' has no clinician who offers it."]


def test_a_visit_longer_than_any_stretch_of_work_is_told() -> None:
    (problem,) = problems(changed(("minutes = 15", "minutes = 300")))
    assert problem == (
        "line 20: visit type 'blood-test' takes 300 minutes, and nobody who offers it has hours "
        "for it that are so long."
    )


def test_hours_are_only_for_visit_types_that_the_clinician_offers() -> None:
    text = changed(
        ('days = ["mon"],', 'days = ["mon"], visit_types = ["x-ray"],'),
    ) + (
        '[visit_types.x-ray]\nnames.en = "X-ray"\nminutes = 15\nprice = 70\n'
        '[clinicians.bo]\nname = "Bo"\nsites = ["lake"]\nvisit_types = ["x-ray"]\n'
        'hours = [{ days = ["wed"], from = 08:00:00, to = 09:00:00 }]\n'
    )
    assert problems(text) == ["line 33: 'ada' does not offer visit type 'x-ray'."]


def test_a_site_or_department_where_a_clinician_never_works_is_told() -> None:
    second = SMALL[SMALL.index("[sites.lake]") : SMALL.index("[visit_types")].replace(
        "lake", "hill"
    )
    listed = changed(('sites = ["lake"]', 'sites = ["lake", "hill"]')).replace(
        "{ days", '{ site = "lake", days'
    )
    assert problems(listed + second) == ["line 26: 'ada' has no hours at 'hill'."]
    elsewhere = changed(('"lake/lab"', '"hill/lab"'))
    assert problems(elsewhere + second) == [
        "line 26: 'ada' is in department 'hill/lab' but does not work at 'hill'."
    ]


def test_hours_that_follow_each_other_in_the_calendar_do_not_overlap() -> None:
    text = changed(
        ("to = 12:00:00 }", "to = 12:00:00, valid_until = 2027-03-31 }"),
        ("from = 13:00:00", "valid_from = 2027-04-01, from = 09:00:00"),
    )
    assert problems(text) == []
    overlapping = text.replace("2027-04-01", "2027-03-31")
    assert problems(overlapping) == [
        "line 33: on Monday, 09:00 to 17:00 overlaps 08:00 to 12:00 on line 32."
    ]


@pytest.mark.parametrize("later_first", [False, True])
def test_stretches_that_only_touch_do_not_overlap(*, later_first: bool) -> None:
    morning = '{ days = ["wed"], from = 08:00:00, to = 10:00:00, valid_until = 2027-03-31 },'
    midday = '{ days = ["wed"], from = 10:00:00, to = 12:00:00 },'
    next_year = '{ days = ["wed"], from = 08:00:00, to = 10:00:00, valid_from = 2027-04-01 },'
    stretches = [morning, midday, next_year]
    rows = reversed(stretches) if later_first else stretches
    assert problems(changed(("hours = [\n", "hours = [\n" + "\n".join(rows) + "\n"))) == []


def test_a_name_used_for_a_clinician_and_a_room_is_told() -> None:
    text = SMALL + ROOM.format("ada")
    assert problems(text) == [
        f"line {line_of('[rooms.ada]', text)}: 'ada' is already a clinician, on line 26."
    ]


def test_an_empty_file_is_told_what_it_lacks() -> None:
    assert problems("") == [
        "line 1: the file has no 'clinicians'.",
        "line 1: the file has no 'group'.",
        "line 1: the file has no 'sites'.",
        "line 1: the file has no 'visit_types'.",
    ]


def test_a_section_written_twice_names_the_first_line() -> None:
    text = SMALL + "[clinicians.ada]\n"
    assert problems(text) == [
        (
            f"line {len(text.splitlines())}: [clinicians.ada] is already there, on line 26; each "
            "needs a name of its own."
        )
    ]


def test_a_key_written_twice_is_told() -> None:
    text = changed(("minutes = 15", "minutes = 15\nminutes = 20"))
    assert problems(text) == ["line 24: this key is already set above, in the same table."]


def test_a_time_without_seconds_says_how_times_are_written() -> None:
    (problem,) = problems(changed(("13:00:00", "13:00")))
    assert problem.startswith("line 33: this is not TOML that can be read: ")
    assert problem.endswith(" Write times with seconds, such as 08:00:00.")


def test_a_place_is_there_once_whatever_its_capitals() -> None:
    text = SMALL + "[places]\nBuffalo = [42.9, -78.9]\nbuffalo = [42.9, -78.9]\n"
    line = line_of("Buffalo = [", text)
    assert problems(text) == [f"line {line + 1}: the place 'buffalo' is already on line {line}."]


# --- Days that differ


def closed_days(text: str) -> dict[date, str]:
    return {
        change.on_date: change.reason
        for change in read(text).day_changes
        if change.site == "lake" and change.starts is None
    }


def test_public_holidays_close_a_site_for_three_years() -> None:
    closed = closed_days(SMALL)
    assert closed[date(2026, 11, 26)] == "Thanksgiving Day"
    assert closed[date(2028, 2, 12)] == "Lincoln's Birthday", "a holiday of the state"
    assert {day.year for day in closed} == {2026, 2027, 2028}


def test_a_site_stays_open_on_holidays_it_names_and_on_their_observed_day() -> None:
    text = changed(
        ("location =", 'open_on_holidays = ["Independence Day", "Lincoln\'s Birthday"]\nlocation =')
    )
    closed = closed_days(text)
    assert date(2026, 7, 3) not in closed, "Independence Day (observed)"
    assert date(2026, 7, 4) not in closed
    assert date(2027, 2, 12) not in closed
    assert date(2026, 11, 26) in closed


def test_a_day_with_two_holidays_is_open_only_if_both_are_named() -> None:
    text = changed(("location =", 'open_on_holidays = ["Susan B. Anthony Day"]\nlocation ='))
    assert closed_days(text)[date(2027, 2, 15)] == "Washington's Birthday"


def test_a_site_may_ignore_public_holidays() -> None:
    assert closed_days(changed(("location =", "public_holidays = false\nlocation ="))) == {}


def test_an_unknown_holiday_is_told() -> None:
    text = changed(("location =", 'open_on_holidays = ["Thanksgiving"]\nlocation ='))
    assert problems(text) == [
        (
            "line 14: 'Thanksgiving' is not a public holiday where 'lake' is; "
            "did you mean 'Thanksgiving Day'?"
        )
    ]


def test_a_closure_covers_each_of_its_days_and_takes_the_place_of_a_holiday() -> None:
    text = SMALL + (
        '[[closures]]\nfirst = 2026-12-24\nlast = 2026-12-26\nreason = "Winter break"\n'
    )
    closed = closed_days(text)
    assert [closed[date(2026, 12, day)] for day in (24, 25, 26)] == ["Winter break"] * 3


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("first = 2026-12-26\nlast = 2026-12-24", "the last day, 2026-12-24, is before the first"),
        ("first = 2026-12-26\nlast = 3026-12-24", "2026-12-26 to 3026-12-24 is more than a year"),
        ("first = 2026-12-26", "the closure has no 'last'."),
        ("", "the closure has no 'on'."),
        ('on = "2026-12-24"', "'on' must be a date, such as 2026-12-24."),
        ("on = 2026-12-24T08:00:00", "'on' must be a date, such as 2026-12-24."),
        ("on = 2026-12-24\nfrom = 12:00:00", "the closure has no 'to'."),
        ('on = 2026-12-24\nsites = ["hill"]', "'hill' is not a site."),
        ("on = 2026-12-24\nfirst = 2026-12-24", "the closure has no use for 'first'"),
    ],
)
def test_a_wrong_closure_is_told(entry: str, expected: str) -> None:
    (problem,) = problems(f'{SMALL}[[closures]]\nreason = "Works"\n{entry}\n')
    assert expected in problem


def test_two_closures_of_the_same_time_are_told_once() -> None:
    text = SMALL + (
        '[[closures]]\nfirst = 2026-12-20\nlast = 2026-12-21\nreason = "Works"\n'
        '[[closures]]\non = 2026-12-21\nfrom = 08:00:00\nto = 10:00:00\nreason = "More works"\n'
    )
    first = len(SMALL.splitlines()) + 1
    assert problems(text) == [
        (
            f"line {first + 4}: 2026-12-21 is already a closure of 'lake' at that time, "
            f"on line {first}."
        )
    ]


def test_closures_that_only_touch_do_not_overlap() -> None:
    before = "[[closures]]\non = 2026-12-21\nfrom = 08:00:00\nto = 10:00:00\nreason = 'Works'\n"
    after = before.replace("10:00", "12:00").replace("08:00", "10:00")
    assert problems(SMALL + before + after) == []
    assert problems(SMALL + after + before) == []


def test_time_off_and_extra_hours_belong_to_the_clinician() -> None:
    text = SMALL + (
        "time_off = [{ first = 2026-12-01, last = 2026-12-02 }]\n"
        "extra_hours = [{ on = 2026-12-05, from = 09:00:00, to = 13:00:00 }]\n"
    )
    changes = read(text).clinicians[0].changes
    assert [(c.effect, c.site, c.clinician, c.on_date, c.starts) for c in changes] == [
        ("closed", None, "ada", date(2026, 12, 1), None),
        ("closed", None, "ada", date(2026, 12, 2), None),
        ("extra", "lake", "ada", date(2026, 12, 5), time(9)),
    ]


# --- Lines


def paths(value: Any, path: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    """Every path in a document's values."""
    items: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    found = {path} if path else set()
    for key, inner in items:
        found |= paths(inner, (*path, key))
    return found


keys = st.text("ab\"'.# =]é\\\n", max_size=4)
texts = st.text("ab\"'#[]{},=\\\n ", max_size=8)
scalars = st.one_of(st.integers(), st.booleans(), texts, st.dates(), st.datetimes(), st.times())
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)
tables = st.dictionaries(keys, values, max_size=4)


def basic(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def written(value: Any, *, spread: bool) -> str:
    """A value as TOML; lists over several lines, with comments, and texts too, if ``spread``."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        fits = spread and "'''" not in value and not value.endswith("'")
        return f"'''\n{value}'''" if fits else basic(value)
    if isinstance(value, list):
        between = ", # ] } \" '''\n  " if spread else ", "
        return "[" + "".join(written(item, spread=spread) + between for item in value) + "]"
    if isinstance(value, dict):
        pairs = [f"{basic(k)} = {written(v, spread=False)}" for k, v in value.items()]
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value)


@given(st.lists(tables, max_size=3), st.dictionaries(keys, tables, max_size=3), st.booleans())
def test_every_value_of_any_document_has_its_line(
    array: list[dict[str, Any]], named: dict[str, dict[str, Any]], spread: bool
) -> None:
    rows: list[str] = []
    expected: dict[tuple[str | int, ...], int] = {}

    def write(header: str, path: tuple[str | int, ...], table: dict[str, Any]) -> None:
        rows.append(f"{header} # [x]")
        expected[path] = len(rows)
        for key, value in table.items():
            expected[(*path, key)] = len(rows) + 1
            rows.extend(f"{basic(key)} = {written(value, spread=spread)} # '''".split("\n"))

    for index, table in enumerate(array):
        write("[[list]]", ("list", index), table)
    for name, table in named.items():
        write(f"[ named . {basic(name)} ]", ("named", name), table)
    text = "\n".join(rows)
    found = line_numbers(text)
    assert set(found) == paths(tomllib.loads(text))
    assert {path: found[path] for path in expected} == expected


def test_quotes_at_the_end_of_a_long_text_do_not_hide_what_follows() -> None:
    text = 'x = """one\n"two\\""""" # "\ny = 1\nz = \'\'\'\nit\'s\'\'\'\'\'\nw = 2\n'
    values = tomllib.loads(text)
    assert (values["x"], values["z"]) == ('one\n"two""', "it's''")
    assert line_numbers(text) == {("x",): 1, ("y",): 3, ("z",): 4, ("w",): 6}


def test_lines_count_the_same_whatever_ends_them() -> None:
    text = '[a]\r\nx = """\r\none\r\n"""\r\ny = [\r\n 1,\r\n 2 ]\r\n'
    assert line_numbers(text)[("a", "y", 1)] == 7


# --- The demo's own file


def test_the_demo_group_is_large_enough_to_look_around_in() -> None:
    clinic = read(DEMO.read_text())
    assert len(clinic.sites) >= 4
    assert len({site.time_zone for site in clinic.sites}) == 2
    assert len(clinic.clinicians) == 14
    assert len(clinic.visit_types) == 12
    assert len(clinic.places) >= 40


def test_the_demo_offers_blood_tests_at_every_site() -> None:
    clinic = read(DEMO.read_text())
    offered = {
        hours.site
        for clinician in clinic.clinicians
        for hours in clinician.hours
        if "blood-test" in (hours.visit_types or clinician.visit_types)
    }
    assert offered == {site.slug for site in clinic.sites}
    (blood_test,) = [one for one in clinic.visit_types if one.slug == "blood-test"]
    assert blood_test.minutes == 15
    assert "8 hours" in blood_test.preparations["en"]
    assert "8 horas" in blood_test.preparations["es"]


def test_the_demo_speaks_to_patients_in_both_languages() -> None:
    clinic = read(DEMO.read_text())
    words = [site.directions for site in clinic.sites]
    for visit_type in clinic.visit_types:
        words += [visit_type.names, visit_type.descriptions]
        words += [visit_type.preparations] if visit_type.preparations else []
    assert all(set(one) == {"en", "es"} for one in words)


STRETCH = '    { days = ["mon"], from = 13:00:00, to = 17:00:00 },'


def stretch(terms: str) -> str:
    """The small file with more said of Monday afternoons."""
    return changed((STRETCH, STRETCH.replace(" },", f", {terms} }},")))


def test_a_stretch_says_for_whom_how_and_how_often() -> None:
    terms = (
        'mode = "video", every_weeks = 2, valid_from = 2026-12-07, kept_for = "new", '
        "release_days = 1, release_at = 07:00:00"
    )
    text = stretch(terms).replace("price =", 'modes = ["in_person", "video"]\nprice =')
    afternoon = read(text).clinicians[0].hours[-1]
    assert (afternoon.mode, afternoon.every_weeks, afternoon.kept_for) == ("video", 2, "new")
    assert (afternoon.release_days, afternoon.release_time) == (1, time(7))


@pytest.mark.parametrize(
    ("terms", "told"),
    [
        ('mode = "vidoe"', "'vidoe' is not a way of meeting; did you mean 'video'?"),
        ("every_weeks = 2", "every second week counts from 'valid_from', which is missing."),
        ('kept_for = "new", release_days = 1', "'release_days' and 'release_at' belong together."),
        (
            'kept_for = "same_day"',
            "time for the same day needs 'release_days' and 'release_at'.",
        ),
        (
            "release_days = 1, release_at = 07:00:00",
            "this time is kept for nobody, so it is not released either.",
        ),
    ],
)
def test_terms_that_do_not_fit_a_stretch_are_told(terms: str, told: str) -> None:
    assert [one.partition(": ")[2] for one in problems(stretch(terms))] == [told]


def test_alternating_weeks_overlap_only_where_they_meet() -> None:
    def pair(second_from: str) -> str:
        every_second = "every_weeks = 2, valid_from = {}"
        first = STRETCH.replace(" },", ", " + every_second.format("2026-12-07") + " },")
        second = STRETCH.replace(" },", ", " + every_second.format(second_from) + " },")
        return changed((STRETCH, f"{first}\n{second}"))

    assert problems(pair("2026-12-14")) == []
    assert "overlaps 13:00 to 17:00" in problems(pair("2026-12-21"))[0]


def test_a_break_is_time_without_work() -> None:
    text = changed(
        ("hours = [", 'breaks = [{ days = ["tue"], from = 10:00:00, to = 10:30:00 }]\nhours = [')
    )
    [pause] = [hours for hours in read(text).clinicians[0].hours if not hours.works]
    assert (pause.weekday, pause.starts, pause.ends) == (1, time(10), time(10, 30))


def test_a_visit_that_needs_a_room_needs_one_wherever_it_is_offered() -> None:
    text = changed(("price =", 'needs = ["x-ray"]\nprice ='))
    [told] = problems(text)
    assert told.endswith(
        "visit type 'blood-test' needs 'x-ray', and 'lake', where it is offered, has no such room."
    )
    [room] = read(text + ROOM.format("room-1")).rooms
    assert (room.kind, room.site, room.category, room.capacity) == ("room", "lake", "x-ray", 1)


def test_a_group_visit_needs_a_session_and_its_leader() -> None:
    group = changed(("price =", "group = true\nprice ="))
    assert problems(group)[0].endswith("visit type 'blood-test' is for groups and has no session.")
    session = (
        '[sessions.class]\nleader = "ada"\ncapacity = 8\n'
        'hours = [{ days = ["wed"], from = 17:00:00, to = 18:00:00, visit_types = ["blood-test"] }]'
    )
    [held] = read(f"{group}\n{session}").sessions
    assert (held.leader, held.capacity, held.hours[0].site) == ("ada", 8, "lake")
    unknown = f"{group}\n{session}".replace('leader = "ada"', 'leader = "adda"')
    assert "'adda' is not a clinician; did you mean 'ada'?" in problems(unknown)[0]


def test_a_way_of_meeting_without_hours_for_it_is_told() -> None:
    text = changed(
        ("price =", 'modes = ["in_person", "video"]\nprice ='),
        ("to = 12:00:00 }", 'to = 12:00:00, mode = "in_person" }'),
        ("to = 17:00:00 }", 'to = 17:00:00, mode = "in_person" }'),
    )
    [told] = problems(text)
    assert told.endswith("visit type 'blood-test' has no hours in which it is 'video'.")

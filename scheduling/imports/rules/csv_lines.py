"""Appointments as lines of a file (CSV, RFC 4180), for a clinic that moves in. Pure.

One line is one visit to come, or one that is canceled. Names of sites, clinicians and visit types
are the short names of the clinic file. Times are wall-clock time at the site.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import astuple, dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import Any

import phonenumbers

from people.rules.external_patients import ExternalPatient
from spreadsheets import cell_text, safe_cell

REQUIRED = (
    "source_id", "given_name", "family_name", "born_on", "site", "clinician", "visit_type", "day",
    "time",
)  # fmt: skip
LONGEST = {
    "source": 40, "source_id": 100, "given_name": 100, "family_name": 100, "chosen_name": 100,
    "email": 254,
}  # fmt: skip
OLDEST = timedelta(days=366 * 125)
EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]+")
OFFSET = re.compile(r"([+-])(\d{2}):(\d{2})")
CHANNELS = ("sms", "email", "voice")
BOOKED, CONFIRMED, CANCELED = STATUSES = ("booked", "confirmed", "canceled")
# The reason of all that an import does, in the history of a visit.
MOVED_IN = "moved in"


@dataclass(frozen=True, slots=True)
class Cells:
    """One visit as it stands in the file. What may be empty has a sensible reading."""

    source: str
    source_id: str
    given_name: str
    family_name: str
    chosen_name: str
    born_on: str
    phone: str
    email: str
    language: str
    channel: str
    site: str
    clinician: str
    visit_type: str
    mode: str
    day: str
    time: str
    offset: str
    status: str


COLUMNS = [field.name for field in fields(Cells)]


@dataclass(frozen=True, slots=True)
class LineProblem:
    """What is wrong with a line. ``kind`` is a stable word, ``about`` what it was about."""

    line: int
    kind: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line that can be read. ``offset`` tells which of two equal wall times is meant."""

    number: int
    source: str
    source_id: str
    patient: ExternalPatient
    site: str
    clinician: str
    visit_type: str
    mode: str
    day: date
    wall: time
    offset: timedelta | None
    status: str


@dataclass(frozen=True, slots=True)
class Readers:
    """What cells are read against: the default source, languages, where phones are, today."""

    source: str
    languages: tuple[str, ...]
    region: str
    today: date


class NoHeader(Exception):
    """The first line does not name the columns that are needed; ``missing`` are those."""

    def __init__(self, missing: list[str]) -> None:
        super().__init__(", ".join(missing))
        self.missing = missing


def read_lines(file: Iterable[str], readers: Readers) -> Iterator[Line | list[LineProblem]]:
    """Each line, or everything that is wrong with it, one at a time. Raises NoHeader."""
    rows = csv.DictReader(file)
    given = [(name or "").strip().lstrip("\ufeff").lower() for name in rows.fieldnames or []]
    rows.fieldnames = given
    missing = [name for name in REQUIRED if name not in given]
    if not (readers.source or "source" in given):
        missing.append("source")
    if missing:
        raise NoHeader(missing)
    for row in rows:
        if any(row.values()):
            texts = {name: cell_text((row.get(name) or "").strip()) for name in COLUMNS}
            yield _read(rows.line_num, Cells(**texts), readers)


class _Echo:
    """What is written comes back at once."""

    def write(self, text: str) -> str:
        return text


def written_lines(lines: Iterable[Cells]) -> Iterator[str]:
    """The text of the header and of each line, safe for a spreadsheet."""
    table = csv.writer(_Echo(), lineterminator="\n")
    yield str(table.writerow(COLUMNS))
    for line in lines:
        yield str(table.writerow([safe_cell(cell) for cell in astuple(line)]))


def _read(number: int, cells: Cells, readers: Readers) -> Line | list[LineProblem]:
    texts = {name: getattr(cells, name) for name in COLUMNS}
    wrong = [LineProblem(number, "missing", name) for name in REQUIRED if not texts[name]]
    for name, most in LONGEST.items():
        if len(texts[name]) > most or "\x00" in texts[name]:
            wrong.append(LineProblem(number, "too_long", name))
    read = {name: parse(texts[name], readers) for name, parse in PARSERS.items() if texts[name]}
    wrong += [
        LineProblem(number, name, texts[name]) for name, value in read.items() if value is None
    ]
    if wrong:
        return wrong
    phone, email = read.get("phone", ""), read.get("email", "")
    patient = ExternalPatient(
        cells.given_name,
        cells.family_name,
        cells.chosen_name,
        read["born_on"],
        phone,
        email,
        cells.language or readers.languages[0],
        cells.channel or ("email" if email and not phone else "sms"),
    )
    return Line(
        number,
        cells.source or readers.source,
        cells.source_id,
        patient,
        cells.site,
        cells.clinician,
        cells.visit_type,
        cells.mode,
        read["day"],
        read["time"],
        read.get("offset"),
        cells.status or BOOKED,
    )


def _date(text: str, _readers: Readers) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _birth(text: str, readers: Readers) -> date | None:
    day = _date(text, readers)
    return day if day and readers.today - OLDEST < day <= readers.today else None


def _time(text: str, _readers: Readers) -> time | None:
    """Hours and minutes on a 24-hour clock."""
    try:
        return datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007  # a wall's, of no zone yet
    except ValueError:
        return None


def _phone(text: str, readers: Readers) -> str | None:
    """In E.164."""
    try:
        number = phonenumbers.parse(text, readers.region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _email(text: str, _readers: Readers) -> str | None:
    return text.lower() if EMAIL.fullmatch(text) else None


def _language(text: str, readers: Readers) -> str | None:
    return text if text in readers.languages else None


def _offset(text: str, _readers: Readers) -> timedelta | None:
    found = OFFSET.fullmatch(text)
    if not found:
        return None
    length = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return -length if found[1] == "-" else length


def _one_of(*known: str) -> Callable[[str, Readers], str | None]:
    return lambda text, _readers: text if text in known else None


# How the text of a cell is read that is not empty; None says that it is wrong.
PARSERS: dict[str, Callable[[str, Readers], Any]] = {
    "born_on": _birth,
    "phone": _phone,
    "email": _email,
    "language": _language,
    "channel": _one_of(*CHANNELS),
    "day": _date,
    "time": _time,
    "offset": _offset,
    "status": _one_of(*STATUSES),
}


def offset_words(offset: timedelta) -> str:
    """As it stands in the file: "-05:00"."""
    sign = "-" if offset < timedelta(0) else "+"
    minutes = abs(offset) // timedelta(minutes=1)
    return f"{sign}{minutes // 60:02d}:{minutes % 60:02d}"

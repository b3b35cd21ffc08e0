"""Taking the keys of one table, each with what it must be. Pure.

A key that is missing or wrong is reported, and something harmless is handed back, so that one
reading finds every problem. A key that was never asked for is reported as unknown.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Any

from scheduling.clinic_file.rules.line_numbers import Path
from scheduling.clinic_file.rules.problems import Report, did_you_mean
from scheduling.clinic_file.rules.specs import Words

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SLUG_LENGTH = 50


@dataclass(frozen=True)
class ValueKind:
    """What a value must be. ``called`` follows "must be"."""

    accepts: Callable[[Any], bool]
    called: str


def _exactly(kind: type, called: str) -> ValueKind:
    """In Python a boolean is also an int, and a datetime is also a date; not here."""
    return ValueKind(lambda value: type(value) is kind, called)


def _is_number(value: Any) -> bool:
    return type(value) in (int, Decimal) and Decimal(value).is_finite()


def _are_two_numbers(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(_is_number, value))


TEXT = _exactly(str, "a text in quotes")
FLAG = _exactly(bool, "true or false")
WHOLE = _exactly(int, "a whole number, such as 15")
DAY = _exactly(date, "a date, such as 2026-12-24")
CLOCK = _exactly(time, "a time with seconds, such as 08:00:00")
LIST = _exactly(list, "a list in square brackets")
TABLE = _exactly(dict, "a table")
PAIR = ValueKind(_are_two_numbers, "[latitude, longitude], such as [42.9, -78.9]")
PRICE = ValueKind(
    lambda value: _is_number(value) or _are_two_numbers(value),
    "an amount, such as 45.00, or two of them: [45.00, 90.00]",
)


class Table:
    """One table of the file. ``called`` is how a sentence speaks of it: "site 'lake'"."""

    def __init__(self, values: Mapping[str, Any], path: Path, report: Report, called: str) -> None:
        self._values = values
        self._asked: set[str] = set()
        self.path = path
        self.report = report
        self.called = called
        report.at_end(self._report_unknown_keys)

    @property
    def line(self) -> int:
        return self.report.line(self.path)

    def line_of(self, key: str) -> int:
        return self.report.line((*self.path, key))

    def wrong(self, key: str, message: str) -> None:
        self.report.wrong((*self.path, key), message)

    def has(self, key: str) -> bool:
        return key in self._values

    def text(self, key: str, *, most: int, required: bool = True) -> str:
        """A text without blanks around it, of at most ``most`` letters; empty if absent."""
        value = self._take(key, TEXT, required=required)
        if value is None:
            return ""
        text = str(value).strip()
        if not text and required:
            self.wrong(key, f"'{key}' of {self.called} is empty.")
        if len(text) > most:
            self.wrong(key, f"'{key}' has {len(text)} letters; there is room for {most}.")
        return text

    def flag(self, key: str, *, default: bool) -> bool:
        value = self._take(key, FLAG, required=False)
        return default if value is None else bool(value)

    def whole(self, key: str, *, least: int, most: int, default: int | None = None) -> int:
        """A whole number from ``least`` to ``most``; required unless there is a default."""
        value = self._take(key, WHOLE, required=default is None)
        if value is None:
            return least if default is None else default
        return int(self._within(key, value, least, most))

    def whole_if_any(self, key: str, *, least: int, most: int) -> int | None:
        """A whole number from ``least`` to ``most``, or None where the key is left out."""
        self._asked.add(key)
        return self.whole(key, least=least, most=most) if self.has(key) else None

    def day(self, key: str, *, required: bool = True) -> date | None:
        value = self._take(key, DAY, required=required)
        return value if isinstance(value, date) else None

    def clock(self, key: str, *, required: bool = True) -> time | None:
        value = self._take(key, CLOCK, required=required)
        return value if isinstance(value, time) else None

    def price(self, key: str) -> tuple[int, int]:
        """The lowest and highest price in hundredths, from one amount or a list of two."""
        value = self._take(key, PRICE)
        if value is None:
            return 0, 0
        first, second = value if isinstance(value, list) else (value, value)
        low, high = self._hundredths(key, first), self._hundredths(key, second)
        if high < low:
            self.wrong(key, f"the higher price, {second}, is below the lower one, {first}.")
        return low, high

    def location(self, key: str) -> tuple[float, float]:
        """Latitude and longitude, in degrees."""
        value = self._take(key, PAIR)
        if value is None:
            return 0.0, 0.0
        latitude = self._within(key, value[0], -90, 90)
        longitude = self._within(key, value[1], -180, 180)
        return float(latitude), float(longitude)

    def words(
        self, key: str, languages: Sequence[str], *, most: int, required: bool = True
    ) -> Words:
        """Plain words by language; if there are any, then also in the first language."""
        by_language = ValueKind(
            TABLE.accepts, f'words by language, such as {key}.{languages[0]} = "…"'
        )
        value = self._take(key, by_language, required=required)
        if value is None:
            return {}
        inner = Table(value, (*self.path, key), self.report, f"'{key}' of {self.called}")
        words = {code: inner.text(code, most=most, required=False) for code in languages}
        if not words[languages[0]]:
            self.wrong(key, f"{self.called} has no '{key}.{languages[0]}'.")
        return {code: text for code, text in words.items() if text}

    def texts(self, key: str, *, required: bool = True) -> list[tuple[int, str]]:
        """A list of texts, each with its line. Repeats are reported and left out."""
        value = self._take(key, LIST, required=required)
        found: dict[str, int] = {}
        for index, item in enumerate(value or []):
            path = (*self.path, key, index)
            if not isinstance(item, str):
                self.report.wrong(path, f"'{key}' must hold texts in quotes, but here is {item}.")
            elif item in found:
                self.report.wrong(path, f"'{item}' is in this list twice.")
            else:
                found[item] = self.report.line(path)
        if required and value == []:
            self.wrong(key, f"'{key}' of {self.called} is empty.")
        return [(line, text) for text, line in found.items()]

    def mentions(
        self, key: str, kind: str, options: Sequence[str], *, required: bool = True
    ) -> tuple[str, ...]:
        """A list of texts, each one of ``options``, which are ``kind``."""
        named = self.texts(key, required=required)
        return tuple(name for line, name in named if self.report.known(line, name, kind, options))

    def mention(self, key: str, kind: str, options: Sequence[str], *, required: bool = True) -> str:
        """One of ``options``; empty where it is left out or wrong."""
        name = self.text(key, most=SLUG_LENGTH, required=required)
        where = (*self.path, key)
        return name if name and self.report.known(where, name, kind, options) else ""

    def table(self, key: str, called: str, *, required: bool = True) -> "Table | None":
        value = self._take(key, TABLE, required=required)
        return None if value is None else Table(value, (*self.path, key), self.report, called)

    def tables(self, key: str, called: str) -> list["Table"]:
        """An array of tables, written either as ``[[key]]`` or in square brackets."""
        value = self._take(key, LIST, required=False)
        found = []
        for index, item in enumerate(value or []):
            path = (*self.path, key, index)
            if isinstance(item, dict):
                found.append(Table(item, path, self.report, called))
            else:
                self.report.wrong(path, f"'{key}' must hold tables, but here is {item}.")
        return found

    def named_tables(
        self, key: str, kind: str, *, required: bool = True
    ) -> list[tuple[str, "Table"]]:
        """A table of tables by short name: ``[sites.lake]``, ``[sites.hill]``."""
        outer = self.table(key, f"'{key}'", required=required)
        if outer is None:
            return []
        if required and not outer._values:
            self.wrong(key, f"there is nothing in '{key}'.")
        found = []
        for slug in outer._values:
            outer._check_slug(slug)
            inner = outer.table(slug, f"{kind} '{slug}'")
            if inner is not None:
                found.append((slug, inner))
        return found

    def names(self) -> list[str]:
        """Every key, for tables in which each is a name."""
        return list(self._values)

    def _report_unknown_keys(self) -> None:
        for key in self._values.keys() - self._asked:
            hint = did_you_mean(key, self._asked - self._values.keys())
            self.wrong(key, f"{self.called} has no use for '{key}'{hint}")

    def _take(self, key: str, kind: ValueKind, *, required: bool = True) -> Any:
        """The value, if it is there and what it must be; otherwise None."""
        self._asked.add(key)
        if key not in self._values:
            if required:
                self.report.wrong(self.path, f"{self.called} has no '{key}'.")
            return None
        value = self._values[key]
        if kind.accepts(value):
            return value
        self.wrong(key, f"'{key}' must be {kind.called}.")
        return None

    def _within(self, key: str, value: Any, least: int, most: int) -> Any:
        if least <= value <= most:
            return value
        self.wrong(key, f"'{key}' is {value}; it must be from {least} to {most}.")
        return least

    def _hundredths(self, key: str, amount: int | Decimal) -> int:
        hundredths = Decimal(self._within(key, amount, 0, 1_000_000)) * 100
        if hundredths % 1:
            self.wrong(key, f"{amount} has more than two digits after the point.")
        return int(hundredths)

    def _check_slug(self, slug: str) -> None:
        if not SLUG.fullmatch(slug):
            self.wrong(
                slug,
                f"'{slug}' cannot be a short name; use small letters, digits and hyphens, "
                "such as 'blood-test'.",
            )
        elif len(slug) > SLUG_LENGTH:
            self.wrong(slug, f"the short name '{slug}' has more than {SLUG_LENGTH} letters.")

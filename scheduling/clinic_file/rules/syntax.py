"""Reading TOML, with errors that say what to do about them. Pure."""

import re
import tomllib
from ast import literal_eval
from decimal import Decimal
from typing import Any

from scheduling.clinic_file.rules.line_numbers import line_numbers
from scheduling.clinic_file.rules.problems import ClinicFileError, ClinicFileProblem

_POSITION = re.compile(r" \(at (?:line (?P<line>\d+), column \d+|end of document)\)$")
_DECLARED = re.compile(r"Cannot declare (?P<path>\(.*\)) twice")
_SHORT_TIME = re.compile(r"[\s=]\d{1,2}:\d{2}(?![:\d])")


def read(text: str) -> dict[str, Any]:
    """The document's values, decimal numbers as ``Decimal``. Raises ClinicFileError."""
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise ClinicFileError([_problem(text, str(error))]) from error


def _problem(text: str, message: str) -> ClinicFileProblem:
    rows = text.splitlines()
    position = _POSITION.search(message)
    line = int(position["line"] or len(rows)) if position else 1
    what = _POSITION.sub("", message)
    declared = _DECLARED.fullmatch(what)
    if declared:
        return ClinicFileProblem(
            line, _told_twice(rows[: line - 1], literal_eval(declared["path"]))
        )
    if what == "Cannot overwrite a value":
        return ClinicFileProblem(line, "this key is already set above, in the same table.")
    hint = " Write times with seconds, such as 08:00:00." * bool(_SHORT_TIME.search(rows[line - 1]))
    return ClinicFileProblem(line, f"this is not TOML that can be read: {what}.{hint}")


def _told_twice(rows_above: list[str], path: tuple[str, ...]) -> str:
    first = line_numbers("\n".join(rows_above)).get(path)
    where = f", on line {first}" if first else ""
    return f"[{'.'.join(path)}] is already there{where}; each needs a name of its own."

"""What a later file says of visits that came with an earlier one. Pure.

Three states are compared: how a visit came, how it stands here, and what the file says now. Where
only one side has changed it, that side is right; where both have, somebody must decide.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import NamedTuple

from scheduling.imports.rules.csv_lines import CANCELED, Line


class FiledVisit(NamedTuple):
    """Where, with whom, how and when a visit is, in the words of a file."""

    site: str
    clinician: str
    mode: str
    day: date
    wall: time
    offset: timedelta

    def is_what(self, line: Line) -> bool:
        """Whether a line says the same; what it leaves open may be anything."""
        return (
            (self.site, self.clinician, self.day, self.wall)
            == (line.site, line.clinician, line.day, line.wall)
            and line.mode in ("", self.mode)
            and line.offset in (None, self.offset)
        )


@dataclass(frozen=True, slots=True)
class ImportHistory:
    """How a visit ``came`` and how it ``stands``, None for canceled; and whether somebody moved,
    canceled or received the patient here since it came.
    """

    came: FiledVisit | None
    stands: FiledVisit | None
    changed_here: bool = False


@dataclass(frozen=True, slots=True)
class ImportChange:
    """What an import does to one visit. ``line`` is 0 for one that the file does not name.

    ``kind`` is ``new``, ``moved``, ``canceled``, ``confirmed``; or, of what is left alone, ``gone``
    (the file does not name it any more) and ``kept`` (only we have changed it).
    """

    line: int
    kind: str
    source_id: str
    before: FiledVisit | None = None
    after: FiledVisit | None = None


LEFT_ALONE = frozenset({"gone", "kept"})


def verdict(line: Line, told: ImportHistory) -> str:
    """``same``, a kind of change, or what speaks against it: ``ended``, ``changed_here``.

    ``ended`` is a visit that an import canceled and that the file has again.
    """
    if _agree(line, told.stands):
        return "same"
    if told.changed_here:
        return "kept" if _agree(line, told.came) else "changed_here"
    if line.status == CANCELED:
        return "canceled"
    return "moved" if told.stands else "ended"


def _agree(line: Line, filed: FiledVisit | None) -> bool:
    if filed is None or line.status == CANCELED:
        return filed is None and line.status == CANCELED
    return filed.is_what(line)


def writes_anything(changes: Iterable[ImportChange]) -> bool:
    """Whether any of them changes something here."""
    return any(change.kind not in LEFT_ALONE for change in changes)

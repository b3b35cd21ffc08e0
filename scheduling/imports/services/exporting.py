"""The visits to come as a file, and who was given it."""

from collections.abc import Iterator
from datetime import datetime

from people.models import User
from people.services import audit
from scheduling.imports.rules.csv_lines import written_lines
from scheduling.imports.selectors.exporting import lines_to_come, people_to_come


def export_appointments(*, now: datetime, actor: User | None = None) -> Iterator[str]:
    """The text of the file that ``import_appointments`` reads, a line at a time.

    It names patients: that they were read is written down for each of them, before the first line.
    """
    audit.note(
        actor=actor,
        person_ids=people_to_come(now=now),
        action="appointment.export",
        subject="",
        now=now,
    )
    return written_lines(lines_to_come(now=now))

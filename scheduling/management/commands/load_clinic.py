"""``manage.py load_clinic clinic.toml``: make this installation serve that clinic group."""

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

import clock
from scheduling.clinic_file.rules import ClinicFileError, ClinicFileProblem, ClinicSpec, parse
from scheduling.clinic_file.services.loading import Loaded, load_clinic
from scheduling.models import Appointment

FEW = 3
MANY = 20


class Command(BaseCommand):
    help = (
        "Load a clinic group from a file: sites, people, hours, visit types. Changes nothing "
        "when anything in the file is wrong, and can be run again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the clinic file; see docs/clinic-file.md")
        parser.add_argument(
            "--check", action="store_true", help="say what would change, and change nothing"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        path: Path = options["file"]
        check: bool = options["check"]
        now = clock.now()
        try:
            clinic = _clinic(path, now.date())
        except ClinicFileError as error:
            raise CommandError(_told(path, error.problems)) from error
        loaded = load_clinic(clinic=clinic, now=now, dry_run=check)
        said = "is sound; loading it would change" if check else "is loaded; it changed"
        self.stdout.write("\n".join([f"{path} {said}:", *_summary(loaded)]))


def _clinic(path: Path, today: date) -> ClinicSpec:
    """Raises ClinicFileError, or CommandError when there is no text to read."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ClinicFileError([ClinicFileProblem(line, "this is not UTF-8 text.")]) from error
    return parse(text, today=today, languages=[code for code, _ in settings.LANGUAGES])


def _told(path: Path, problems: list[ClinicFileProblem]) -> str:
    count = "1 thing" if len(problems) == 1 else f"{len(problems)} things"
    heading = f"{path} has {count} to put right; nothing was changed."
    return "\n".join([heading, *(f"  {problem}" for problem in problems)])


def _summary(loaded: Loaded) -> Iterator[str]:
    """A line for each kind of thing that changed."""
    kinds = dict.fromkeys(change.kind for change in loaded.changes)
    for kind in kinds:
        verbs = Counter(change.verb for change in loaded.changes if change.kind == kind)
        told = [f"{count} {verb}{_named(loaded, kind, verb)}" for verb, count in verbs.items()]
        yield f"  {kind}: {', '.join(told)}"
    if not kinds:
        yield "  nothing"
    if loaded.stranded_visits:
        yield (
            f"Upcoming visits whose site, clinician or visit type is inactive: "
            f"{loaded.stranded_visits}. Somebody should call these patients."
        )
    yield from _outside_hours(loaded.outside_hours)


def _outside_hours(visits: Sequence[Appointment]) -> Iterator[str]:
    """When and with whom, so that they are found in the calendar; not who the patients are."""
    if not visits:
        return
    yield (
        f"Upcoming visits that the file puts outside their clinician's hours: {len(visits)}. "
        "Somebody should call these patients."
    )
    for visit in visits[:MANY]:
        when = f"{visit.local_date} {visit.local_time:%H:%M}"
        yield f"  {when}, {visit.clinician.name}, {visit.site.name}"
    if len(visits) > MANY:
        yield f"  and {len(visits) - MANY} more"


def _named(loaded: Loaded, kind: str, verb: str) -> str:
    """The names, while they are few."""
    names = sorted(
        {one.which for one in loaded.changes if (one.kind, one.verb) == (kind, verb) and one.which}
    )
    return f" ({', '.join(names)})" if 0 < len(names) <= FEW else ""

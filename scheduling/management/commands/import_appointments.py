"""``manage.py import_appointments visits.csv``: take over the visits of a clinic that moves in."""

import csv
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

import clock
from scheduling.imports.rules.csv_lines import LineProblem, NoHeader, Readers, read_lines
from scheduling.imports.rules.merging import LEFT_ALONE, ImportChange
from scheduling.imports.services.importing import Imported, import_appointments
from scheduling.imports.words import import_change_words, import_problem_words
from spreadsheets import safe_cell


class Command(BaseCommand):
    help = (
        "Take over appointments to come from a file (CSV; see docs/moving-in.md). Changes nothing "
        "when any line is wrong. Run again, it brings what came before up to date. Patients are "
        "not told of new visits, and of changes only who had word from us."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--source", default="", help="the other system, if no column says it")
        parser.add_argument("--dry-run", action="store_true", help="look, and change nothing")
        parser.add_argument(
            "--cancel-gone",
            action="store_true",
            help="the file is whole: cancel what came from there and is not in it any more",
        )
        parser.add_argument(
            "--skip-wrong",
            type=Path,
            metavar="REST.csv",
            help="take the good lines, and write the others here with what is wrong",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        path, rest = options["file"], options["skip_wrong"]
        done = _read_in(path, options)
        if done.problems and rest:
            _write_rest(path, rest, done.problems)
        elif done.problems:
            raise CommandError(_told(path, done.problems))
        wrong = len({each.line for each in done.problems})
        verb = "taken over" if done.written else "would be taken over; nothing was changed"
        self.stdout.write(
            f"{done.added} visits {verb} ({done.people} new patients); {_counted(done)}"
            f"{done.known} were here already; {wrong} are wrong"
            f"{f', see {rest}' if wrong else ''}."
        )
        for change in done.changes:
            # What was done is done; what is left alone is somebody's to look at.
            if not done.written or change.kind in LEFT_ALONE:
                self.stdout.write(_change(change))


def _read_in(path: Path, options: dict[str, Any]) -> Imported:
    now = clock.now()
    languages = tuple(code for code, _ in settings.LANGUAGES)
    readers = Readers(options["source"], languages, settings.PHONENUMBER_DEFAULT_REGION, now.date())
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return import_appointments(
                lines=read_lines(file, readers),
                skip_wrong=options["skip_wrong"] is not None,
                cancel_gone=options["cancel_gone"],
                dry_run=options["dry_run"],
                now=now,
            )
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise CommandError(f"{path} is not a CSV file in UTF-8: {error}.") from error
    except NoHeader as fact:
        raise CommandError(f"{path} lacks the columns {', '.join(fact.missing)}.") from fact


def _counted(done: Imported) -> str:
    """How many of each kind changed, but for new ones: "2 moved; 1 gone; "."""
    kinds = Counter(change.kind for change in done.changes if change.kind != "new")
    return "".join(f"{count} {kind}; " for kind, count in kinds.items())


def _change(change: ImportChange) -> str:
    where = f"line {change.line} ({change.source_id})" if change.line else change.source_id
    return f"  {where}: {import_change_words(change)}"


def _told(path: Path, problems: Iterable[LineProblem]) -> str:
    lines = [f"  line {each.line}: {import_problem_words(each)}" for each in problems]
    heading = f"{path} has {len(lines)} things to put right; nothing was changed."
    return "\n".join([heading, *lines])


def _write_rest(path: Path, rest: Path, problems: Iterable[LineProblem]) -> None:
    """The lines that were left out, as they were, each with what is wrong."""
    wrong: dict[int, list[str]] = {}
    for each in problems:
        wrong.setdefault(each.line, []).append(import_problem_words(each))
    with path.open(encoding="utf-8-sig", newline="") as file, rest.open("w", newline="") as out:
        rows, table = csv.reader(file), csv.writer(out)
        table.writerow([*next(rows), "problem"])
        for row in rows:
            if rows.line_num in wrong:
                table.writerow([*row, safe_cell(" ".join(wrong[rows.line_num]))])

"""``manage.py export_appointments``: the visits to come, as a file that can be imported."""

import csv
import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand

import clock
from scheduling.moving_in import write_lines
from scheduling.selectors.exporting import lines_to_come


class Command(BaseCommand):
    help = "Write every visit to come into a file (CSV), for another system or another Visitwell."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", help="nothing: to the screen")

    def handle(self, *_args: Any, **options: Any) -> None:
        rows = write_lines(lines_to_come(now=clock.now()))
        path: Path | None = options["file"]
        if path is None:
            _write(sys.stdout, rows)
            return
        with path.open("w", encoding="utf-8", newline="") as file:
            count = _write(file, rows)
        path.chmod(0o600)
        self.stdout.write(f"{count - 1} visits are in {path}. It names patients: keep it safe.")


def _write(file: TextIO, rows: Iterable[list[str]]) -> int:
    table = csv.writer(file, lineterminator="\n")
    count = 0
    for row in rows:
        table.writerow(row)
        count += 1
    return count

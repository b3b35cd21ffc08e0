"""``manage.py export_appointments``: the visits to come, as a file that can be imported."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

import clock
from scheduling.imports.services.exporting import export_appointments


class Command(BaseCommand):
    help = "Write every visit to come into a file (CSV), for another system or another Visitwell."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", help="nothing: to the screen")

    def handle(self, *_args: Any, **options: Any) -> None:
        lines = export_appointments(now=clock.now())
        path: Path | None = options["file"]
        if path is None:
            sys.stdout.writelines(lines)
            return
        with path.open("w", encoding="utf-8", newline="") as file:
            count = sum(1 for line in lines if file.write(line))
        path.chmod(0o600)
        self.stdout.write(f"{count - 1} visits are in {path}. It names patients: keep it safe.")

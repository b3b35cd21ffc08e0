"""``manage.py export_clinic``: this installation's clinic group as a clinic file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

import clock
from scheduling.clinic_file.rules.writing import write
from scheduling.clinic_file.selectors.current_clinic import NoClinic, current_clinic


class Command(BaseCommand):
    help = "Write the clinic group into a file that load_clinic reads and that changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", help="nothing: to the screen")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            text = write(current_clinic(now=clock.now()))
        except NoClinic as fact:
            raise CommandError("No clinic is loaded yet; see docs/clinic-file.md.") from fact
        path: Path | None = options["file"]
        if path is None:
            self.stdout.write(text)
            return
        path.write_text(text, encoding="utf-8")
        self.stdout.write(f"The clinic group is in {path}.")

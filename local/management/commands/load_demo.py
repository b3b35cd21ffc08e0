"""``manage.py load_demo``: invented staff, patients and visits, for looking around."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import environ
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from tqdm import tqdm

import clock
from local import demo_people, demo_visits
from scheduling.models import Site

T = TypeVar("T")


class Command(BaseCommand):
    help = "Load invented staff, patients and visits into an empty clinic group."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--staff-only", action="store_true", help="sign-ins alone, without patients or visits"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("Demo people do not belong in production.")
        staff_file = environ.Env().str("DEMO_STAFF_FILE", default="")
        if not staff_file:
            raise CommandError("DEMO_STAFF_FILE must name the file for the demo sign-ins.")
        if not Site.objects.exists():
            raise CommandError("Load a clinic group first: manage.py load_clinic demo/clinic.toml")
        with transaction.atomic():
            demo_people.load_staff(Path(staff_file))
            if options["staff_only"]:
                return
            patients = demo_people.load_patients()
            demo_people.load_coverage(patients, now=clock.now())
            visits = demo_visits.load_visits(patients, now=clock.now(), progress=self._progress)
        self.stdout.write(f"Demo: {len(patients)} patients, {visits} visits.")

    def _progress(self, items: Iterable[T], title: str) -> Iterator[T]:
        yield from tqdm(list(items), desc=title, unit="day", ncols=76, leave=True)

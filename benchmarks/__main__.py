"""``make bench``: seeds a big group of clinics once, then times ours against its floors.

``SCALE=10`` is ten million appointments, and compares them with one million; ``FORMAT=json``
prints JSON; ``ONLY="free_times searching"`` runs some of them.
"""

import json
import os
import secrets
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import django
import psycopg2

from benchmarks.measure import Line, table
from local import embedded, machine

ROOT = Path(__file__).resolve().parent.parent / ".local" / "bench"
NOWHERE = "http://127.0.0.1:9"


def main() -> int:
    scale = int(os.environ.get("SCALE", "1"))
    with machine.exit_on_trouble(), embedded.running(ROOT, durable=True) as services:
        database = _database(services["DATABASE_URL"], f"bench_{scale}")
        os.environ |= {
            **services,
            "DATABASE_URL": database,
            # As a server runs: no files looked for at each request, logs for machines.
            "ENVIRONMENT": "demo",
            "JSON_LOGS": "true",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "SECRET_KEY": secrets.token_urlsafe(48),
            "PUBLIC_URL": "http://localhost:8000",
            "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
            "TWILIO_AUTH_TOKEN": "none",
            "TWILIO_FROM_NUMBER": "+12125550100",
            "TWILIO_API_BASE_URL": NOWHERE,
            "EMAIL_URL": "smtp://127.0.0.1:9",
            # No patient asks so often; these do.
            "API_RATE_ANYONE": "1000000/min",
            "API_RATE_SIGNED_IN": "1000000/min",
        }
        django.setup()
        lines = _run(scale)
    if os.environ.get("FORMAT") == "json":
        print(json.dumps([line.as_dict() for line in lines], indent=2))  # noqa: T201
    else:
        print(table(lines))  # noqa: T201
    return 0


def _run(million: int) -> list[Line]:
    from benchmarks import booking, free_times, hot, races, scale, searching, seed

    seed.ensure(scale=million)
    parts: dict[str, Callable[[], list[Line]]] = {
        "free_times": free_times.run,
        "scale": partial(scale.run, million),
        "searching": searching.run,
        "booking": booking.run,
        "races": races.run,
        "hot": hot.run,
    }
    only = os.environ.get("ONLY", "").split()
    return [line for name, run in parts.items() if not only or name in only for line in run()]


def _database(url: str, name: str) -> str:
    """The address of a database of that name, made when it is missing."""
    server = psycopg2.connect(url)
    server.autocommit = True
    with server.cursor() as cursor:
        cursor.execute("SELECT FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone() is None:
            cursor.execute(f"CREATE DATABASE {name}")
    server.close()
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


if __name__ == "__main__":
    sys.exit(main())

"""The one place that says what time it is.

Doors (views, tasks, commands) call :func:`now` and pass the answer down; services and pure
modules never ask. In the demo and in tests ``CLOCK_FILE`` names a small JSON file,
``{"offset_seconds": 86400.0}``, so that every process can be moved to another day at once.
Production settings refuse it.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings


def offset() -> timedelta:
    """How far the clock has been moved; zero unless ``CLOCK_FILE`` is set and exists."""
    if not settings.CLOCK_FILE:
        return timedelta()
    try:
        held = json.loads(Path(settings.CLOCK_FILE).read_text())
    except FileNotFoundError:
        return timedelta()
    return timedelta(seconds=float(held["offset_seconds"]))


def now() -> datetime:
    """The current instant, aware, in UTC."""
    return datetime.now(UTC) + offset()

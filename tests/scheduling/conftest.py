"""What tests of scheduling share."""

from collections.abc import Iterator
from time import monotonic, sleep

import pytest
from django.db import connection
from pytest_django import Settings

MET = "SELECT pg_stat_get_db_deadlocks(oid) FROM pg_database WHERE datname = current_database()"


@pytest.fixture(autouse=True)
def _no_file_scan(settings: Settings) -> None:
    """Every new test client would read all static files first, for a tenth of a second."""
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture
def no_deadlock(transactional_db: None) -> Iterator[None]:
    """The database meets none, not even one that a second try would hide.

    A connection counts what it met in when it ends, so those of the test are waited for.
    """
    with connection.cursor() as cursor:
        cursor.execute(MET)
        [(before,)] = cursor.fetchall()
        known = _connections()
        yield
        deadline = monotonic() + 10
        while _connections() - known and monotonic() < deadline:
            sleep(0.02)
        cursor.execute(MET)
        assert cursor.fetchall() == [(before,)]


def _connections() -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        return {pid for (pid,) in cursor.fetchall()}

"""A database that was restarted costs nobody their page."""

import pytest
from django.db import connection, connections
from django.test import Client

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock_at_now")]


def _end_from_elsewhere() -> None:
    """What a restart does to a connection that somebody keeps."""
    other = connection.copy()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (number,) = cursor.fetchone()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [number])
    other.close()


def test_a_lost_connection_is_made_anew_for_the_next_request(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.get("/api/v1/visit-types/").status_code == 200
    _end_from_elsewhere()
    # What Django does at the start of a request; its test client leaves it out.
    monkeypatch.setattr(connections["default"], "health_check_enabled", True)
    monkeypatch.setattr(connections["default"], "health_check_done", False)
    assert client.get("/api/v1/visit-types/").status_code == 200


def test_nothing_is_left_in_the_server_between_transactions() -> None:
    """PgBouncer gives the next transaction another connection; see docs/runbook.md."""
    assert connection.settings_dict["DISABLE_SERVER_SIDE_CURSORS"] is True
    assert "options" not in connection.settings_dict["OPTIONS"], "PgBouncer refuses them"


def test_a_closed_connection_is_seen() -> None:
    connection.ensure_connection()
    _end_from_elsewhere()
    assert not connection.is_usable()
    assert not connection.is_usable(), "nor once the driver knows"
    connection.close()
    assert not connection.is_usable()

"""Statements that each connection learns once."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from infrastructure.prepared import Prepared

pytestmark = pytest.mark.django_db

DOUBLE = Prepared("double", "SELECT %(number)s * 2, %(word)s", number="integer", word="text")


def doubled(number: int) -> tuple[int, str]:
    with connection.cursor() as cursor:
        cursor.execute(DOUBLE.ready(), {"number": number, "word": "it's"})
        answer: tuple[int, str] = cursor.fetchone()
        return answer


def test_it_is_prepared_once_for_a_connection() -> None:
    assert doubled(2) == (4, "it's")
    with CaptureQueriesContext(connection) as asked:
        assert doubled(3) == (6, "it's")
    assert [query["sql"].split()[0] for query in asked] == ["EXECUTE"]


def test_what_is_undone_does_not_undo_it() -> None:
    with transaction.atomic():
        doubled(2)
        transaction.set_rollback(True)
    assert doubled(3) == (6, "it's")


@pytest.mark.django_db(transaction=True)
def test_a_new_connection_learns_it_anew() -> None:
    doubled(2)
    connection.close()
    assert doubled(3) == (6, "it's")


@pytest.mark.django_db(transaction=True)
def test_it_outlives_a_change_of_what_it_reads() -> None:
    first = Prepared(
        "sites", "SELECT count(id) FROM scheduling_site WHERE id > %(since)s", since="bigint"
    )
    with connection.cursor() as cursor:
        cursor.execute(first.ready(), {"since": 0})
        cursor.execute("ALTER TABLE scheduling_site ADD COLUMN planted integer")
        try:
            cursor.execute(first.ready(), {"since": 0})
            assert cursor.fetchone() == (0,)
        finally:
            cursor.execute("ALTER TABLE scheduling_site DROP COLUMN planted")

"""Several tables' new rows in one round trip: waiting for answers is half of a booking's cost."""

from functools import cache
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import Field, Model, sql


def insert_together(*rows: Model, unless_known: Model | None = None) -> bool:
    """Insert each row, and last ``unless_known``; False when a unique key of that is taken.

    Nothing is undone then: the caller rolls its transaction back. Rows without a primary key are
    given theirs by the database and do not learn it.
    """
    inserts = [_insert(row) for row in rows]
    if unless_known is not None:
        statement, values = _insert(unless_known)
        inserts.append((f"{statement} ON CONFLICT DO NOTHING RETURNING id", values))
    with connection.cursor() as cursor:
        _send(cursor, inserts)
        return unless_known is None or cursor.fetchone() is not None


def insert_new(*rows: Model) -> None:
    """Insert those of the rows of which no unique key is taken."""
    inserts = [_insert(row) for row in rows]
    with connection.cursor() as cursor:
        _send(cursor, [(f"{insert} ON CONFLICT DO NOTHING", own) for insert, own in inserts])


def _send(cursor: CursorWrapper, inserts: list[tuple[str, list[Any]]]) -> None:
    statements, values = zip(*inserts, strict=True)
    cursor.execute(";".join(statements), [value for own in values for value in own])


def _insert(row: Model) -> tuple[str, list[Any]]:
    statement, fields = _statement(type(row), unnamed=row.pk is None)
    return statement, [
        field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields
    ]


@cache
def _statement(model: type[Model], *, unnamed: bool) -> tuple[str, list[Field[Any, Any]]]:
    """The words of an INSERT, which are the same for every row of a table, and its fields."""
    fields = [
        field for field in model._meta.local_concrete_fields if not (field.primary_key and unnamed)
    ]
    query = sql.InsertQuery(model)
    query.insert_values(fields, [model()])
    ((statement, _),) = query.get_compiler(connection=connection).as_sql()
    return statement, fields

"""Several tables' new rows in one round trip: waiting for answers is half of a booking's cost."""

from typing import Any

from django.db import connection
from django.db.models import Model, sql


def insert_together(*rows: Model, unless_known: Model | None = None) -> bool:
    """Insert each row, and last ``unless_known``; False when a unique key of that is taken.

    Nothing is undone then: the caller rolls its transaction back. Rows without a primary key are
    given theirs by the database and do not learn it.
    """
    statements: list[str] = []
    values: list[Any] = []
    for row in [*rows, *([unless_known] if unless_known else [])]:
        statement, own = _insert(row)
        statements.append(statement)
        values += own
    if unless_known is not None:
        statements[-1] += " ON CONFLICT DO NOTHING RETURNING id"
    with connection.cursor() as cursor:
        cursor.execute(";".join(statements), values)
        return unless_known is None or cursor.fetchone() is not None


def _insert(row: Model) -> tuple[str, list[Any]]:
    fields = [
        field
        for field in row._meta.local_concrete_fields
        if not (field.primary_key and row.pk is None)
    ]
    query = sql.InsertQuery(type(row))
    query.insert_values(fields, [row])
    ((statement, values),) = query.get_compiler(connection=connection).as_sql()
    return statement, list(values)

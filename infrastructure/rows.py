"""Rows read and written without composing their statements anew, several in one round trip.

For the few reads and writes that many patients wait for; everything else is Django's ORM. Composing
a query takes Django longer than PostgreSQL takes to answer it, and waiting for answers is half of
what is left. Measured on two shared cores with a million appointments, by turns in one run, with
each function here exchanged for the ORM's own (``save``, ``bulk_create``, ``select_for_update``):

=============================================  ========  =====
what                                           by rows   ORM
=============================================  ========  =====
``book_appointment``, 8 clients, each second   163       117
one appointment by its id, milliseconds        0.22      0.44
one new audit entry, milliseconds              0.43      0.56
=============================================  ========  =====

The private parts of Django that this rests on are pinned in tests/infrastructure/test_rows.py.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple, TypeVar

from django.core.exceptions import ObjectDoesNotExist
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Field, Model, sql
from django.db.models.expressions import Col

Row = TypeVar("Row", bound=Model)


def read_row(model: type[Row], condition: str, values: Sequence[Any]) -> Row | None:
    """One row by a condition in our own words, such as ``id = %s``."""
    return next(iter(read_rows(model, condition, values)), None)


def read_rows(model: type[Row], condition: str, values: Sequence[Any]) -> list[Row]:
    """Some rows by a condition in our own words. A few: all are read at once."""
    statement, names, converted = _select_statement(model)
    with connection.cursor() as cursor:
        cursor.execute(f"{statement} WHERE {condition}", values)
        found = [list(row) for row in cursor.fetchall()]
    for row in found:
        for place, convert, column in converted:
            row[place] = convert(row[place], column, connection)
    return [model.from_db(connection.alias, names, row) for row in found]


@cache
def _select_statement(
    model: type[Model],
) -> tuple[str, list[str], list[tuple[int, Callable[..., Any], Col]]]:
    """The words of a SELECT, the names of its columns, and what some of them are read by."""
    fields = model._meta.local_concrete_fields
    columns = ", ".join(f'"{field.column}"' for field in fields)
    converted = [
        (place, convert, field.cached_col)
        for place, field in enumerate(fields)
        for convert in (
            *connection.ops.get_db_converters(field.cached_col),
            *field.get_db_converters(connection),
        )
    ]
    names = [field.attname for field in fields]
    return f"SELECT {columns} FROM {model._meta.db_table}", names, converted  # noqa: S608


def lock_row(row: Row) -> Row:
    """The row as it is now, kept from others until the transaction ends.

    What ``row`` has read of other tables, it has too where it still points there. Raises
    ObjectDoesNotExist.
    """
    now = read_row(type(row), "id = %s FOR UPDATE", [row.pk])
    if now is None:
        raise ObjectDoesNotExist
    for name, related in row._state.fields_cache.items():
        if related is not None and getattr(now, f"{name}_id", None) == related.pk:
            now._state.fields_cache[name] = related
    return now


class Write(NamedTuple):
    """One statement that writes, and its values."""

    statement: str
    values: Sequence[Any]


def write(*writes: Write) -> int:
    """All of them in one round trip; how many rows the last one wrote."""
    with connection.cursor() as cursor:
        cursor.execute(
            ";".join(each.statement for each in writes),
            [value for each in writes for value in each.values],
        )
        return int(cursor.rowcount)


def update(row: Model, *names: str) -> Write:
    """Some fields of a row that the caller has locked."""
    statement, fields = _update_statement(type(row), names)
    values = _values(fields, [getattr(row, field.attname) for field in fields])
    return Write(statement, [*values, row.pk])


@cache
def _update_statement(
    model: type[Model], names: tuple[str, ...]
) -> tuple[str, list[Field[Any, Any]]]:
    fields = [field for field in model._meta.local_concrete_fields if field.name in names]
    columns = ", ".join(f'"{field.column}" = %s' for field in fields)
    return f"UPDATE {model._meta.db_table} SET {columns} WHERE id = %s", fields  # noqa: S608


def insert(row: Model) -> Write:
    """A new row. Without a primary key it is given one by the database and does not learn it."""
    statement, fields = _insert_statement(type(row), unnamed=row.pk is None)
    return Write(statement, _values(fields, [field.pre_save(row, add=True) for field in fields]))


def insert_if_new(row: Model) -> Write:
    """A new row, unless a unique key of it is taken; then nothing is undone."""
    statement, values = insert(row)
    return Write(f"{statement} ON CONFLICT DO NOTHING", values)


def _values(fields: Sequence[Field[Any, Any]], values: Sequence[Any]) -> list[Any]:
    # ``connection`` looks for this thread's own at every attribute: a third of all this.
    own = connections[DEFAULT_DB_ALIAS]
    pairs = zip(fields, values, strict=True)
    return [field.get_db_prep_save(value, own) for field, value in pairs]


@cache
def _insert_statement(model: type[Model], *, unnamed: bool) -> tuple[str, list[Field[Any, Any]]]:
    """The words of an INSERT, which are the same for every row of a table, and its fields."""
    fields = [
        field for field in model._meta.local_concrete_fields if not (field.primary_key and unnamed)
    ]
    query = sql.InsertQuery(model)
    query.insert_values(fields, [model()])
    ((statement, _),) = query.get_compiler(connection=connection).as_sql()
    return statement, fields

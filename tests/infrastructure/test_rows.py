"""Rows without the ORM's composing: the same as Django makes them, by parts that Django may change.

``PRIVATE`` says which parts of Django ``infrastructure.rows`` rests on. When one of its tests fails
after an upgrade, mend that module or go back to the ORM, whose answers the other tests compare.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import connection, transaction
from django.db.models import Field, Model, sql
from django.db.models.expressions import Col
from django.test.utils import CaptureQueriesContext

from infrastructure.rows import (
    insert,
    insert_if_new,
    lock_row,
    read_row,
    read_rows,
    update,
    write,
)
from people.models import ActsFor, AuditEntry, Person, User
from scheduling.models import Allocation, Appointment, Resource, Site
from tests.builders import make_patient

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)


def born_on() -> Field[Any, Any]:
    return Person._meta.get_field("born_on")


def composed() -> tuple[str, Any]:
    query = sql.InsertQuery(Person)
    query.insert_values([born_on()], [Person()])
    ((statement, values),) = query.get_compiler(connection=connection).as_sql()
    return statement, values


def cached() -> dict[str, Any]:
    row = ActsFor(user=User(pk=1))
    return row._state.fields_cache


PRIVATE: dict[str, Callable[[], bool]] = {
    "Model._meta.local_concrete_fields are those of its own columns": lambda: (
        [field.attname for field in ActsFor._meta.local_concrete_fields]
        == [field.attname for field in ActsFor._meta.concrete_fields]
    ),
    "Field.cached_col is a Col of that field": lambda: (
        isinstance(born_on().cached_col, Col) and born_on().cached_col.target is born_on()
    ),
    "connection.ops.get_db_converters(col) is a list": lambda: (
        connection.ops.get_db_converters(born_on().cached_col) == []
    ),
    "Field.get_db_converters(connection) is a list": lambda: (
        born_on().get_db_converters(connection) == []
    ),
    "Field.get_db_prep_save(value, connection) is what the driver takes": lambda: (
        born_on().get_db_prep_save(date(1957, 3, 28), connection) == date(1957, 3, 28)
    ),
    "Field.pre_save(row, add=True) is the value of a new row": lambda: (
        born_on().pre_save(Person(born_on=date(1957, 3, 28)), True) == date(1957, 3, 28)
    ),
    "InsertQuery.get_compiler(connection=).as_sql() is one INSERT, with a %s for each value": (
        lambda: (
            composed()[0] == 'INSERT INTO "people_person" ("born_on") VALUES (%s)'
            and len(composed()[1]) == 1
        )
    ),
    "Model.from_db(alias, names, values) makes a saved row": lambda: (
        Person.from_db("default", ["id"], [1])._state.adding is False
    ),
    "Model._state.fields_cache holds related rows by the field's name": lambda: (
        list(cached()) == ["user"]
    ),
}


@pytest.mark.parametrize("part", PRIVATE)
def test_django_still_has(part: str) -> None:
    try:
        holds = PRIVATE[part]()
    except (AttributeError, TypeError, ValueError) as error:
        pytest.fail(f"Django changed: {part} ({error}). See the head of this file.")
    assert holds, f"Django changed: {part}. See the head of this file."


@pytest.mark.parametrize("model", [Person, User, ActsFor, Appointment, Allocation, Resource, Site])
def test_no_model_that_is_read_inherits_columns(model: type[Model]) -> None:
    assert list(model._meta.local_concrete_fields) == list(model._meta.concrete_fields)


def as_columns(row: Model) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_a_row_is_read_as_the_orm_reads_it() -> None:
    user, person = make_patient()
    for row in (user, person):
        read = read_row(type(row), "id = %s", [row.pk])
        assert read is not None
        assert as_columns(read) == as_columns(type(row)._default_manager.get(pk=row.pk))
        assert (read._state.adding, read._state.db) == (False, "default")
    assert read_row(Person, "id = %s", [0]) is None


def test_a_row_is_written_as_the_orm_writes_it() -> None:
    _, person = make_patient()
    made = {"at": NOW, "person_id": person.pk, "action": "a", "subject": "b", "request_id": "c"}
    assert write(insert(AuditEntry(**made))) == 1
    AuditEntry.objects.create(**made)
    ours, theirs = map(as_columns, AuditEntry.objects.order_by("pk"))
    assert ours | {"id": None} == theirs | {"id": None}


def test_several_are_written_in_one_round_trip() -> None:
    _, person = make_patient()
    person.given_name, person.born_on = "Vera", date(2001, 1, 1)
    entry = AuditEntry(at=NOW, person_id=person.pk, action="a", subject="b", request_id="c")
    with CaptureQueriesContext(connection) as asked:
        assert write(insert(entry), update(person, "given_name")) == 1
    assert len(asked) == 1
    assert AuditEntry.objects.count() == 1
    read = Person.objects.get(pk=person.pk)
    assert read.given_name == "Vera"
    assert read.born_on != date(2001, 1, 1), "only what was named is written"


def test_what_is_there_already_is_not_written_twice() -> None:
    user, _ = make_patient()
    again = User(phone=user.phone, name="Somebody else")
    assert write(insert_if_new(again)) == 0
    assert [each.name for each in read_rows(User, "phone = %s", [str(user.phone)])] == [user.name]


def test_a_locked_row_is_as_it_is_now_and_keeps_what_was_read_of_others() -> None:
    user, person = make_patient()
    link = ActsFor.objects.select_related("person").get(user=user)
    ActsFor.objects.filter(pk=link.pk).update(relationship="child")
    with transaction.atomic():
        now = lock_row(link)
        assert now.relationship == "child"
        with CaptureQueriesContext(connection) as asked:
            assert now.person == person
        assert not asked.captured_queries
    link.delete()
    link.pk = 0
    with transaction.atomic(), pytest.raises(ObjectDoesNotExist):
        lock_row(link)

"""What must never be false is held by PostgreSQL, and has been since the first migration."""

import re
from datetime import date, time
from functools import cache

import pytest
from django.apps import apps
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import IntegrityError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.models import CharField, Model

from tests.architecture.test_relations import FLOORS
from tests.builders import make_site

pytestmark = pytest.mark.django_db

OURS = [model for model in apps.get_models() if model._meta.app_label in FLOORS]
CONSTRAINTS = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass"
INDEXES = "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = %s::regclass"
# Choices that the database does not hold, and why.
OPEN_CHOICES = {
    # Languages are a setting: one more must not need a migration.
    "people.Person.language",
    # Copied from a message's channel, which is held where it is first written.
    "messaging.MessageTemplate.channel",
    "messaging.OptOut.channel",
}


def held_by_the_database(model: type[Model]) -> list[str]:
    """Definitions of a table's constraints and indexes, as PostgreSQL gives them back."""
    with connection.cursor() as cursor:
        found: list[str] = []
        for query in (CONSTRAINTS, INDEXES):
            cursor.execute(query, [model._meta.db_table])
            found += [row[0] for row in cursor.fetchall()]
    return found


@cache
def first_state(app: str) -> dict[str, set[str]]:
    """Names of the constraints of each model as of ``0001_initial``."""
    state = MigrationLoader(None).project_state((app, "0001_initial"))
    return {
        name: {each.name for each in model.options.get("constraints", [])}
        for (label, name), model in state.models.items()
        if label == app
    }


def test_no_two_active_allocations_of_one_resource_overlap() -> None:
    held = held_by_the_database(apps.get_model("scheduling.Allocation"))
    assert (
        "EXCLUDE USING gist (resource_id WITH =, unit WITH =, during WITH &&) "
        "WHERE ((active AND (NOT overbook)))" in held
    )


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_what_keeps_rows_apart_and_statuses_known_is_as_old_as_its_table(
    model: type[Model],
) -> None:
    """Other constraints may come later; these would find rows that break them already."""
    first = first_state(model._meta.app_label).get(str(model._meta.model_name))
    vital = {
        each.name
        for each in model._meta.constraints
        if isinstance(each, ExclusionConstraint) or each.name.endswith(("_known", "_once"))
    }
    assert first is None or vital <= first


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("messaging.Message", "(key)"),
        ("messaging.Message", "(provider_sid) WHERE (NOT ((provider_sid)::text = ''::text))"),
        ("messaging.Attempt", "(message_id, number)"),
        ("messaging.Receipt", "(provider_sid, status)"),
        ("messaging.Task", "(key)"),
        ("scheduling.IdempotencyRecord", "(scope, key)"),
        ("scheduling.Estimate", "(appointment_id, version)"),
        ("people.Coverage", "(person_id) WHERE (until IS NULL)"),
        ("reminders.Reminder", "(appointment_id, version, rule_id)"),
        ("followups.FollowUp", "(summary_id)"),
        ("feedback.SurveyInvitation", "(appointment_id)"),
        ("feedback.SurveyResponse", "(invitation_id)"),
        ("checkin.Arrival", "(appointment_id)"),
        ("contactcenter.InboundMessage", "(provider_sid)"),
        ("people.User", "(phone)"),
        ("people.User", "(email)"),
    ],
)
def test_what_happens_once_has_a_unique_key(table: str, columns: str) -> None:
    unique = [each for each in held_by_the_database(apps.get_model(table)) if "UNIQUE" in each]
    assert [each for each in unique if each.endswith(columns)]


def test_every_status_column_admits_its_choices_and_nothing_else() -> None:
    loose = {}
    for model in OURS:
        checks = [each for each in held_by_the_database(model) if each.startswith("CHECK")]
        for field in model._meta.local_fields:
            name = f"{model._meta.label}.{field.name}"
            if isinstance(field, CharField) and field.choices and name not in OPEN_CHOICES:
                known = {value for value, _ in field.flatchoices}
                about = [each for each in checks if re.search(rf"\b{field.column}\b", each)]
                admitted = {value for each in about for value in re.findall(r"'(\w+)'", each)}
                if admitted != known:
                    loose[name] = known ^ admitted
    assert loose == {}


def test_half_a_stretch_of_time_is_refused() -> None:
    """A comparison with NULL is unknown, and what is unknown passes a check."""
    exceptions = apps.get_model("scheduling.AvailabilityException")
    for starts, ends in ((time(9), None), (None, time(9)), (time(9), time(8))):
        with pytest.raises(IntegrityError, match="ends_after_start"), transaction.atomic():
            exceptions.objects.create(
                site=make_site(),
                effect="closed",
                on_date=date(2026, 12, 24),
                starts=starts,
                ends=ends,
            )

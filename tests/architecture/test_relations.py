"""Relations between tables point downward too: a string foreign key hides from import-linter."""

from collections.abc import Iterator

from django.apps import apps
from django.conf import settings
from django.db.models import Field, Model

# Lower numbers are lower floors; those on one floor are strangers.
FLOORS = {
    "people": 0,
    "messaging": 1,
    "scheduling": 2,
    "reminders": 3,
    "checkin": 3,
    "followups": 3,
    "feedback": 3,
    "portal": 4,
    "contactcenter": 4,
    "config": 5,
    "local": 6,
}


def relations() -> Iterator[tuple[type[Model], "Field[object, object]", type[Model]]]:
    for model in apps.get_models(include_auto_created=True):
        if model._meta.app_label in FLOORS:
            for field in [*model._meta.local_fields, *model._meta.local_many_to_many]:
                if field.is_relation and isinstance(field.related_model, type):
                    yield model, field, field.related_model


def test_every_stage_has_a_floor() -> None:
    ours = {each.label for each in apps.get_app_configs() if "site-packages" not in str(each.path)}
    assert ours == set(FLOORS)


def test_relations_point_downward_and_never_to_a_sibling() -> None:
    wrong = []
    for model, field, target in relations():
        here, there = model._meta.app_label, target._meta.app_label
        if there in FLOORS and here != there and FLOORS[there] >= FLOORS[here]:
            wrong.append(f"{model._meta.label}.{field.name} -> {target._meta.label}")
    assert wrong == []


def test_the_walk_sees_what_is_there() -> None:
    """A walk that finds nothing would pass too."""
    seen = {(model.__name__, field.name, target.__name__) for model, field, target in relations()}
    assert ("Arrival", "appointment", "Appointment") in seen  # one to one
    assert ("Allocation", "hold", "Hold") in seen  # named by a string
    assert ("Clinician", "visit_types", "VisitType") in seen  # many to many
    assert ("Appointment", "booked_by", "User") in seen  # by the setting


def test_no_row_points_at_a_row_of_unknown_kind() -> None:
    """A generic foreign key could point anywhere, upward too."""
    generic = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if model._meta.app_label in FLOORS
        for field in model._meta.private_fields
    ]
    assert generic == []


def test_accounts_are_our_own_from_the_first_migration() -> None:
    assert settings.AUTH_USER_MODEL == "people.User"

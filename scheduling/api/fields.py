"""Fields that name a kind of visit, a site or a clinician: only active ones exist here.

All fields of one request look into one directory, which is asked for once.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import Model
from rest_framework import serializers

from scheduling.models import Clinician, Site, VisitType
from scheduling.selectors.directory import Directory, current_directory

LONGEST_ID = 19  # digits of the largest id; Python reads no number of some thousand digits


def visit_type(**options: Any) -> "BySlug":
    return BySlug(slug_field="slug", queryset=VisitType.objects.all(), **options)


def site(**options: Any) -> "ById":
    return ById(queryset=Site.objects.all(), listed="sites", **options)


def clinician(**options: Any) -> "ById":
    return ById(queryset=Clinician.objects.all(), listed="clinicians", **options)


def _directory(field: serializers.Field[Any, Any, Any, Any]) -> Directory:
    """The directory as of the request whose field this is."""
    context: dict[str, Any] = field.context
    if "directory" not in context:
        context["directory"] = current_directory()
    directory: Directory = context["directory"]
    return directory


class BySlug(serializers.SlugRelatedField[Any]):
    """The active kind of visit of a slug."""

    def to_internal_value(self, data: Any) -> VisitType:
        if not isinstance(data, str):
            self.fail("invalid")
        found = _directory(self).visit_types.get(data)
        if found is None:
            self.fail("does_not_exist", slug_name="slug", value=data)
        return found


class ById(serializers.PrimaryKeyRelatedField[Any]):
    """The active row of an id, which may come as text. ``listed`` is where the directory has it."""

    def __init__(self, *, listed: str, **options: Any) -> None:
        self.listed = listed
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> Model:
        text = "" if isinstance(data, bool) else str(data)
        if not text.isdecimal():
            self.fail("incorrect_type", data_type=type(data).__name__)
        rows: Mapping[int, Model] = getattr(_directory(self), self.listed)
        found = rows.get(int(text)) if len(text) <= LONGEST_ID else None
        if found is None:
            self.fail("does_not_exist", pk_value=data)
        return found

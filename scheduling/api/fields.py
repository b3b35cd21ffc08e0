"""Fields that name a kind of visit, a site or a clinician: only active ones exist here.

All fields of one request look into one directory, which is asked for once.
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, cast

from django.db.models import Model
from rest_framework import serializers
from rest_framework.fields import empty

from scheduling.clinic.selectors.directory import Directory, current_directory
from scheduling.models import Clinician, Site, VisitType

LONGEST_ID = 19  # digits of the largest id; Python reads no number of some thousand digits


def visit_type(**options: Any) -> "BySlug":
    return BySlug(slug_field="slug", queryset=VisitType.objects.all(), **options)


def site(**options: Any) -> "ById":
    return ById(queryset=Site.objects.all(), listed="sites", **options)


def clinician(**options: Any) -> "ById":
    return ById(queryset=Clinician.objects.all(), listed="clinicians", **options)


def _directory(field: serializers.Field[Any, Any, Any, Any]) -> Directory:
    """The directory as of the request whose field this is."""
    context = cast("dict[str, Directory]", field.context)
    if "directory" not in context:
        context["directory"] = current_directory()
    return context["directory"]


def named(asked: serializers.Serializer[Any]) -> Mapping[int, Clinician]:
    """The clinicians by id, where the request named anything of the directory."""
    directory: Directory | None = asked.context.get("directory")
    return directory.clinicians if directory else {}


class QuerySerializer(serializers.Serializer[Any]):
    """What is asked for in an address: most of what may be is not, and takes no time then."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        sent = getattr(self, "initial_data", None)
        if sent is None:  # to be documented
            return dict(super().get_fields())
        return {
            name: deepcopy(field)
            for name, field in self._declared_fields.items()
            if name in sent or field.required or field.default is not empty
        }


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

"""Fields that name a kind of visit, a site or a clinician: only active ones exist here."""

from typing import Any

from django.core.validators import slug_re
from django.db.models import Model
from rest_framework import serializers

from scheduling.models import Clinician, Site, VisitType
from scheduling.selectors.active import active_row

LARGEST_ID = 2**63 - 1


def visit_type(**options: Any) -> "BySlug":
    return BySlug(slug_field="slug", queryset=VisitType.objects.all(), **options)


def site(**options: Any) -> "ById":
    return ById(Site, **options)


def clinician(**options: Any) -> "ById":
    return ById(Clinician, **options)


class BySlug(serializers.SlugRelatedField[Any]):
    """The active kind of visit of a slug."""

    def to_internal_value(self, data: Any) -> VisitType:
        if not isinstance(data, str):
            self.fail("invalid")
        found = active_row(VisitType, "slug", data) if slug_re.match(data) else None
        if found is None:
            self.fail("does_not_exist", slug_name="slug", value=data)
        return found


class ById(serializers.PrimaryKeyRelatedField[Any]):
    """The active row of an id, which may come as text."""

    def __init__(self, model: type[Model], **options: Any) -> None:
        self.model = model
        # Given as well, for it is what the documented type of the field is read from.
        super().__init__(queryset=model._default_manager.all(), **options)

    def to_internal_value(self, data: Any) -> Model:
        text = "" if isinstance(data, bool) else str(data)
        if not text.isdecimal():
            self.fail("incorrect_type", data_type=type(data).__name__)
        number = int(text)
        found = active_row(self.model, "id", number) if number <= LARGEST_ID else None
        if found is None:
            self.fail("does_not_exist", pk_value=data)
        return found

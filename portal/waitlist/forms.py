"""What a patient says to join the waitlist."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from people.models import Person
from scheduling.models import Site
from scheduling.waitlist.forms import TimesForm


class WaitForm(TimesForm):
    """Who waits, where they would go, and when. ``cleaned_data`` has ``person`` and ``sites`` as
    rows.
    """

    person = forms.ModelChoiceField(
        label=_("Who is it for?"),
        queryset=Person.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={"required": _("Choose who it is for.")},
    )
    sites = forms.ModelMultipleChoiceField(
        label=_("Where?"),
        queryset=Site.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one clinic.")},
    )
    field_order = ["person", "sites"]

    def __init__(
        self, *args: Any, people: QuerySet[Person], sites: QuerySet[Site], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people  # type: ignore[attr-defined]
        self.fields["person"].label_from_instance = (  # type: ignore[attr-defined]
            lambda person: person.full_name
        )
        self.fields["sites"].queryset = sites  # type: ignore[attr-defined]
        self.fields["notice_hours"].initial = 24

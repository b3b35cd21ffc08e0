"""What a clinician writes at the end of a visit."""

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from people.rules.names import in_language
from scheduling.models import VisitType


class VisitTypeChoice(forms.ModelChoiceField[VisitType]):
    def label_from_instance(self, obj: Any) -> str:
        return in_language(obj.names, get_language() or "en")


class SummaryForm(forms.Form):
    said = forms.CharField(
        label=_("What we said"),
        help_text=_("In plain words. The patient reads this at home."),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=4000,
    )
    next_steps = forms.CharField(
        label=_("What to do next"),
        help_text=_("One step a line."),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=4000,
    )
    next_visit_type = VisitTypeChoice(
        label=_("Next visit"),
        queryset=VisitType.objects.filter(active=True),
        required=False,
        empty_label=_("No next visit needed"),
    )
    next_in_weeks = forms.IntegerField(
        label=_("In how many weeks"), required=False, min_value=1, max_value=104
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("next_visit_type") and not cleaned.get("next_in_weeks"):
            self.add_error("next_in_weeks", _("Say in how many weeks the next visit should be."))
        return cleaned

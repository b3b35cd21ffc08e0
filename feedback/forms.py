"""The survey a patient fills in on a phone."""

from django import forms
from django.utils.translation import gettext_lazy as _

OVERALL = [
    ("1", _("Very good")),
    ("2", _("Good")),
    ("3", _("Neither good nor poor")),
    ("4", _("Poor")),
    ("5", _("Very poor")),
    ("6", _("I don't know")),
]
WAITING = [
    ("1", _("Not long at all")),
    ("2", _("A little")),
    ("3", _("Too long")),
]


class SurveyForm(forms.Form):
    overall = forms.TypedChoiceField(
        label=_("How was your visit?"),
        choices=OVERALL,
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": _("Please choose how your visit was.")},
    )
    waiting = forms.TypedChoiceField(
        label=_("How did the wait feel?"),
        choices=WAITING,
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )
    comment = forms.CharField(
        label=_("What could we do better, or what did we do well?"),
        help_text=_("You can leave this empty."),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

"""What became of trying to reach a patient, and whom somebody looks for."""

from django import forms
from django.utils.translation import gettext_lazy as _

from messaging.models import TaskAttempt


class AttemptForm(forms.Form):
    outcome = forms.ChoiceField(
        label=_("What happened?"),
        choices=TaskAttempt.Outcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what happened.")},
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=500)


class FindForm(forms.Form):
    """Posted, never put into an address: what is typed is a name, a phone or a date of birth."""

    wanted = forms.CharField(
        label=_("Name, phone or date of birth"),
        max_length=100,
        error_messages={"required": _("Type at least two letters or four digits.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

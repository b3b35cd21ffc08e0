"""What became of trying to reach a patient."""

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

"""What patients say when they cancel a visit."""

from django import forms
from django.utils.translation import gettext_lazy as _


class CancelForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("Why do you want to cancel?"),
        choices=[
            ("feel_better", _("I feel better")),
            ("cannot_come", _("I cannot come that day")),
            ("other_care", _("I found care somewhere else")),
            ("cost", _("The cost")),
            ("other", _("Something else")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one. It helps us to do better.")},
    )

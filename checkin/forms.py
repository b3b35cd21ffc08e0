"""What the desk verifies before a patient may wait."""

from django import forms
from django.utils.translation import gettext_lazy as _


class VerifyForm(forms.Form):
    identity = forms.BooleanField(
        label=_("Full name and date of birth match"),
        error_messages={"required": _("Ask for the full name and the date of birth.")},
    )
    contact = forms.BooleanField(
        label=_("Phone and e-mail are right"),
        error_messages={"required": _("Check the phone and the e-mail with the patient.")},
    )

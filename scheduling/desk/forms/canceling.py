"""What staff type to cancel a visit."""

from django import forms
from django.utils.translation import gettext_lazy as _

from scheduling.desk.forms.times import LONGEST_REASON, REASON_NEEDED


class StaffCancelForm(forms.Form):
    """Why, and the ``version`` of the visit that was looked at."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    reason = forms.CharField(
        label=_("Why is it canceled?"),
        max_length=LONGEST_REASON,
        error_messages={"required": REASON_NEEDED},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

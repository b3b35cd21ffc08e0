"""When somebody who waits could come, and how urgent it is."""

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _


class TimesForm(forms.Form):
    """When in a week somebody who waits could come, and how soon. Nothing chosen means any.

    ``cleaned_data`` has ``weekdays`` and ``notice_hours`` as numbers.
    """

    weekdays = forms.TypedMultipleChoiceField(
        label=_("Which days?"),
        help_text=_("Choose none if any day is fine."),
        choices=list(WEEKDAYS.items()),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    parts = forms.MultipleChoiceField(
        label=_("What time of day?"),
        help_text=_("Choose none if any time is fine."),
        choices=[
            ("morning", _("Morning")),
            ("afternoon", _("Afternoon")),
            ("evening", _("Evening")),
        ],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    notice_hours = forms.TypedChoiceField(
        label=_("How soon could you come?"),
        choices=[
            (2, _("In two hours")),
            (24, _("The next day")),
            (72, _("In three days or later")),
        ],
        coerce=int,
        widget=forms.RadioSelect,
    )


class PriorityForm(forms.Form):
    """How urgent it is for somebody who waits (``WaitlistEntry.priority``)."""

    URGENCY = ((0, _("Usual")), (1, _("Soon")), (2, _("Urgent")))
    priority = forms.TypedChoiceField(label=_("How urgent"), choices=URGENCY, coerce=int)

"""What staff say of a clinician who is away, and of one who is back."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import formats
from django.utils.translation import gettext_lazy as _

from scheduling.closures.rules import Away
from scheduling.closures.selectors.absences import LONGEST_ABSENCE_DAYS, Absence
from scheduling.desk.forms.times import LONGEST_REASON, DayField
from scheduling.models import Clinician


def _time_field(label: Any) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        required=False,
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time", "step": "300"}),
        error_messages={"invalid": _("Choose a time.")},
    )


class AbsenceForm(forms.Form):
    """Who is away, and from when until when. No time means the whole of that day."""

    who = forms.ChoiceField(label=_("Clinician"))
    first_day = DayField(label=_("First day"))
    starts = _time_field(_("From, on the first day"))
    last_day = DayField(label=_("Last day"))
    ends = _time_field(_("Until, on the last day"))

    def __init__(
        self, *args: Any, clinicians: Sequence[Clinician], longest: int, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.clinicians = {str(each.public_id): each for each in clinicians}
        self.longest = longest
        field = self.fields["who"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(key, each.name) for key, each in self.clinicians.items()]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if {"first_day", "last_day", "starts", "ends"} <= cleaned.keys():
            if not 1 <= self.away.days <= self.longest:
                self.add_error(
                    "last_day",
                    _("Choose a last day within %(number)s days.") % {"number": self.longest},
                )
            elif not self.away.takes_time:
                self.add_error("ends", _("Choose a time after the first one."))
        return cleaned

    @property
    def clinician(self) -> Clinician:
        return self.clinicians[self.cleaned_data["who"]]

    @property
    def away(self) -> Away:
        names = ("first_day", "last_day", "starts", "ends")
        return Away(**{name: self.cleaned_data[name] for name in names})


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_REASON,
        help_text=_("Staff read it. Patients do not."),
        error_messages={"required": _("Say why.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class ReturnForm(forms.Form):
    """Of an absence: who is back, and from which day on. What is named of it is taken back."""

    who = forms.CharField(widget=forms.HiddenInput)
    closure_ids = forms.CharField(widget=forms.HiddenInput)
    back_on = forms.DateField(label=_("Back on"), widget=forms.Select)

    @classmethod
    def of(cls, absence: Absence) -> "ReturnForm":
        """The form that takes an absence back, from one of its days on."""
        days = [closure.on_date for closure in absence.closures]
        form = cls(
            initial={
                "who": absence.clinician.public_id,
                "closure_ids": " ".join(str(closure.pk) for closure in absence.closures),
                "back_on": days[0],
            },
            auto_id=f"back-{absence.closures[0].pk}-%s",
        )
        widget = form.fields["back_on"].widget
        assert isinstance(widget, forms.Select)
        widget.choices = [(day, formats.date_format(day, "DAY_FORMAT")) for day in days]
        if len(days) == 1:
            form.fields["back_on"].widget = forms.HiddenInput()
        return form

    def clean_closure_ids(self) -> list[int]:
        words = self.cleaned_data["closure_ids"].split()
        if not all(word.isascii() and word.isdecimal() for word in words):
            raise forms.ValidationError("closure_ids")
        return [int(word) for word in words][:LONGEST_ABSENCE_DAYS]

"""What staff type about somebody: who is new here, what would suit who waits, and who does."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from phonenumber_field.formfields import PhoneNumberField

from people.models import Person
from people.rules.patient_matching import Traits
from scheduling.desk.forms.booking import VisitTypeForm
from scheduling.desk.forms.times import DayField, name_of
from scheduling.models import Resource, Site, VisitType
from scheduling.waitlist.forms import TimesForm

OLDEST = 125


class NewPatientForm(forms.Form):
    """Somebody who has no record here. ``site`` is where they become a patient."""

    given_name = forms.CharField(
        label=_("First name"),
        max_length=100,
        error_messages={"required": _("Enter the first name.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    family_name = forms.CharField(
        label=_("Last name"),
        max_length=100,
        error_messages={"required": _("Enter the last name.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    born_on = forms.DateField(
        label=_("Date of birth"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={
            "required": _("Enter the date of birth."),
            "invalid": _("Enter the date of birth."),
        },
    )
    phone = PhoneNumberField(
        label=_("Phone"),
        required=False,
        error_messages={"invalid": _("Enter a phone number like 212 555 0142.")},
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        error_messages={"invalid": _("Enter an e-mail address like name@example.com.")},
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    read_back = forms.BooleanField(
        label=_("I read the phone and the e-mail back to them"),
        help_text=_("Then they can sign in with it and see their visits."),
        required=False,
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    preferred_channel = forms.ChoiceField(
        label=_("How we reach them"), choices=Person.Channel.choices
    )
    site = forms.ChoiceField(label=_("Site"))

    def __init__(self, *args: Any, sites: Sequence[Site], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sites = {site.slug: site for site in sites}
        self.today = today
        field = self.fields["site"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(site.slug, site.name) for site in sites]

    def clean_born_on(self) -> date:
        born_on: date = self.cleaned_data["born_on"]
        if not 0 <= self.today.year - born_on.year <= OLDEST or born_on > self.today:
            raise ValidationError(_("Check the year of the date of birth."))
        return born_on

    def clean_phone(self) -> str:
        phone = self.cleaned_data["phone"]
        return str(phone.as_e164) if phone else ""

    def clean_email(self) -> str:
        typed: str = self.cleaned_data["email"]
        return typed.lower()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        by = "email" if cleaned.get("preferred_channel") == Person.Channel.EMAIL else "phone"
        if not cleaned.get(by) and by not in self.errors:
            self.add_error(by, _("Enter it, or choose another way to reach them."))
        return cleaned

    @property
    def chosen_site(self) -> Site:
        return self.sites[self.cleaned_data["site"]]

    @property
    def identity(self) -> dict[str, Any]:
        names = ("given_name", "family_name", "born_on", "phone", "email")
        return {name: self.cleaned_data[name] for name in names}

    @property
    def traits(self) -> Traits:
        said = self.cleaned_data
        phones = [said["phone"]] if said["phone"] else []
        return Traits(f"{said['given_name']} {said['family_name']}", said["born_on"], phones)


class SuitableTimesForm(TimesForm):
    """When somebody who waits could come. Nothing chosen means any."""

    sites = forms.MultipleChoiceField(
        label=_("Where?"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one clinic.")},
    )
    who = forms.ChoiceField(label=_("Clinician"), required=False)
    earliest = DayField(label=_("From"))
    latest = DayField(label=_("Until"))
    field_order = ["sites", "who", "earliest", "latest"]

    def __init__(
        self,
        *args: Any,
        sites: Sequence[Site],
        who: Sequence[Resource],
        today: date,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.offered = {site.slug: site for site in sites}
        self.resources = {each.slug: each for each in who}
        self.today = today
        self.fields["notice_hours"].label = _("How soon could they come?")
        choices: dict[str, Any] = {
            "sites": [(site.slug, site.name) for site in sites],
            "who": [("", _("Anyone")), *((each.slug, name_of(each)) for each in who)],
        }
        for name, offered in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = offered

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if {"earliest", "latest"} <= cleaned.keys():
            cleaned["earliest"] = max(cleaned["earliest"], self.today)
            if cleaned["latest"] < cleaned["earliest"]:
                self.add_error("latest", _("Choose a later day."))
        return cleaned


class StaffWaitForm(VisitTypeForm, SuitableTimesForm):
    """For a kind of visit that somebody has not booked."""

    field_order = ["visit_type", "mode", *SuitableTimesForm.field_order]


class WhoWaitsForm(forms.Form):
    """Which of those who wait are listed. Nothing chosen means all."""

    at = forms.ChoiceField(label=_("Site"), required=False)
    visit_type = forms.ChoiceField(label=_("Visit"), required=False)

    def __init__(
        self,
        *args: Any,
        sites: Sequence[Site],
        visit_types: Sequence[tuple[VisitType, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.sites = {site.slug: site for site in sites}
        self.visit_types = {each.slug: each for each, _ in visit_types}
        at, kind = self.fields["at"], self.fields["visit_type"]
        assert isinstance(at, forms.ChoiceField)
        assert isinstance(kind, forms.ChoiceField)
        at.choices = [("", _("All sites")), *((site.slug, site.name) for site in sites)]
        kind.choices = [("", _("All visits")), *((each.slug, name) for each, name in visit_types)]

    @property
    def chosen_sites(self) -> list[Site]:
        site = self.sites.get(self.cleaned_data.get("at", ""))
        return [site] if site else list(self.sites.values())

    @property
    def chosen_type(self) -> VisitType | None:
        return self.visit_types.get(self.cleaned_data.get("visit_type", ""))


class TakeOffForm(forms.Form):
    """Why somebody waits no more. The trail keeps it, so it says nothing about their health."""

    REASONS = (
        ("asked", _("They asked to")),
        ("elsewhere", _("They have a time elsewhere")),
        ("unreachable", _("We cannot reach them")),
        ("mistake", _("It was a mistake")),
    )
    reason = forms.ChoiceField(choices=REASONS)


def horizon(today: date) -> date:
    """Until when somebody waits who has said nothing else."""
    return today + timedelta(days=60)

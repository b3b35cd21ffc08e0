"""What patients type. Messages say what to do, never what they did wrong."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _
from phonenumber_field.formfields import PhoneNumberField
from phonenumber_field.phonenumber import to_python

from people.models import ActsFor, Person
from portal.coverage.forms import PaysField
from scheduling.models import Plan

NAME_NEEDED = _("Enter your first name.")
FAMILY_NAME_NEEDED = _("Enter your last name.")
PHONE_NEEDED = _("Enter a phone number that gets texts, like 212 555 0142.")


class DatePartsWidget(forms.MultiWidget):
    """Month, day and year as three short fields; one ISO date to the form."""

    template_name = "django/forms/widgets/multiwidget.html"

    def __init__(self) -> None:
        super().__init__({name: forms.TextInput() for name in ("month", "day", "year")})

    def decompress(self, value: Any) -> list[Any]:
        """The three parts of a date, or of what was posted: a mistake elsewhere keeps them."""
        if isinstance(value, date):
            return [value.month, value.day, value.year]
        year, month, day = parts if len(parts := str(value or "").split("-")) == 3 else ("",) * 3
        return [month, day, year]

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        month, day, year = super().value_from_datadict(data, files, name)
        if not (month or day or year):
            return ""
        return f"{(year or '').strip()}-{(month or '').strip()}-{(day or '').strip()}"


class DateOfBirthField(forms.DateField):
    widget = DatePartsWidget

    def to_python(self, value: Any) -> date | None:
        if value in self.empty_values:
            return None
        if isinstance(value, date):
            return value
        try:
            year, month, day = (int(part) for part in str(value).split("-"))
            born_on = date(year, month, day)
        except (ValueError, OverflowError):
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None
        return born_on


class DetailsForm(forms.Form):
    given_name = forms.CharField(
        label=_("First name"),
        max_length=100,
        error_messages={"required": NAME_NEEDED},
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )
    family_name = forms.CharField(
        label=_("Last name"),
        max_length=100,
        error_messages={"required": FAMILY_NAME_NEEDED},
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )
    born_on = DateOfBirthField(
        label=_("Date of birth"),
        error_messages={
            "required": _("Enter your date of birth."),
            "invalid": _("Enter your date of birth as month, day and year, like 3 28 1957."),
        },
    )
    phone = PhoneNumberField(
        label=_("Mobile phone"),
        help_text=_("We will text you a code to make sure it is yours."),
        error_messages={"required": PHONE_NEEDED, "invalid": PHONE_NEEDED},
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    email = forms.EmailField(
        label=_("E-mail"),
        help_text=_("For a letter with a calendar file."),
        required=False,
        error_messages={"invalid": _("Enter an e-mail address like name@example.com.")},
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    language = forms.ChoiceField(
        label=_("Which language should we use?"),
        choices=[("en", "English"), ("es", "Español")],
        widget=forms.RadioSelect,
    )
    preferred_channel = forms.ChoiceField(
        label=_("How should we reach you?"),
        choices=Person.Channel.choices,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, today: date, plans: Sequence[Plan] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["pays"] = PaysField(plans=plans)
        # Who was not asked has not said that they do not know.
        self.fields["pays"].required = not self.is_bound or "pays" in self.data

    def clean_born_on(self) -> date:
        born_on: date = self.cleaned_data["born_on"]
        if not 0 <= self.today.year - born_on.year <= 125 or born_on > self.today:
            raise ValidationError(_("Check the year of your date of birth."))
        return born_on

    def clean_phone(self) -> str:
        return str(self.cleaned_data["phone"].as_e164)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        by_email = cleaned.get("preferred_channel") == "email"
        if by_email and not cleaned.get("email") and "email" not in self.errors:
            self.add_error("email", _("Enter your e-mail, so that we can write to you."))
        return cleaned


class CodeForm(forms.Form):
    code = forms.RegexField(
        label=_("Your code"),
        regex=r"^\s*\d{3}\s*\d{3}\s*$",
        error_messages={
            "required": _("Enter the 6 numbers we sent you."),
            "invalid": _("The code is 6 numbers. Enter all of them."),
        },
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def clean_code(self) -> str:
        return "".join(self.cleaned_data["code"].split())


class SignInForm(forms.Form):
    """A phone or an e-mail in one field; ``cleaned_data["address"]`` is E.164 or lower case."""

    address = forms.CharField(
        label=_("Your mobile phone or e-mail"),
        help_text=_("We will send you a code. No password needed."),
        max_length=254,
        error_messages={"required": _("Enter your mobile phone or your e-mail.")},
        widget=forms.TextInput(attrs={"autocomplete": "username", "dir": "auto"}),
    )

    def clean_address(self) -> str:
        typed: str = self.cleaned_data["address"].strip()
        if "@" in typed:
            validate_email(typed)
            return typed.lower()
        phone = to_python(typed, region=settings.PHONENUMBER_DEFAULT_REGION)
        if phone is None or not phone.is_valid():
            raise ValidationError(
                _("Enter a phone number like 212 555 0142, or an e-mail like name@example.com.")
            )
        return str(phone.as_e164)


class EmailForm(forms.Form):
    email = forms.EmailField(
        label=_("Your e-mail"),
        error_messages={
            "required": _("Enter an e-mail address like name@example.com."),
            "invalid": _("Enter an e-mail address like name@example.com."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def clean_email(self) -> str:
        typed: str = self.cleaned_data["email"]
        return typed.lower()


class AddPersonForm(forms.Form):
    """Somebody new whom this account acts for."""

    relationship = forms.ChoiceField(
        label=_("Who is it?"),
        choices=[choice for choice in ActsFor.Relationship.choices if choice[0] != "self"],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one.")},
    )
    given_name = forms.CharField(
        label=_("First name"),
        max_length=100,
        error_messages={"required": _("Enter the first name.")},
    )
    family_name = forms.CharField(
        label=_("Last name"), max_length=100, error_messages={"required": _("Enter the last name.")}
    )
    born_on = DateOfBirthField(
        label=_("Date of birth"),
        error_messages={
            "required": _("Enter the date of birth."),
            "invalid": _("Enter the date of birth as month, day and year, like 3 28 2019."),
        },
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_born_on(self) -> date:
        born_on: date = self.cleaned_data["born_on"]
        if not 0 <= self.today.year - born_on.year <= 125 or born_on > self.today:
            raise ValidationError(_("Check the year of the date of birth."))
        return born_on


class ChosenNameForm(forms.Form):
    """``cleaned_data["chosen_name"]`` is one line; empty for the first name."""

    chosen_name = forms.CharField(
        label=_("The name we use"),
        help_text=_("Leave it empty to use the first name."),
        max_length=40,
        required=False,
        error_messages={"max_length": _("Enter a shorter name, up to 40 letters.")},
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )

    def clean_chosen_name(self) -> str:
        return " ".join(self.cleaned_data["chosen_name"].split())

"""What staff type to book for somebody: which visit, where, with whom, how and when."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from scheduling.desk.forms.times import DayField, MoveForm, name_of
from scheduling.models import Mode, Resource, Site, VisitType

AS_USUAL = [("", _("As usual")), *Mode.choices]
NOT_SO = {
    Mode.VIDEO: _("This visit cannot be by video."),
    Mode.IN_PERSON: _("This visit is by video alone."),
}


class VisitTypeForm(forms.Form):
    """A kind of visit, and how it is had: in one of its own ways, or its usual one."""

    visit_type = forms.ChoiceField(label=_("Visit"))
    mode = forms.ChoiceField(label=_("How"), choices=AS_USUAL, required=False)

    def __init__(
        self, *args: Any, visit_types: Sequence[tuple[VisitType, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.visit_types = {each.slug: each for each, _ in visit_types}
        kinds, modes = self.fields["visit_type"], self.fields["mode"]
        assert isinstance(kinds, forms.ChoiceField)
        assert isinstance(modes, forms.ChoiceField)
        kinds.choices = [(each.slug, name) for each, name in visit_types]
        modes.choices = AS_USUAL

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        asked = cleaned.get("mode")
        if asked and "visit_type" in cleaned and asked not in self.chosen_type.modes:
            self.add_error("mode", NOT_SO[Mode(asked)])
        return cleaned

    @property
    def chosen_type(self) -> VisitType:
        return self.visit_types[self.cleaned_data["visit_type"]]

    @property
    def chosen_mode(self) -> str:
        return self.cleaned_data["mode"] or str(self.chosen_type.modes[0])


class FindTimeForm(VisitTypeForm):
    """What somebody on the phone wants: a kind of visit, where, with whom, how, from which day."""

    site = forms.ChoiceField(label=_("Site"))
    who = forms.ChoiceField(label=_("Clinician"), required=False)
    day = DayField(label=_("From"))
    field_order = ["visit_type", "site", "who", "mode", "day"]

    def __init__(
        self,
        *args: Any,
        sites: Sequence[Site],
        who: Sequence[Resource],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.sites = {site.slug: site for site in sites}
        self.resources = {each.slug: each for each in who}
        choices: dict[str, Any] = {
            "site": [(site.slug, site.name) for site in sites],
            "who": [("", _("Anyone")), *((each.slug, name_of(each)) for each in who)],
        }
        for name, offered in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = offered

    @property
    def chosen_site(self) -> Site:
        return self.sites[self.cleaned_data["site"]]

    @property
    def clinician_id(self) -> int | None:
        """None for anyone."""
        who = self.resources.get(self.cleaned_data["who"])
        return who.clinician.pk if who else None

    def asked(self) -> dict[str, str]:
        """What was chosen, for an address: nothing of it is private."""
        names = ("visit_type", "site", "who", "mode")
        return {name: self.cleaned_data[name] for name in names} | {"mode": self.chosen_mode}


class BookForm(VisitTypeForm, MoveForm):
    """With ``wanted`` a patient is looked for; ``person`` is the one who is meant."""

    wanted = forms.CharField(
        label=_("Patient: name, phone or date of birth"),
        max_length=100,
        error_messages={"required": _("Type at least two letters or four digits.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=64)
    field_order = [
        "wanted",
        "visit_type",
        "site",
        "who",
        "mode",
        "day",
        "time",
        "fold",
        "reason",
        "key",
    ]

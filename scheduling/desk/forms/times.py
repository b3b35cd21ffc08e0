"""What staff type to move, book and block: a time on the wall of a site."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from people.rules.names import in_language
from scheduling.calendar.selectors.day_calendar import FIRST_DAY, LAST_DAY, nearest_day
from scheduling.clinic.rules.wall_time import instant
from scheduling.exceptions import AmbiguousTime, NonexistentTime
from scheduling.models import Clinician, Mode, Resource, Site

LONGEST_REASON = 200
REASON_NEEDED = _("Say why. It is written down with the visit.")
Choices = Sequence[tuple[str, str]]


class DayField(forms.DateField):
    """A day that a calendar of ours can show (``selectors.day_calendar``)."""

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    default_error_messages = {"required": _("Choose a day."), "invalid": _("Choose a day.")}

    def to_python(self, value: Any) -> date | None:
        day = super().to_python(value)
        if day is not None and day != nearest_day(day):
            raise forms.ValidationError(
                _("Choose a day from %(first)s to %(last)s."),
                params={"first": FIRST_DAY.year, "last": LAST_DAY.year},
            )
        return day


def _time_input() -> forms.TimeInput:
    return forms.TimeInput(format="%H:%M", attrs={"type": "time", "step": "300"})


class WhenForm(forms.Form):
    """A site, a clinician or room, a day and a time there."""

    site = forms.ChoiceField(label=_("Site"))
    who = forms.ChoiceField(label=_("Clinician"))
    day = DayField(label=_("Day"))
    time = forms.TimeField(
        label=_("Time"),
        widget=_time_input(),
        error_messages={"required": _("Choose a time."), "invalid": _("Choose a time.")},
    )

    def __init__(
        self, *args: Any, sites: Sequence[Site], who: Sequence[Resource], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.sites = {site.slug: site for site in sites}
        self.resources = {each.slug: each for each in who}
        self._offer("site", [(site.slug, site.name) for site in sites])
        self._offer("who", [(each.slug, name_of(each)) for each in who])

    def _offer(self, name: str, choices: Choices) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if {"site", "day", "time"} <= cleaned.keys():
            cleaned["starts_at"] = self._instant("time")
        return cleaned

    def _instant(self, name: str) -> datetime | None:
        """The instant of a wall-clock time of the day at the site; an error when there is none."""
        day: date = self.cleaned_data["day"]
        wall: time = self.cleaned_data[name]
        fold = self.cleaned_data.get("fold")
        try:
            return instant(day, wall, ZoneInfo(self.chosen_site.time_zone), fold=fold)
        except NonexistentTime:
            self.add_error(name, _("The clocks change then. Choose another time."))
        except AmbiguousTime:
            self._ask_which(name)
        return None

    def _ask_which(self, name: str) -> None:
        """What to do about a time that comes twice: with no way to say which, it is refused."""
        self.add_error(name, _("The clocks change then. Choose another time."))

    @property
    def chosen_site(self) -> Site:
        return self.sites[self.cleaned_data["site"]]

    @property
    def chosen(self) -> Resource:
        return self.resources[self.cleaned_data["who"]]


class MoveForm(WhenForm):
    """``fold`` says which time is meant where the clocks go back and it comes twice.

    ``version`` is that of the visit which was looked at. One meets in one of ``modes``.
    """

    mode = forms.ChoiceField(label=_("How"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    fold = forms.TypedChoiceField(
        label=_("The clocks go back then. Which time?"),
        choices=[(0, _("The first time")), (1, _("The second time, an hour later"))],
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=LONGEST_REASON,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, modes: Collection[str] = Mode.values, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer("mode", [(each, str(words)) for each, words in Mode.choices if each in modes])

    def _ask_which(self, name: str) -> None:
        self.add_error("fold", _("This time comes twice. Choose which one."))

    @property
    def comes_twice(self) -> bool:
        """Whether it must be said which time is meant."""
        starts_at = self.cleaned_data.get("starts_at") if self.is_bound else None
        if starts_at is None:
            return "fold" in self.errors
        local: datetime = starts_at.astimezone(ZoneInfo(self.chosen_site.time_zone))
        return local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset()


class BlockForm(WhenForm):
    until = forms.TimeField(
        label=_("Until"),
        widget=_time_input(),
        error_messages={"required": _("Choose a time."), "invalid": _("Choose a time.")},
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_REASON,
        error_messages={"required": _("Say why.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    field_order = ["site", "who", "day", "time", "until", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["who"].label = _("Clinician, room or group session")
        self.fields["time"].label = _("From")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("starts_at") and "until" in cleaned:
            cleaned["ends_at"] = self._instant("until")
            if cleaned["ends_at"] and cleaned["ends_at"] <= cleaned["starts_at"]:
                self.add_error("until", _("Choose a time after the first one."))
        return cleaned


class ImportForm(forms.Form):
    """A file of visits, and the system it comes from. ``seen`` tells what was looked at."""

    source = forms.CharField(
        label=_("The other system"),
        max_length=40,
        help_text=_("A name for it, the same each time. A visit is taken over once."),
        error_messages={"required": _("Give the other system a name.")},
    )
    file = forms.FileField(
        label=_("File of visits (CSV)"), error_messages={"required": _("Choose a file.")}
    )
    cancel_gone = forms.BooleanField(
        label=_("Cancel the visits that are not in the file any more"),
        required=False,
        help_text=_("Only if the file has all visits to come from that system."),
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)


def name_of(resource: Resource) -> str:
    """A clinician's name; a room's in the active language, or as the clinic file calls it."""
    clinician: Clinician | None = getattr(resource, "clinician", None)
    if clinician is not None:
        return clinician.name
    return in_language(resource.names, get_language() or "en") or resource.slug

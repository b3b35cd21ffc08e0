"""What patients ask for when they book several visits at once."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import dateformat, formats
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from people.models import Person
from portal.words import MODES
from scheduling.availability.selectors.offering import Offering, usual_mode
from scheduling.models import Appointment, Site, VisitType
from scheduling.series.rules.family import MOST_PEOPLE
from scheduling.series.rules.series import SeriesPattern, Shift
from scheduling.series.selectors.series import SeriesDetails, local_today

OPENS, CLOSES = 7, 20
USUAL_COUNT = 10


def _hour(at: time) -> tuple[str, str]:
    return f"{at:%H:%M}", dateformat.time_format(at, formats.get_format("TIME_FORMAT"))


def _hours() -> list[tuple[str, Any]]:
    return [("", _("Any time")), *(_hour(time(hour)) for hour in range(OPENS, CLOSES))]


class SeriesForm(forms.Form):
    """How many, which days, what hours, with whom. Valid, it has a ``pattern`` and ``where``."""

    person = forms.ModelChoiceField(
        label=_("Who is it for?"),
        queryset=Person.objects.none(),
        to_field_name="public_id",
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={"required": _("Choose who it is for.")},
    )
    mode = forms.ChoiceField(
        label=_("How do you want to meet?"), widget=forms.RadioSelect, required=False
    )
    site = forms.ChoiceField(label=_("Where?"))
    clinician = forms.TypedChoiceField(
        label=_("With whom?"), coerce=int, required=False, empty_value=None
    )
    count = forms.TypedChoiceField(label=_("How many visits?"), coerce=int)
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Which days?"),
        choices=list(WEEKDAYS.items())[:6],
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one day of the week.")},
    )
    earliest = forms.ChoiceField(label=_("Not before"), choices=_hours, required=False)
    latest = forms.ChoiceField(label=_("Not after"), choices=_hours, required=False)
    first_day = forms.DateField(
        label=_("From which day on?"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": _("Enter the day to begin with."),
            "invalid": _("Enter the day to begin with."),
        },
    )

    def __init__(
        self,
        data: Any,
        *,
        visit_type: VisitType,
        people: QuerySet[Person],
        offering: Offering,
        site: str,
        now: datetime,
    ) -> None:
        self.visit_type = visit_type
        self.sites = {each.site.slug: each.site for each in offering.sites}
        chosen = site if site in self.sites else next(iter(self.sites))
        self.today = local_today(self.sites[chosen], now=now)
        self.last_day = self.today + timedelta(days=visit_type.horizon_days)
        only = people[0] if len(people) == 1 else None
        if data is not None and only is not None:
            data = data.copy()
            data["person"] = str(only.public_id)
        initial = {
            "site": chosen,
            "mode": usual_mode(visit_type),
            "count": min(USUAL_COUNT, visit_type.series_most or 1),
            "first_day": self.today + timedelta(days=1),
        }
        super().__init__(data, initial=initial)
        self.alone = only is not None
        self.fields["person"].queryset = people  # type: ignore[attr-defined]
        self.fields["person"].label_from_instance = (  # type: ignore[attr-defined]
            lambda person: person.full_name
        )
        self._offer(offering)

    def _offer(self, offering: Offering) -> None:
        """What can be chosen; nobody is asked what makes no difference."""
        for name, choices in _choices(self.visit_type, offering).items():
            self.fields[name].choices = choices  # type: ignore[attr-defined]
        days = {"min": self.today.isoformat(), "max": self.last_day.isoformat()}
        self.fields["first_day"].widget.attrs |= days
        if len(self.visit_type.modes) < 2:
            del self.fields["mode"]
        if len(offering.people) < 2:
            del self.fields["clinician"]

    def clean_first_day(self) -> date:
        day: date = self.cleaned_data["first_day"]
        if day > self.last_day:
            last = formats.date_format(self.last_day, "DATE_FORMAT")
            raise ValidationError(_("Choose a day no later than %(day)s."), params={"day": last})
        return max(day, self.today)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("earliest") and said.get("latest") and said["latest"] < said["earliest"]:
            raise ValidationError(
                {"latest": _("Choose a later hour: visits begin between the two.")}
            )
        return said

    @property
    def pattern(self) -> SeriesPattern:
        said = self.cleaned_data
        return SeriesPattern(
            count=said["count"],
            weekdays=frozenset(said["weekdays"]),
            first_day=said["first_day"],
            earliest=time.fromisoformat(said["earliest"] or "00:00"),
            latest=time.fromisoformat(said["latest"] or "23:59"),
        )

    @property
    def where(self) -> SeriesDetails:
        said = self.cleaned_data
        return SeriesDetails(
            self.visit_type,
            self.sites[said["site"]],
            said["person"],
            usual_mode(self.visit_type, said.get("mode", "")),
            said.get("clinician"),
        )


def _choices(visit_type: VisitType, offering: Offering) -> dict[str, list[tuple[Any, Any]]]:
    return {
        "mode": [(mode, MODES[mode]) for mode in visit_type.modes if mode in MODES],
        "site": [(each.site.slug, each.site.name) for each in offering.sites],
        "clinician": [
            ("", _("Anyone")),
            *((who.clinician_id, who.name) for who in offering.people),
        ],
        "count": [(number, str(number)) for number in range(2, (visit_type.series_most or 1) + 1)],
    }


class ShiftForm(forms.Form):
    """The weekday and the hour to which a visit moves, and all that follow by as much."""

    weekday = forms.TypedChoiceField(
        label=_("To which day?"), choices=list(WEEKDAYS.items())[:6], coerce=int
    )
    at = forms.ChoiceField(label=_("At what time?"))

    def __init__(self, data: Any, *, visit: Appointment, today: datetime) -> None:
        self.visit = visit
        zone = ZoneInfo(visit.time_zone)
        self.today = today.astimezone(zone).date()
        super().__init__(
            data,
            initial={
                "weekday": visit.local_date.weekday(),
                "at": f"{visit.local_time:%H:%M}",
            },
        )
        step = visit.visit_type.slot_step
        grid = {time(minute // 60, minute % 60) for minute in range(OPENS * 60, CLOSES * 60, step)}
        self.fields["at"].choices = [  # type: ignore[attr-defined]
            _hour(at) for at in sorted(grid | {visit.local_time.replace(second=0)})
        ]

    @property
    def shift(self) -> Shift:
        """Three days at most to either side, and never into the past."""
        at = time.fromisoformat(self.cleaned_data["at"])
        days = (self.cleaned_data["weekday"] - self.visit.local_date.weekday() + 3) % 7 - 3
        if self.visit.local_date + timedelta(days=days) <= self.today:
            days += 7
        before = self.visit.local_time
        return Shift(days, (at.hour - before.hour) * 60 + at.minute - before.minute)


class TogetherForm(forms.Form):
    """Who comes together, and where. Valid, it is ``people_meant`` and ``site_meant``."""

    people = forms.MultipleChoiceField(
        label=_("Who is coming?"),
        help_text=_("Choose two to four people."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose two to four people.")},
    )
    site = forms.ChoiceField(label=_("Where?"))

    def __init__(
        self, data: Any, *, people: Sequence[Person], sites: Sequence[Site], site: str
    ) -> None:
        self.known = {str(each.public_id): each for each in people}
        self.sites = {each.slug: each for each in sites}
        super().__init__(data, initial={"site": site if site in self.sites else sites[0].slug})
        self.fields["people"].choices = [  # type: ignore[attr-defined]
            (key, each.full_name) for key, each in self.known.items()
        ]
        self.fields["site"].choices = [  # type: ignore[attr-defined]
            (each.slug, each.name) for each in sites
        ]

    def clean_people(self) -> list[str]:
        chosen: list[str] = list(dict.fromkeys(self.cleaned_data["people"]))
        if not 2 <= len(chosen) <= MOST_PEOPLE:
            raise ValidationError(_("Choose two to four people."))
        return chosen

    @property
    def people_meant(self) -> list[Person]:
        return [self.known[key] for key in self.cleaned_data["people"]]

    @property
    def site_meant(self) -> Site:
        return self.sites[self.cleaned_data["site"]]

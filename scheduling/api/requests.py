"""What the API takes, checked and documented by serializers."""

from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from rest_framework import serializers

import clock
from people.models import ActsFor
from scheduling.api import fields
from scheduling.availability.rules.preferences import ANYWHERE, Preferences, SlotKey, key_from
from scheduling.availability.selectors.finding import OwnTime, TimeSearch
from scheduling.availability.selectors.offering import usual_mode
from scheduling.availability.selectors.search import LONGEST_WINDOW_DAYS
from scheduling.clinic.rules.parts_of_day import PARTS
from scheduling.models import Clinician, Mode, Standing


class SiteSearch(serializers.Serializer[Any]):
    """The sites that offer a kind of visit; ``near`` is a postcode or a town."""

    visit_type = fields.visit_type()
    near = serializers.CharField(required=False, allow_blank=True)


class ClinicianChoice(serializers.Serializer[Any]):
    """Who will do: one clinician, or anyone who speaks a language or is of a gender."""

    clinician = fields.clinician(required=False, allow_null=True)
    language = serializers.CharField(
        required=False, max_length=10, help_text="A code, such as es: somebody who speaks it."
    )
    gender = serializers.ChoiceField(choices=Clinician.Gender.choices, required=False)
    mode = serializers.ChoiceField(
        choices=Mode.choices, required=False, help_text="The visit type's usual one without it."
    )
    standing = serializers.ChoiceField(
        choices=Standing.choices,
        required=False,
        help_text="Some times are kept for patients who are new, or who have been here.",
    )


class SlotSearch(fields.QuerySerializer, ClinicianChoice):
    """Free times of one kind of visit, between two dates in each site's own zone.

    A search spans at most 62 days. With ``after`` or ``before`` (the ``next`` or ``previous`` of
    an answer) or ``same_day`` the dates may be left out. Without ``days`` all times are given.
    """

    visit_type = fields.visit_type()
    site = fields.site(many=True, required=False)
    near = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=100,
        help_text="A postcode or a town: sites within 25 miles of it, or the nearest one.",
    )
    within = serializers.IntegerField(
        required=False, min_value=1, max_value=ANYWHERE, help_text="Miles from there."
    )
    step_free = serializers.BooleanField(required=False)
    weekdays = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=6),
        required=False,
        max_length=7,
        help_text="0 is Monday.",
    )
    parts = serializers.MultipleChoiceField(choices=sorted(PARTS), required=False)
    off_hours = serializers.BooleanField(required=False, help_text="Evenings or weekends.")
    same_day = serializers.BooleanField(required=False)
    first_day = serializers.DateField(required=False)
    last_day = serializers.DateField(required=False)
    after = serializers.CharField(required=False)
    before = serializers.CharField(required=False)
    days = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=LONGEST_WINDOW_DAYS,
        help_text="A page: so many days that have a time.",
    )
    moving = serializers.UUIDField(
        required=False,
        help_text="A visit of yours: its own time counts as free, and is not offered again.",
    )

    def validate_after(self, text: str) -> SlotKey:
        if (key := key_from(text)) is None:
            raise serializers.ValidationError(_("Take it from the answer before."))
        return key

    def validate_before(self, text: str) -> SlotKey:
        return self.validate_after(text)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not (attrs.get("after") or attrs.get("before") or attrs.get("same_day")):
            missing = [name for name in ("first_day", "last_day") if name not in attrs]
            if missing:
                raise serializers.ValidationError(
                    {name: [_("Say between which days.")] for name in missing}
                )
        if "first_day" in attrs and "last_day" in attrs:
            self._validate_span(attrs)
        return attrs

    def _validate_span(self, attrs: dict[str, Any]) -> None:
        if attrs["last_day"] < attrs["first_day"]:
            raise serializers.ValidationError({"last_day": _("The last day is before the first.")})
        if attrs["last_day"] - attrs["first_day"] >= timedelta(days=LONGEST_WINDOW_DAYS):
            too_long = ngettext(
                "A search spans at most %(days)s day.",
                "A search spans at most %(days)s days.",
                LONGEST_WINDOW_DAYS,
            )
            raise serializers.ValidationError(
                {"last_day": too_long % {"days": LONGEST_WINDOW_DAYS}}
            )

    def time_search(self, *, now: datetime, moving: OwnTime | None = None) -> TimeSearch:
        """What was asked, once it is valid."""
        said: dict[str, Any] = self.validated_data
        paging = ("first_day", "last_day", "after", "before", "days")
        return TimeSearch(
            visit_type=said["visit_type"],
            preferences=preferences_of(said),
            now=now,
            near=said.get("near", ""),
            moving=moving,
            directory=self.context.get("directory"),
            **{name: said.get(name) for name in paging},
        )


def preferences_of(said: dict[str, Any]) -> Preferences:
    """The preferences in a request that is valid."""
    clinician = said.get("clinician")
    return Preferences(
        site_ids=frozenset(site.pk for site in said.get("site", ())),
        clinician_id=clinician.pk if clinician else None,
        language=said.get("language", ""),
        gender=said.get("gender", ""),
        step_free=said.get("step_free", False),
        weekdays=frozenset(said.get("weekdays", ())),
        parts=frozenset(said.get("parts", ())),
        off_hours=said.get("off_hours", False),
        same_day=said.get("same_day", False),
        mode=usual_mode(said["visit_type"], said.get("mode", "")),
        standing=said.get("standing", ""),
        within=said.get("within"),
    )


class SlotRequest(ClinicianChoice):
    """One time. Without a clinician, anyone who offers it and is as is said."""

    site = fields.site()
    starts_at = serializers.DateTimeField()


def questions_token() -> serializers.CharField:
    return serializers.CharField(
        default="",
        allow_blank=True,
        max_length=400,
        help_text="The token that answering the visit type's questions gave, if it has any.",
    )


class HoldRequest(SlotRequest):
    visit_type = fields.visit_type()
    questions = questions_token()


class BookingRequest(serializers.Serializer[Any]):
    """Either ``hold``, or a time of its own. ``person`` is needed when you act for several."""

    person = serializers.UUIDField(required=False)
    hold = serializers.UUIDField(required=False)
    visit_type = fields.visit_type(required=False)
    site = fields.site(required=False)
    starts_at = serializers.DateTimeField(required=False)
    clinician = fields.clinician(required=False, allow_null=True)
    mode = serializers.ChoiceField(choices=Mode.choices, required=False)
    questions = questions_token()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "hold" not in attrs:
            missing = [name for name in ("visit_type", "site", "starts_at") if name not in attrs]
            if missing:
                raise serializers.ValidationError(
                    {name: [_("Needed when there is no hold.")] for name in missing}
                )
        return attrs


class ModeRequest(serializers.Serializer[Any]):
    mode = serializers.ChoiceField(choices=Mode.choices)


class CancelRequest(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True)


class LateCallRequest(serializers.Serializer[Any]):
    want = serializers.ChoiceField(choices=["move", "cancel"])


class PersonRequest(serializers.Serializer[Any]):
    given_name = serializers.CharField(max_length=100)
    family_name = serializers.CharField(max_length=100)
    born_on = serializers.DateField()
    relationship = serializers.ChoiceField(
        choices=[choice for choice in ActsFor.Relationship.choices if choice[0] != "self"]
    )

    def validate_born_on(self, day: date) -> date:
        if not 0 <= (clock.now().date() - day).days < 126 * 366:
            raise serializers.ValidationError(_("Check the year of the date of birth."))
        return day

"""What the API takes, checked and documented by serializers."""

from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from rest_framework import serializers

import clock
from people.models import ActsFor
from scheduling.api import fields
from scheduling.matching import PARTS
from scheduling.models import Clinician, Mode, Standing
from scheduling.selectors.finding import Inquiry
from scheduling.selectors.offering import usual_mode
from scheduling.selectors.searches import LONGEST_WINDOW_DAYS
from scheduling.telehealth import Doors
from scheduling.wishes import ANYWHERE, Key, Wishes, key_from


class SiteSearch(serializers.Serializer[Any]):
    """The sites that offer a kind of visit; ``near`` is a postcode or a town."""

    visit_type = fields.visit_type()
    near = serializers.CharField(required=False, allow_blank=True)


class Who(serializers.Serializer[Any]):
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


class SlotSearch(Who):
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

    def validate_after(self, text: str) -> Key:
        if (key := key_from(text)) is None:
            raise serializers.ValidationError(_("Take it from the answer before."))
        return key

    def validate_before(self, text: str) -> Key:
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

    def inquiry(self, *, now: datetime) -> Inquiry:
        """What was asked, once it is valid."""
        said: dict[str, Any] = self.validated_data
        paging = ("first_day", "last_day", "after", "before", "days")
        return Inquiry(
            visit_type=said["visit_type"],
            wishes=wishes_of(said),
            now=now,
            near=said.get("near", ""),
            **{name: said.get(name) for name in paging},
        )


def wishes_of(said: dict[str, Any]) -> Wishes:
    """The wishes in a request that is valid."""
    clinician = said.get("clinician")
    return Wishes(
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


class SlotWish(Who):
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


class HoldRequest(SlotWish):
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


class ModeWish(serializers.Serializer[Any]):
    mode = serializers.ChoiceField(choices=Mode.choices)


class CancelRequest(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True)


class LateCallRequest(serializers.Serializer[Any]):
    want = serializers.ChoiceField(choices=["move", "cancel"])


class SlotAnswer(serializers.Serializer[Any]):
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    local = serializers.DateTimeField(help_text="The same instant on the site's clock.")
    time_zone = serializers.CharField()
    site = serializers.IntegerField()
    clinician = serializers.IntegerField()


class ReasonAnswer(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text="Stable; for programs.")
    text = serializers.CharField()


class FoundSlot(SlotAnswer):
    reasons = ReasonAnswer(many=True, help_text="Why it fits what was asked.")


class PlaceAnswer(serializers.Serializer[Any]):
    name = serializers.CharField(allow_null=True, help_text="The place that was meant, if known.")
    like = serializers.ListField(
        child=serializers.CharField(), help_text="Places we know that are like what was typed."
    )


class ClinicianAnswer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    languages = serializers.ListField(child=serializers.CharField())
    gender = serializers.CharField(allow_blank=True)


class VisitTypeAnswer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    preparation = serializers.CharField()
    minutes = serializers.IntegerField()
    modes = serializers.ListField(
        child=serializers.CharField(), help_text="Ways of meeting, the usual one first."
    )
    price_low = serializers.IntegerField(help_text="Cents, before any coverage.")
    price_high = serializers.IntegerField(help_text="Cents, before any coverage.")
    asks_first = serializers.BooleanField(help_text="Answer its questions before taking a time.")


class SiteAnswer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    slug = serializers.CharField()
    name = serializers.CharField()
    city = serializers.CharField()
    address = serializers.CharField()
    phone = serializers.CharField()
    time_zone = serializers.CharField()
    step_free = serializers.BooleanField()
    miles = serializers.FloatField(allow_null=True)


class SlotsAnswer(serializers.Serializer[Any]):
    slots = FoundSlot(many=True)
    next = serializers.CharField(allow_null=True, help_text="Send it as after for the next page.")
    previous = serializers.CharField(allow_null=True, help_text="Send it as before to go back.")
    place = PlaceAnswer(allow_null=True, help_text="What near was understood as.")
    sites = SiteAnswer(many=True, help_text="Everywhere this visit can be had.")
    clinicians = ClinicianAnswer(many=True, help_text="Everybody who offers it.")
    asks_standing = serializers.BooleanField(
        help_text="Whether it matters if the patient has been here before."
    )


class HoldAnswer(SlotAnswer):
    id = serializers.UUIDField()
    visit_type = serializers.CharField()
    mode = serializers.CharField()
    standing = serializers.CharField(allow_blank=True)
    expires_at = serializers.DateTimeField()


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


class PersonAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()


class AppointmentAnswer(SlotAnswer):
    id = serializers.UUIDField()
    status = serializers.CharField()
    mode = serializers.ChoiceField(choices=Mode.choices)
    version = serializers.IntegerField()
    person = serializers.UUIDField()
    visit_type = serializers.CharField()
    visit_type_name = serializers.CharField()
    site_name = serializers.CharField()
    address = serializers.CharField()
    clinician_name = serializers.CharField()
    price_low = serializers.IntegerField()
    price_high = serializers.IntegerField()


class JoinAnswer(serializers.Serializer[Any]):
    doors = serializers.ChoiceField(choices=[each.value for each in Doors])
    opens_at = serializers.DateTimeField()
    closes_at = serializers.DateTimeField()
    address = serializers.CharField(
        allow_null=True, help_text="Of the room, while it is open. None: the clinic calls by phone."
    )
    phone = serializers.CharField(help_text="To call if video fails.")


class FeedAnswer(serializers.Serializer[Any]):
    created_at = serializers.DateTimeField()
    last_read_at = serializers.DateTimeField(
        allow_null=True, help_text="When a calendar was last told something new."
    )


class NewFeedAnswer(FeedAnswer):
    address = serializers.CharField(help_text="Shown this once. Whoever has it sees the visits.")


class Problem(serializers.Serializer[Any]):
    """RFC 9457. With code ``invalid`` there is also ``errors``: a list of texts for each field."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField(help_text="Stable; for programs.")
    request_id = serializers.CharField()
    detail = serializers.CharField(required=False)
    phone = serializers.CharField(
        required=False, help_text="With ``too_late_to_change``: the clinic's, which still can."
    )
    alternatives = SlotAnswer(many=True, required=False)

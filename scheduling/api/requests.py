"""What the API takes, checked and documented by serializers."""

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from rest_framework import serializers

from scheduling.models import Clinician, Site, VisitType
from scheduling.selectors.slots import LONGEST_WINDOW_DAYS


def _visit_types() -> serializers.SlugRelatedField[VisitType]:
    return serializers.SlugRelatedField(
        slug_field="slug", queryset=VisitType.objects.filter(active=True)
    )


class SiteSearch(serializers.Serializer[Any]):
    """The sites that offer a kind of visit; ``near`` is a postcode or a town."""

    visit_type = _visit_types()
    near = serializers.CharField(required=False, allow_blank=True)


class SlotSearch(serializers.Serializer[Any]):
    """Free times of one kind of visit, between two dates in each site's own zone."""

    visit_type = _visit_types()
    site = serializers.PrimaryKeyRelatedField(
        queryset=Site.objects.filter(active=True), many=True, allow_empty=False
    )
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    clinician = serializers.PrimaryKeyRelatedField(
        queryset=Clinician.objects.filter(active=True), required=False
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
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
        return attrs


class SlotWish(serializers.Serializer[Any]):
    """One time. Without a clinician, anyone who offers it."""

    site = serializers.PrimaryKeyRelatedField(queryset=Site.objects.filter(active=True))
    starts_at = serializers.DateTimeField()
    clinician = serializers.PrimaryKeyRelatedField(
        queryset=Clinician.objects.filter(active=True), required=False, allow_null=True
    )


class HoldRequest(SlotWish):
    visit_type = _visit_types()


class BookingRequest(serializers.Serializer[Any]):
    """Either ``hold``, or a time of its own. ``person`` is needed when you act for several."""

    person = serializers.UUIDField(required=False)
    hold = serializers.UUIDField(required=False)
    visit_type = serializers.SlugRelatedField(
        slug_field="slug", queryset=VisitType.objects.filter(active=True), required=False
    )
    site = serializers.PrimaryKeyRelatedField(
        queryset=Site.objects.filter(active=True), required=False
    )
    starts_at = serializers.DateTimeField(required=False)
    clinician = serializers.PrimaryKeyRelatedField(
        queryset=Clinician.objects.filter(active=True), required=False, allow_null=True
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "hold" not in attrs:
            missing = [name for name in ("visit_type", "site", "starts_at") if name not in attrs]
            if missing:
                raise serializers.ValidationError(
                    {name: [_("Needed when there is no hold.")] for name in missing}
                )
        return attrs


class CancelRequest(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True)


class SlotAnswer(serializers.Serializer[Any]):
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    local = serializers.DateTimeField(help_text="The same instant on the site's clock.")
    time_zone = serializers.CharField()
    site = serializers.IntegerField()
    clinician = serializers.IntegerField()


class SlotsAnswer(serializers.Serializer[Any]):
    slots = SlotAnswer(many=True)


class VisitTypeAnswer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    preparation = serializers.CharField()
    minutes = serializers.IntegerField()
    price_low = serializers.IntegerField(help_text="Cents, before any coverage.")
    price_high = serializers.IntegerField(help_text="Cents, before any coverage.")


class SiteAnswer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    slug = serializers.CharField()
    name = serializers.CharField()
    address = serializers.CharField()
    phone = serializers.CharField()
    time_zone = serializers.CharField()
    step_free = serializers.BooleanField()
    miles = serializers.FloatField(allow_null=True)


class HoldAnswer(SlotAnswer):
    id = serializers.UUIDField()
    visit_type = serializers.CharField()
    expires_at = serializers.DateTimeField()


class PersonAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()


class AppointmentAnswer(SlotAnswer):
    id = serializers.UUIDField()
    status = serializers.CharField()
    version = serializers.IntegerField()
    person = serializers.UUIDField()
    visit_type = serializers.CharField()
    visit_type_name = serializers.CharField()
    site_name = serializers.CharField()
    address = serializers.CharField()
    clinician_name = serializers.CharField()
    price_low = serializers.IntegerField()
    price_high = serializers.IntegerField()


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
    alternatives = SlotAnswer(many=True, required=False)

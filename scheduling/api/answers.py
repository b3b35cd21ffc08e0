"""What the API answers, as it is documented; the answers themselves are plain dictionaries."""

from typing import Any

from rest_framework import serializers

from scheduling.appointments.rules.telehealth import Doors
from scheduling.models import Mode


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


class PersonAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()


class AppointmentAnswer(SlotAnswer):
    id = serializers.UUIDField()
    status = serializers.CharField()
    mode = serializers.ChoiceField(choices=Mode.choices)
    called_off = serializers.BooleanField(
        help_text="It cannot take place: the clinician is away. Move or cancel it."
    )
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

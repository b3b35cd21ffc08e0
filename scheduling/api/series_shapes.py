"""What series' requests take and answer, checked and documented by serializers."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from rest_framework import serializers

from scheduling.api import answers, fields, shapes
from scheduling.appointments.selectors.called_off import with_called_off
from scheduling.clinic.rules.working_hours import moment_of
from scheduling.models import Mode, Site, VisitType
from scheduling.series.rules.series import MOST_DAYS_BETWEEN, Opening, Planned
from scheduling.series.selectors.series import visits_of_series
from scheduling.series.services.series import LostTime, SeriesResult


class ForWhom(serializers.Serializer[Any]):
    """What, where, how and for whom. ``person`` is needed when you act for several."""

    visit_type = serializers.SlugRelatedField(
        slug_field="slug",
        queryset=VisitType.objects.filter(active=True, series_most__isnull=False),
    )
    site = fields.site()
    mode = serializers.ChoiceField(choices=Mode.choices, required=False)
    person = serializers.UUIDField(required=False)
    questions = serializers.CharField(required=False, default="", allow_blank=True)


class SeriesPlanRequest(ForWhom):
    """So many visits on some weekdays (0 is Monday), to begin between two hours of the day."""

    count = serializers.IntegerField(min_value=1, max_value=30)
    weekdays = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=6), min_length=1, max_length=7
    )
    first_day = serializers.DateField()
    earliest = serializers.TimeField(required=False)
    latest = serializers.TimeField(required=False)
    days_between = serializers.IntegerField(
        required=False, min_value=1, max_value=MOST_DAYS_BETWEEN
    )


class SeriesTime(serializers.Serializer[Any]):
    starts_at = serializers.DateTimeField()
    clinician = fields.clinician()


class SeriesRequest(ForWhom):
    """The times of a plan, each as proposed or an alternative. ``series``: add to this one."""

    times = SeriesTime(many=True, allow_empty=False)
    series = serializers.UUIDField(required=False)


class RestRequest(serializers.Serializer[Any]):
    """One visit of the series (its id), and all that follow it."""

    first = serializers.UUIDField()


class RestCancelRequest(RestRequest):
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class RestShiftRequest(RestRequest):
    """How far each moves on the clock of its wall."""

    days = serializers.IntegerField(min_value=-60, max_value=60, default=0)
    minutes = serializers.IntegerField(min_value=-1439, max_value=1439, default=0)


class VisitTime(SeriesTime):
    visit = serializers.UUIDField()


class RestMoveRequest(RestRequest):
    times = VisitTime(many=True, allow_empty=False)


class OpeningAnswer(serializers.Serializer[Any]):
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    local = serializers.DateTimeField(help_text="The same instant on the site's clock.")
    clinician = serializers.IntegerField()


class PlannedAnswer(serializers.Serializer[Any]):
    """``time`` is null for a conflict, which has ``alternatives``."""

    day = serializers.DateField()
    visit = serializers.UUIDField(required=False, help_text="Which visit would move.")
    time = OpeningAnswer(allow_null=True)
    alternatives = OpeningAnswer(many=True)


class SeriesPlanAnswer(serializers.Serializer[Any]):
    visits = PlannedAnswer(many=True)


class LostAnswer(serializers.Serializer[Any]):
    """A time that somebody else has by now. ``visit`` keeps the time it has."""

    starts_at = serializers.DateTimeField()
    visit = serializers.UUIDField(allow_null=True)
    alternatives = answers.SlotAnswer(many=True)


class SeriesAnswer(serializers.Serializer[Any]):
    """``changed`` are the ids of the visits that this request changed, ``kept`` of those that are
    too near for it.
    """

    id = serializers.UUIDField(allow_null=True)
    visits = answers.AppointmentAnswer(many=True)
    changed = serializers.ListField(child=serializers.UUIDField())
    lost = LostAnswer(many=True)
    kept = serializers.ListField(child=serializers.UUIDField())


def opening_shape(opening: Opening, zone: ZoneInfo) -> dict[str, Any]:
    starts_at = moment_of(opening.start)
    return {
        "starts_at": starts_at,
        "ends_at": moment_of(opening.end),
        "local": starts_at.astimezone(zone).isoformat(),
        "clinician": opening.clinician_id,
    }


def plan_shape(plan: Sequence[Planned], site: Site) -> list[dict[str, Any]]:
    zone = ZoneInfo(site.time_zone)
    return [
        {
            "day": each.aim.day,
            "time": opening_shape(each.opening, zone) if each.opening else None,
            "alternatives": [opening_shape(other, zone) for other in each.alternatives],
        }
        for each in plan
    ]


def lost_shape(lost: LostTime) -> dict[str, Any]:
    return {
        "starts_at": lost.chosen.starts_at,
        "visit": lost.visit.public_id if lost.visit else None,
        "alternatives": [shapes.slot_shape(slot) for slot in lost.alternatives],
    }


def done_shape(done: SeriesResult, language: str) -> dict[str, Any]:
    visits = with_called_off(visits_of_series(done.series)) if done.series else []
    return {
        "id": done.series.public_id if done.series else None,
        "visits": [shapes.appointment_shape(visit, language) for visit in visits],
        "changed": [visit.public_id for visit in done.visits],
        "lost": [lost_shape(each) for each in done.lost],
        "kept": [visit.public_id for visit in done.kept],
    }

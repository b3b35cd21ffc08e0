"""Waiting for a time: what you wait for, and the times you are offered."""

import uuid
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

import clock
from people.models import Person, User
from people.selectors import people_acted_for
from people.services import audit
from scheduling.api import answers, requests, shapes
from scheduling.appointments.selectors.appointments import WITH_NAMES, appointments_acted_for
from scheduling.booking.services.moving import refuse_late_change
from scheduling.clinic.rules.parts_of_day import PARTS
from scheduling.models import Appointment, Clinician, Mode, Site, VisitType
from scheduling.models import WaitlistEntry as Entry
from scheduling.models import WaitlistOffer as Offer
from scheduling.triage.tokens import has_answered
from scheduling.waitlist.selectors.entries import entries_acted_for, offers_acted_for, open_offers
from scheduling.waitlist.services.waitlist import (
    SuitableTimes,
    accept_offer,
    decline_offer,
    join_waitlist,
    leave_waitlist,
)


class WaitRequest(serializers.Serializer[Any]):
    """Either a kind of visit, or ``replaces``: a visit of yours that a sooner one would replace.

    Without weekdays (0 is Monday) or parts of the day any will do. ``person`` is needed when you
    act for several.
    """

    person = serializers.UUIDField(required=False)
    replaces = serializers.UUIDField(required=False)
    visit_type = serializers.SlugRelatedField(
        slug_field="slug", queryset=VisitType.objects.filter(active=True), required=False
    )
    sites = serializers.PrimaryKeyRelatedField(
        queryset=Site.objects.filter(active=True), many=True, allow_empty=False
    )
    clinician = serializers.PrimaryKeyRelatedField(
        queryset=Clinician.objects.filter(active=True), required=False, allow_null=True
    )
    modes = serializers.MultipleChoiceField(choices=Mode.choices, required=False)
    earliest = serializers.DateField(required=False)
    latest = serializers.DateField(required=False)
    weekdays = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=6), required=False, max_length=7
    )
    parts = serializers.MultipleChoiceField(choices=sorted(PARTS), required=False)
    notice_hours = serializers.IntegerField(min_value=0, max_value=24 * 30, default=24)
    questions = requests.questions_token()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "visit_type" not in attrs and "replaces" not in attrs:
            raise serializers.ValidationError({"visit_type": [_("Say what you wait for.")]})
        return attrs


class EntryAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    person = serializers.UUIDField()
    visit_type = serializers.CharField()
    sites = serializers.ListField(child=serializers.IntegerField())
    clinician = serializers.IntegerField(allow_null=True)
    modes = serializers.ListField(child=serializers.CharField())
    earliest = serializers.DateField()
    latest = serializers.DateField()
    weekdays = serializers.ListField(child=serializers.IntegerField())
    parts = serializers.ListField(child=serializers.CharField())
    notice_hours = serializers.IntegerField()
    replaces = serializers.UUIDField(allow_null=True)
    since = serializers.DateTimeField()


class OfferAnswer(serializers.Serializer[Any]):
    id = serializers.CharField()
    entry = serializers.UUIDField()
    state = serializers.CharField()
    starts_at = serializers.DateTimeField()
    local = serializers.DateTimeField(help_text="The same instant on the site's clock.")
    time_zone = serializers.CharField()
    site = serializers.IntegerField()
    clinician = serializers.IntegerField()
    mode = serializers.CharField()
    expires_at = serializers.DateTimeField()


def entry_shape(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.public_id,
        "person": entry.person.public_id,
        "visit_type": entry.visit_type.slug,
        "sites": sorted(site.pk for site in entry.sites.all()),
        "clinician": entry.clinician_id,
        "modes": entry.modes,
        "earliest": entry.earliest,
        "latest": entry.latest,
        "weekdays": entry.weekdays,
        "parts": entry.parts,
        "notice_hours": entry.notice_hours,
        "replaces": entry.replaces.public_id if entry.replaces else None,
        "since": entry.since,
    }


def offer_shape(offer: Offer) -> dict[str, Any]:
    zone = offer.site.time_zone
    return {
        "id": offer.token,
        "entry": offer.entry.public_id,
        "state": offer.state,
        "starts_at": offer.starts_at,
        "local": offer.starts_at.astimezone(ZoneInfo(zone)).isoformat(),
        "time_zone": zone,
        "site": offer.site_id,
        "clinician": offer.clinician_id,
        "mode": offer.mode,
        "expires_at": offer.expires_at,
    }


def _user(request: Request) -> User:
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def _note(request: Request, person_ids: set[int], subject: str = "") -> None:
    audit.note(
        actor=_user(request),
        person_ids=sorted(person_ids),
        action="waitlist.read",
        subject=subject,
        now=clock.now(),
    )


class Waitlist(APIView):
    """What you wait for, and something more to wait for."""

    @extend_schema(responses=EntryAnswer(many=True))
    def get(self, request: Request) -> Response:
        entries = list(entries_acted_for(_user(request), now=clock.now()))
        _note(request, {entry.person_id for entry in entries})
        return Response([entry_shape(entry) for entry in entries])

    @extend_schema(
        request=WaitRequest,
        responses={201: EntryAnswer, 404: answers.Problem, 409: answers.Problem},
    )
    def post(self, request: Request) -> Response:
        asked = WaitRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        said, now = asked.validated_data, clock.now()
        visit = _own_visit(request, said.get("replaces"))
        if visit is not None:
            refuse_late_change(visit, now=now)
        visit_type = visit.visit_type if visit else said["visit_type"]
        earliest = said.get("earliest", now.date())
        horizon = (now + timedelta(days=visit_type.horizon_days)).date()
        latest = said.get("latest", visit.local_date if visit else horizon)
        if latest < earliest:
            raise serializers.ValidationError({"latest": [_("The last day is before the first.")]})
        entry = join_waitlist(
            person=visit.person if visit else _person(request, said.get("person")),
            user=_user(request),
            visit_type=visit_type,
            suits=SuitableTimes(
                sites=said["sites"],
                earliest=earliest,
                latest=latest,
                clinician=said.get("clinician"),
                modes=said.get("modes") or visit_type.modes[:1],
                weekdays=set(said.get("weekdays", ())),
                parts=said.get("parts", ()),
                notice_hours=said["notice_hours"],
            ),
            replaces=visit,
            asked=has_answered(request, visit_type, token=said["questions"], now=now),
            now=now,
        )
        return Response(entry_shape(entry), status=201)


def _own_visit(request: Request, visit_id: uuid.UUID | None) -> Appointment | None:
    """A visit of somebody this account acts for; None when none is named."""
    if visit_id is None:
        return None
    visits = appointments_acted_for(_user(request), now=clock.now())
    visit = visits.filter(public_id=visit_id).first()
    if visit is None:
        raise Http404
    return visit


def _person(request: Request, person_id: uuid.UUID | None) -> Person:
    people = people_acted_for(_user(request), now=clock.now())
    found = list((people.filter(public_id=person_id) if person_id else people)[:2])
    if not found:
        raise Http404
    if len(found) > 1:
        raise serializers.ValidationError({"person": [_("Say for whom.")]})
    return found[0]


class OneEntry(APIView):
    """What you wait for, once; and waiting no more."""

    @extend_schema(responses={200: EntryAnswer, 404: answers.Problem})
    def get(self, request: Request, entry_id: uuid.UUID) -> Response:
        entry = self._own(request, entry_id)
        _note(request, {entry.person_id}, f"waitlist:{entry.pk}")
        return Response(entry_shape(entry))

    @extend_schema(responses={204: None, 404: answers.Problem})
    def delete(self, request: Request, entry_id: uuid.UUID) -> Response:
        entry = self._own(request, entry_id)
        leave_waitlist(entry=entry, user=_user(request), now=clock.now())
        return Response(status=204)

    def _own(self, request: Request, entry_id: uuid.UUID) -> Entry:
        entries = entries_acted_for(_user(request), now=clock.now())
        entry = entries.filter(public_id=entry_id).first()
        if entry is None:
            raise Http404
        return entry


class Offers(APIView):
    """The times that are kept for you."""

    @extend_schema(responses=OfferAnswer(many=True))
    def get(self, request: Request) -> Response:
        offers = list(open_offers(_user(request), now=clock.now()))
        _note(request, {offer.entry.person_id for offer in offers})
        return Response([offer_shape(offer) for offer in offers])


def _own_offer(request: Request, token: str) -> Offer:
    offer = offers_acted_for(_user(request), now=clock.now()).filter(token=token).first()
    if offer is None:
        raise Http404
    return offer


class AcceptOffer(APIView):
    """Take the time. Taking it twice is one visit."""

    @extend_schema(
        request=None,
        responses={
            200: answers.AppointmentAnswer,
            404: answers.Problem,
            409: answers.Problem,
        },
    )
    def post(self, request: Request, offer_token: str) -> Response:
        offer = _own_offer(request, offer_token)
        visit = accept_offer(offer=offer, user=_user(request), now=clock.now())
        fresh = Appointment.objects.select_related(*WITH_NAMES).get(pk=visit.pk)
        language = str(getattr(request, "LANGUAGE_CODE", "en"))
        return Response(shapes.appointment_shape(fresh, language))


class DeclineOffer(APIView):
    """Pass. Your place in the line is kept."""

    @extend_schema(request=None, responses={204: None, 404: answers.Problem, 409: answers.Problem})
    def post(self, request: Request, offer_token: str) -> Response:
        decline_offer(offer=_own_offer(request, offer_token), now=clock.now())
        return Response(status=204)

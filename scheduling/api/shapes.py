"""Domain objects as plain dictionaries: a serializer for long lists costs eighty times more."""

from typing import Any
from zoneinfo import ZoneInfo

from people.rules.names import in_language
from scheduling.appointments.selectors.video import VideoVisit
from scheduling.availability.rules.preferences import Reason
from scheduling.availability.selectors.finding import Found
from scheduling.availability.selectors.search import Slot
from scheduling.availability.words import reason_words
from scheduling.clinic.rules.clinicians import ClinicianProfile
from scheduling.clinic.selectors.places import SiteNearby
from scheduling.models import Appointment, Hold, VisitType


def slot_shape(slot: Slot) -> dict[str, Any]:
    """``starts_at`` is the instant in UTC, ``local`` the same on the site's clock."""
    return {
        "starts_at": slot.starts_at,
        "ends_at": slot.ends_at,
        "local": slot.local,
        "time_zone": slot.time_zone,
        "site": slot.site_id,
        "clinician": slot.clinician_id,
    }


def found_shape(found: Found) -> dict[str, Any]:
    """A page of free times, each with why it fits, in the active language."""
    place = found.typed.place
    said = _Said(place.name if place else "")
    near = {"name": place.name if place else None, "like": list(found.typed.like)}
    return {
        "slots": [
            slot_shape(slot) | {"reasons": [said[reason] for reason in found.reasons(slot)]}
            for slot in found.slots
        ],
        "next": str(found.next) if found.next else None,
        "previous": str(found.previous) if found.previous else None,
        "place": near if found.typed.text else None,
        "sites": [site_shape(each) for each in found.offering.sites],
        "clinicians": [_who_shape(who) for who in found.offering.people],
        "asks_standing": found.offering.asks_standing,
    }


class _Said(dict[Reason, dict[str, str]]):
    """Reasons as they are shown; most of a page's are the same few."""

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def __missing__(self, reason: Reason) -> dict[str, str]:
        self[reason] = {"kind": reason.kind, "text": reason_words(reason, place=self.place)}
        return self[reason]


def _who_shape(who: ClinicianProfile) -> dict[str, Any]:
    return {
        "id": who.clinician_id,
        "name": who.name,
        "languages": list(who.languages),
        "gender": who.gender,
    }


def visit_type_shape(visit_type: VisitType, language: str) -> dict[str, Any]:
    return {
        "slug": visit_type.slug,
        "name": in_language(visit_type.names, language),
        "description": in_language(visit_type.descriptions, language),
        "preparation": in_language(visit_type.preparations, language),
        "minutes": visit_type.minutes,
        "modes": visit_type.modes,
        "price_low": visit_type.price_low,
        "price_high": visit_type.price_high,
        "asks_first": bool(visit_type.questions),
    }


def site_shape(nearby: SiteNearby) -> dict[str, Any]:
    site = nearby.site
    return {
        "id": site.pk,
        "slug": site.slug,
        "name": site.name,
        "city": site.city,
        "address": site.address,
        "phone": site.phone,
        "time_zone": site.time_zone,
        "step_free": site.step_free,
        "miles": None if nearby.miles is None else round(nearby.miles, 1),
    }


def hold_shape(hold: Hold) -> dict[str, Any]:
    return {
        "id": hold.public_id,
        "visit_type": hold.visit_type.slug,
        "mode": hold.mode,
        "standing": hold.standing,
        "site": hold.site_id,
        "clinician": hold.clinician_id,
        "starts_at": hold.starts_at,
        "ends_at": hold.ends_at,
        "local": hold.starts_at.astimezone(ZoneInfo(hold.site.time_zone)).isoformat(),
        "time_zone": hold.site.time_zone,
        "expires_at": hold.expires_at,
    }


def join_shape(appointment: Appointment, video: VideoVisit) -> dict[str, Any]:
    return {
        "doors": video.doors,
        "opens_at": video.times.opens_at,
        "closes_at": video.times.closes_at,
        "address": video.address if video.can_join else None,
        "phone": appointment.site.phone,
    }


def appointment_shape(appointment: Appointment, language: str) -> dict[str, Any]:
    """As it stands (``with_called_off``); what was booked or moved just now is not called off."""
    return {
        "id": appointment.public_id,
        "status": appointment.status,
        "called_off": appointment.called_off,
        "mode": appointment.mode,
        "version": appointment.version,
        "person": appointment.person.public_id,
        "visit_type": appointment.visit_type.slug,
        "visit_type_name": in_language(appointment.visit_type.names, language),
        "site": appointment.site_id,
        "site_name": appointment.site.name,
        "address": appointment.site.address,
        "clinician": appointment.clinician_id,
        "clinician_name": appointment.clinician.name,
        "starts_at": appointment.starts_at,
        "ends_at": appointment.ends_at,
        "local": appointment.starts_at.astimezone(ZoneInfo(appointment.time_zone)).isoformat(),
        "time_zone": appointment.time_zone,
        "price_low": appointment.price_low,
        "price_high": appointment.price_high,
    }

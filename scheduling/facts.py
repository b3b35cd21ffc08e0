"""An appointment as the words and files that messages and pages use for it."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import dateformat, formats, translation
from django.utils.translation import gettext

from people.names import in_language
from scheduling.calendars import visit_calendar
from scheduling.models import Appointment, WaitlistOffer
from scheduling.transitions import Status


def when(appointment: Appointment, language: str) -> tuple[str, str]:
    """Day and time of a visit on its site's clock, as people say them in a language."""
    return moment_words(appointment.starts_at, appointment.time_zone, language)


def moment_words(moment: datetime, time_zone: str, language: str) -> tuple[str, str]:
    """Day and time of an instant on a zone's clock, as people say them in a language."""
    local = moment.astimezone(ZoneInfo(time_zone))
    with translation.override(language):
        day = formats.date_format(local.date(), "DAY_FORMAT")
        return day, dateformat.time_format(local.time(), formats.get_format("TIME_FORMAT"))


def facts_of(appointment: Appointment, language: str, *, clinic: str) -> dict[str, Any]:
    """What templates may say about a visit. Nothing that tells what it is for."""
    day, time = when(appointment, language)
    link = f"{settings.PUBLIC_URL}/v/{appointment.public_id}/"
    return {
        "name": appointment.person.called,
        "clinic": clinic,
        "site": appointment.site.name,
        "address": appointment.site.address,
        "site_phone": appointment.site.phone,
        "day": day,
        "time": time,
        "clinician": appointment.clinician.name,
        "preparation": in_language(appointment.visit_type.preparations, language),
        "link": link,
    }


def offer_facts(offer: WaitlistOffer, language: str, *, clinic: str) -> dict[str, Any]:
    """What templates may say about a time that is offered, or was. Nothing of what it is for."""
    day, time = moment_words(offer.starts_at, offer.site.time_zone, language)
    _, until = moment_words(offer.expires_at, offer.site.time_zone, language)
    return {
        "name": offer.entry.person.called,
        "clinic": clinic,
        "site": offer.site.name,
        "site_phone": offer.site.phone,
        "day": day,
        "time": time,
        "until": until,
        "has_visit": offer.entry.replaces_id is not None,
        "link": f"{settings.PUBLIC_URL}/w/{offer.token}/",
    }


def calendar_of(appointment: Appointment, *, url: str) -> bytes:
    """The visit as a calendar file, in the active language."""
    return visit_calendar(
        uid=f"{appointment.public_id}@{urlsplit(settings.PUBLIC_URL).hostname}",
        version=appointment.version,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        time_zone=appointment.time_zone,
        summary=gettext("Visit at %(site)s") % {"site": appointment.site.name},
        location=f"{appointment.site.name}, {appointment.site.address}",
        url=url,
        stamped_at=appointment.status_since,
        canceled=appointment.status == Status.CANCELED,
    )

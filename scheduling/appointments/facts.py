"""An appointment as the words and files that messages and pages use for it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import dateformat, formats, translation
from django.utils.translation import gettext

from people.models import Person
from people.rules.names import in_language
from scheduling.appointments.rules.icalendar import VisitEvent, visit_calendar
from scheduling.models import Appointment, Mode, Series, WaitlistOffer
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
        "link": visit_link(appointment),
        "by_video": appointment.mode == Mode.VIDEO,
        "join_link": join_link(appointment),
    }


def series_facts(
    series: Series, visits: Sequence[Appointment], language: str, *, clinic: str
) -> dict[str, Any]:
    """What templates may say about several visits of a series. Nothing of what they are for."""
    first = visits[0]
    times = [when(visit, language) for visit in visits]
    return {
        "name": series.person.called,
        "clinic": clinic,
        "site": first.site.name,
        "address": first.site.address,
        "site_phone": first.site.phone,
        "number": len(visits),
        "day": times[0][0],
        "time": times[0][1],
        "times": [{"day": day, "time": time} for day, time in times],
        "by_video": first.mode == Mode.VIDEO,
        "link": f"{settings.PUBLIC_URL}/series/{series.public_id}/",
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
        "by_video": offer.mode == Mode.VIDEO,
        "has_visit": offer.entry.replaces_id is not None,
        "link": f"{settings.PUBLIC_URL}/w/{offer.token}/",
    }


def calendar_of(appointment: Appointment, *, url: str) -> bytes:
    """The visit as a calendar file, in the active language."""
    return visit_calendar(visit_event(appointment, summary=_at_site(appointment), url=url))


def patients_events(visits: Sequence[Appointment], people: Sequence[Person]) -> list[VisitEvent]:
    """Visits, as they stand, for the calendar of who acts for these people, in the active language.

    Says whose visit it is, by the name they are called, only where it could be another's.
    """
    return [_patients_event(visit, named=len(people) > 1) for visit in visits]


def _patients_event(visit: Appointment, *, named: bool) -> VisitEvent:
    summary = f"{visit.person.called}: {_at_site(visit)}" if named else _at_site(visit)
    return visit_event(visit, summary=summary, url=visit_link(visit))


def clinicians_events(visits: Sequence[Appointment]) -> list[VisitEvent]:
    """A clinician's visits, as they stand, for a phone that others may see: what kind and when,
    nobody's name.
    """
    language = translation.get_language() or "en"
    return [
        visit_event(
            visit, summary=in_language(visit.visit_type.names, language), location=_way(visit)
        )
        for visit in visits
    ]


def feed_name(clinic: str) -> str:
    """What a calendar calls what it subscribes to."""
    return gettext("Visits: %(clinic)s") % {"clinic": clinic}


def visit_event(
    appointment: Appointment, *, summary: str, url: str = "", location: str = ""
) -> VisitEvent:
    """A visit as calendars keep it. The way in is the street, or the page where one joins."""
    if appointment.called_off:
        summary = gettext("Cannot take place: %(visit)s") % {"visit": summary}
    return VisitEvent(
        uid=f"{appointment.public_id}@{urlsplit(settings.PUBLIC_URL).hostname}",
        version=appointment.version,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        time_zone=appointment.time_zone,
        summary=summary,
        location=location or _where(appointment),
        url=url,
        stamped_at=appointment.status_since,
        canceled=appointment.status == Status.CANCELED,
        called_off=appointment.called_off,
    )


def _at_site(appointment: Appointment) -> str:
    if appointment.mode == Mode.VIDEO:
        return gettext("Video visit with %(site)s") % {"site": appointment.site.name}
    return gettext("Visit at %(site)s") % {"site": appointment.site.name}


def _where(appointment: Appointment) -> str:
    if appointment.mode == Mode.VIDEO:
        return join_link(appointment)
    return f"{appointment.site.name}, {appointment.site.address}"


def _way(appointment: Appointment) -> str:
    by_video = appointment.mode == Mode.VIDEO
    return gettext("By video") if by_video else appointment.site.name


def visit_link(appointment: Appointment) -> str:
    """Where messages lead. It shows nothing private, and confirming takes a press."""
    return f"{settings.PUBLIC_URL}/v/{appointment.public_id}/"


def join_link(appointment: Appointment) -> str:
    """Our page where a patient joins a video visit. It shows nothing before a sign-in."""
    return f"{settings.PUBLIC_URL}/visits/{appointment.public_id}/join/"

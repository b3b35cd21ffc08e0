"""Visits as iCalendar files (RFC 5545). They say where and when, never why."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

PRODUCT = "-//Visitwell//Visits//EN"
# How often a phone should ask again: as often as somebody may have moved a visit.
ASK_AGAIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class VisitEvent:
    """One visit as a calendar shows it.

    The same ``uid`` with a higher ``version`` replaces the earlier one in place. SEQUENCE is
    ``version - 1``, raised once more by a cancellation (RFC 5546, 2.1.4). One that was called off
    is neither confirmed nor canceled until somebody has found another time for it.
    """

    uid: str
    version: int
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    summary: str
    location: str
    stamped_at: datetime
    url: str = ""
    canceled: bool = False
    called_off: bool = False

    @property
    def status(self) -> str:
        if self.canceled:
            return "CANCELLED"
        return "TENTATIVE" if self.called_off else "CONFIRMED"


def visit_calendar(visit: VisitEvent) -> bytes:
    """A letter's file: one event, and whether it is to be taken up or taken out (METHOD)."""
    calendar = _calendar("CANCEL" if visit.canceled else "PUBLISH")
    calendar.add_component(_event(visit))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def feed_calendar(visits: Sequence[VisitEvent], *, name: str) -> bytes:
    """What a subscribed calendar asks for every so often: all of them, under one name."""
    calendar = _calendar("PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", ASK_AGAIN, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for visit in visits:
        calendar.add_component(_event(visit))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def feed_tag(visits: Sequence[VisitEvent], *, name: str) -> str:
    """An entity tag (RFC 9110, 8.8.3) that changes with what ``feed_calendar`` would say.

    Found without writing the file, which takes longer than reading the visits.
    """
    return f'"{hashlib.sha256(repr((name, list(visits))).encode()).hexdigest()[:32]}"'


def _calendar(method: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    return calendar


def _event(visit: VisitEvent) -> Event:
    zone = ZoneInfo(visit.time_zone)
    event = Event()
    fields: dict[str, Any] = {
        "uid": visit.uid,
        "sequence": visit.version if visit.canceled else visit.version - 1,
        "dtstamp": visit.stamped_at,
        "dtstart": visit.starts_at.astimezone(zone),
        "dtend": visit.ends_at.astimezone(zone),
        "summary": visit.summary,
        "location": visit.location,
        "status": visit.status,
    }
    if visit.url:
        fields["url"] = visit.url
    for name, value in fields.items():
        event.add(name, value)
    return event

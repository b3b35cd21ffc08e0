"""A visit as an iCalendar file (RFC 5545). Says where and when, never why."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

PRODUCT = "-//Visitwell//Visits//EN"


def visit_calendar(
    *,
    uid: str,
    version: int,
    starts_at: datetime,
    ends_at: datetime,
    time_zone: str,
    summary: str,
    location: str,
    url: str,
    stamped_at: datetime,
    canceled: bool = False,
) -> bytes:
    """One event. The same ``uid`` with a higher ``version`` replaces the earlier one in place.

    SEQUENCE is ``version - 1``, raised once more by a cancellation (RFC 5546, 2.1.4).
    """
    zone = ZoneInfo(time_zone)
    event = Event()
    fields: dict[str, Any] = {
        "uid": uid,
        "sequence": version if canceled else version - 1,
        "dtstamp": stamped_at,
        "dtstart": starts_at.astimezone(zone),
        "dtend": ends_at.astimezone(zone),
        "summary": summary,
        "location": location,
        "url": url,
        "status": "CANCELLED" if canceled else "CONFIRMED",
    }
    for name, value in fields.items():
        event.add(name, value)
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if canceled else "PUBLISH")
    calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())

"""How the pages write numbers, times and texts for people."""

import re
from datetime import UTC, datetime, timedelta, tzinfo

from markupsafe import Markup, escape

_LINK = re.compile(r"https?://[^\s<>\"']+")
_AFTER_LINK = ".,;:!?)]}"
_NANP = re.compile(r"\+1(\d{3})(\d{3})(\d{4})")


def local_zone() -> tzinfo:
    """The zone of the machine that shows the pages."""
    return datetime.now(UTC).astimezone().tzinfo or UTC


def local(moment: float) -> datetime:
    """Epoch seconds as a wall time on this machine."""
    return datetime.fromtimestamp(moment, UTC).astimezone()


def clock_time(moment: float) -> str:
    """9:05 AM"""
    return f"{local(moment):%I:%M %p}".lstrip("0")


def day(moment: float) -> str:
    """Monday, November 24"""
    at = local(moment)
    return f"{at:%A, %B} {at.day}"


def short_when(moment: float, today: float) -> str:
    """The time if it is the same day as `today`, or else the date."""
    at = local(moment)
    return clock_time(moment) if at.date() == local(today).date() else f"{at:%b} {at.day}"


def full_when(moment: float) -> str:
    """Mon, Nov 24, 2025, 9:05 AM"""
    at = local(moment)
    return f"{at:%a, %b} {at.day}, {at.year}, {clock_time(moment)}"


def phone(number: str) -> str:
    """+1 (202) 555-0111 for North American numbers; any other sender as it is."""
    parts = _NANP.fullmatch(number)
    return f"+1 ({parts[1]}) {parts[2]}-{parts[3]}" if parts else number


def offset(seconds: float) -> str:
    """How far the demo's time is from real time, in words."""
    if abs(seconds) < 1:
        return "Real time"
    span = timedelta(seconds=round(abs(seconds)))
    hours, rest = divmod(span.seconds, 3600)
    parts = [(span.days, "day"), (hours, "hour"), (rest // 60, "minute")]
    said = [f"{count} {name}{'s' if count != 1 else ''}" for count, name in parts if count]
    return f"{' '.join(said) or 'Less than a minute'} {'ahead' if seconds > 0 else 'behind'}"


def linked(text: str) -> Markup:
    """`text` escaped, its web addresses made into links that open the app in a new tab."""
    pieces, end = [], 0
    for match in _LINK.finditer(text):
        url = match[0].rstrip(_AFTER_LINK)
        pieces.append(escape(text[end : match.start()]))
        pieces.append(
            Markup('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>').format(url, url)
        )
        end = match.start() + len(url)
    return Markup("").join([*pieces, escape(text[end:])])

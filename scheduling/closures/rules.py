"""When somebody is away: from a moment of a first day until a moment of a last one. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from scheduling.clinic.rules.wall_time import LAST_MOMENT
from scheduling.clinic.rules.working_hours import Interval, instant_of, span_of


@dataclass(frozen=True, slots=True)
class Away:
    """``starts`` is since when on the first day, ``ends`` until when on the last one.

    None means the whole of that day. The clock is that of the site where somebody would work.
    """

    first_day: date
    last_day: date
    starts: time | None = None
    ends: time | None = None

    @property
    def days(self) -> int:
        return (self.last_day - self.first_day).days + 1

    @property
    def takes_time(self) -> bool:
        """Whether it ends after it begins."""
        if self.days == 1:
            return (self.starts or time.min) < self._until
        return self.days > 1 and self._until > time.min

    @property
    def _until(self) -> time:
        return LAST_MOMENT if self.ends is None else self.ends

    def hours(self) -> Iterator[tuple[date, time | None, time | None]]:
        """Each day with what of it is closed; no times mean all of it."""
        for number in range(self.days):
            day = self.first_day + timedelta(days=number)
            starts = self.starts if day == self.first_day else None
            ends = self.ends if day == self.last_day else None
            if starts is None and ends is None:
                yield day, None, None
            else:
                yield day, starts or time.min, ends or LAST_MOMENT

    def span(self, zone: ZoneInfo) -> Interval:
        """From when until when it is, by the clocks of a zone."""
        starts, ends = self.starts or time.min, self.ends
        next_day = self.last_day + timedelta(days=1)
        last = span_of(next_day, time.min, time.min, zone)[0]
        if ends is not None:
            last = span_of(self.last_day, time.min, ends, zone)[1]
        return span_of(self.first_day, starts, starts, zone)[0], last

    def touches(self, starts_at: datetime, ends_at: datetime, time_zone: str) -> bool:
        """Whether something in a zone lies in it, if only partly."""
        start, end = self.span(ZoneInfo(time_zone))
        return instant_of(starts_at) < end and start < instant_of(ends_at)

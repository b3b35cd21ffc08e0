"""What is looked for when a time is, and what is found, as plain values."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import NamedTuple
from zoneinfo import ZoneInfo

from scheduling.availability.rules.starts import VisitShape
from scheduling.availability.selectors.busy import NOTHING_IGNORED, Ignored
from scheduling.clinic.rules.working_hours import Instant, VisitRequest, instant_of, moment_of
from scheduling.clinic.selectors.directory import Directory
from scheduling.models import Mode, Site, VisitType

LONGEST_WINDOW_DAYS = 62
# How far ahead a visit may be that stands already: further than any calendar is planned.
ANY_TIME_AHEAD = timedelta(days=3_660)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Whose times these are, and where. ``roams`` is somebody who works at several sites."""

    resource_id: int
    clinician_id: int
    site_id: int
    time_zone: str
    length: int
    capacity: int = 1
    roams: bool = False


class Slot(NamedTuple):
    """One free time of one clinician (or group session) at one site, as the instant it begins."""

    start: Instant
    schedule: Schedule

    @property
    def starts_at(self) -> datetime:
        return moment_of(self.start)

    @property
    def ends_at(self) -> datetime:
        return moment_of(self.start + self.schedule.length)

    @property
    def local(self) -> datetime:
        """The start on the site's clock."""
        return datetime.fromtimestamp(self.start, ZoneInfo(self.schedule.time_zone))

    @property
    def site_id(self) -> int:
        return self.schedule.site_id

    @property
    def clinician_id(self) -> int:
        return self.schedule.clinician_id

    @property
    def resource_id(self) -> int:
        return self.schedule.resource_id

    @property
    def time_zone(self) -> str:
        return self.schedule.time_zone


@dataclass(frozen=True)
class Search:
    """What is looked for. Days are dates in each site's own zone, inclusive.

    ``standing`` is ``new`` or ``returning`` for a patient who is known to be one. Filters that
    are None let everybody through. ``among`` are those who would do where the ones asked for
    have no time. ``directory`` is the clinic as it was a moment ago; without it, it is asked for.
    ``keeps_time`` says that the patient has this time already and keeps it, so that how soon or
    how far ahead one may book does not matter. ``between`` leaves out all that begins before the
    one instant or after the other.
    """

    visit_type: VisitType
    site_ids: Sequence[int]
    first_day: date
    last_day: date
    now: datetime
    clinician_ids: Collection[int] | None = None
    mode: str = Mode.IN_PERSON
    standing: str = ""
    ignored: Ignored = NOTHING_IGNORED
    among: Collection[int] | None = None
    directory: Directory | None = None
    keeps_time: bool = False
    between: tuple[datetime, datetime] | None = None

    @property
    def bookable(self) -> tuple[datetime, datetime]:
        """The first and the last instant at which a visit may begin that is found by this."""
        earliest, latest = bookable_span(self.visit_type, now=self.now)
        if self.keeps_time:
            earliest, latest = self.now, self.now + ANY_TIME_AHEAD
        if self.between:
            earliest, latest = max(earliest, self.between[0]), min(latest, self.between[1])
        return earliest, latest

    @cached_property
    def asker(self) -> VisitRequest:
        return VisitRequest(self.visit_type.pk, instant_of(self.now), self.mode, self.standing)

    @cached_property
    def needs(self) -> list[str]:
        """The categories of rooms and devices that it takes."""
        return list(self.visit_type.needs) if self.mode == Mode.IN_PERSON else []


def shape_of(visit_type: VisitType) -> VisitShape:
    """A visit type as plain values, in seconds."""
    return VisitShape(
        length=visit_type.minutes * 60,
        before=visit_type.buffer_before * 60,
        after=visit_type.buffer_after * 60,
        step=visit_type.slot_step * 60,
    )


def bookable_span(visit_type: VisitType, *, now: datetime) -> tuple[datetime, datetime]:
    """The first and the last instant at which this kind of visit may begin."""
    return (
        now + timedelta(minutes=visit_type.minimum_notice),
        now + timedelta(days=visit_type.horizon_days),
    )


def search_at(
    *,
    visit_type: VisitType,
    site: Site,
    starts_at: datetime,
    now: datetime,
    clinician_id: int | None = None,
    among: Collection[int] | None = None,
    mode: str = Mode.IN_PERSON,
    standing: str = "",
    ignored: Ignored = NOTHING_IGNORED,
    directory: Directory | None = None,
    keeps_time: bool = False,
) -> Search:
    """The search over the one day, on the site's calendar, on which an instant falls.

    With one clinician, with anyone ``among`` some, or with anyone.
    """
    near = starts_at
    if not keeps_time:
        # Far from anything bookable a date may not even exist in the zone.
        earliest, latest = bookable_span(visit_type, now=now)
        near = min(max(starts_at, earliest - timedelta(days=3)), latest + timedelta(days=3))
    day = near.astimezone(ZoneInfo(site.time_zone)).date()
    return Search(
        visit_type=visit_type,
        site_ids=[site.pk],
        first_day=day,
        last_day=day,
        now=now,
        clinician_ids=among if clinician_id is None else [clinician_id],
        mode=mode,
        standing=standing,
        ignored=ignored,
        among=among,
        directory=directory,
        keeps_time=keeps_time,
    )

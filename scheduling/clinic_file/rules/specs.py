"""What a clinic file says, as plain values. Pure.

Times are wall-clock times in a site's zone; lengths are minutes; prices are hundredths of the
group's currency. ``line`` is where the thing stands in the file.
"""

from dataclasses import dataclass
from datetime import date, time

Words = dict[str, str]
"""Plain words by language code."""


@dataclass(frozen=True)
class GroupSpec:
    name: str
    phone: str
    currency: str


@dataclass(frozen=True)
class DepartmentSpec:
    slug: str
    site: str
    names: Words
    doors: Words


@dataclass(frozen=True)
class SiteSpec:
    line: int
    slug: str
    name: str
    street: str
    city: str
    region: str
    postcode: str
    phone: str
    time_zone: str
    latitude: float
    longitude: float
    step_free: bool
    directions: Words
    departments: tuple[DepartmentSpec, ...]


@dataclass(frozen=True)
class PlaceSpec:
    name: str
    latitude: float
    longitude: float


@dataclass(frozen=True)
class AnswerSpec:
    """An answer that is urgent, or leads to another visit type, or to neither."""

    line: int
    name: str
    says: Words
    urgent: str
    visit_type: str


@dataclass(frozen=True)
class QuestionSpec:
    line: int
    name: str
    asks: Words
    answers: tuple[AnswerSpec, ...]


@dataclass(frozen=True)
class PlanSpec:
    """An insurance plan: a copay in hundredths, or else a share of the price in percent."""

    slug: str
    name: str
    copay: int | None
    share: int | None
    in_full: tuple[str, ...]
    position: int


@dataclass(frozen=True)
class VisitTypeSpec:
    line: int
    slug: str
    names: Words
    descriptions: Words
    preparations: Words
    minutes: int
    buffer_before: int
    buffer_after: int
    slot_step: int
    price_low: int
    price_high: int
    minimum_notice: int
    horizon_days: int
    latest_change: int
    group: bool
    modes: tuple[str, ...]
    needs: tuple[str, ...]
    daily_cap: int | None
    series_most: int | None
    no_shows_allowed: int | None
    questions: tuple[QuestionSpec, ...]
    position: int


@dataclass(frozen=True)
class HoursSpec:
    """One weekly stretch of work, or a break in it where it does not ``work``.

    ``weekday`` is 0 for Monday; no visit types means all, no mode any. What the other terms mean
    is told at ``AvailabilityRule``.
    """

    line: int
    site: str
    weekday: int
    starts: time
    ends: time
    valid_from: date
    valid_until: date | None
    visit_types: tuple[str, ...] = ()
    works: bool = True
    every_weeks: int = 1
    mode: str = ""
    kept_for: str = ""
    release_days: int | None = None
    release_time: time | None = None

    @property
    def minutes(self) -> int:
        return minutes_between(self.starts, self.ends)


@dataclass(frozen=True)
class DayChangeSpec:
    """A day, or part of one, that differs, for a site or for one clinician.

    ``effect`` is ``closed`` or ``extra``. Without times it is the whole day.
    """

    line: int
    on_date: date
    effect: str
    site: str | None = None
    clinician: str | None = None
    starts: time | None = None
    ends: time | None = None
    reason: str = ""


@dataclass(frozen=True)
class ClinicianSpec:
    """``departments`` are "site/department"; ``hours`` hold the weekly breaks as well."""

    line: int
    slug: str
    name: str
    titles: Words
    languages: tuple[str, ...]
    gender: str
    sites: tuple[str, ...]
    departments: tuple[str, ...]
    visit_types: tuple[str, ...]
    hours: tuple[HoursSpec, ...]
    changes: tuple[DayChangeSpec, ...]


@dataclass(frozen=True)
class RoomSpec:
    """A room or a device (``kind``) that visits need one of its ``category`` of."""

    line: int
    slug: str
    kind: str
    site: str
    category: str
    capacity: int
    names: Words


@dataclass(frozen=True)
class SessionSpec:
    """Places in a group that ``leader`` holds, as many as its ``capacity``."""

    line: int
    slug: str
    leader: str
    capacity: int
    names: Words
    hours: tuple[HoursSpec, ...]


@dataclass(frozen=True)
class ClinicSpec:
    """A whole clinic group. ``closures`` and public ``holidays`` are its sites'."""

    group: GroupSpec
    sites: tuple[SiteSpec, ...]
    places: tuple[PlaceSpec, ...]
    visit_types: tuple[VisitTypeSpec, ...]
    plans: tuple[PlanSpec, ...]
    clinicians: tuple[ClinicianSpec, ...]
    rooms: tuple[RoomSpec, ...]
    sessions: tuple[SessionSpec, ...]
    closures: tuple[DayChangeSpec, ...]
    holidays: tuple[DayChangeSpec, ...]

    @property
    def day_changes(self) -> tuple[DayChangeSpec, ...]:
        """Every day that differs, for sites and for clinicians."""
        own = [change for clinician in self.clinicians for change in clinician.changes]
        return (*self.closures, *self.holidays, *own)


def minutes_between(starts: time, ends: time) -> int:
    return (ends.hour - starts.hour) * 60 + ends.minute - starts.minute

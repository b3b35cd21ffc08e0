"""A time that staff think of, and what may speak against it."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from scheduling.availability.selectors.search import Search, shape_of
from scheduling.clinic.rules.working_hours import Interval, instant_of
from scheduling.clinic.selectors.directory import SiteFacts
from scheduling.models import Clinician, Site

# Nobody can decide to have these.
FINAL = frozenset({"past", "clinician_gone", "no_session"})
KINDS = frozenset(
    """
    past too_soon too_far clinician_gone not_theirs no_video video_only closed day_off
    outside_hours no_session kept_for_others visit elsewhere hold block session session_way buffer
    travel full no_room cap not_offered patient_busy too_late
    """.split()
)


@dataclass(frozen=True, slots=True)
class Conflict:
    """One thing that speaks against a time.

    ``kind`` is a stable word (those of ``KINDS``). ``name`` is whom or what it is with,
    ``starts_at`` and ``ends_at`` when that is, ``reason`` what was written down about it,
    ``number`` the minutes of travel or notice, or a cap. ``about`` is the row it comes from.
    """

    kind: str
    name: str = ""
    reason: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    number: int = 0
    about: int = 0

    @property
    def key(self) -> str:
        """Names it from one look to the next, so that nobody overrides what they did not see."""
        return f"{self.kind}:{self.about}" if self.about else f"{self.kind}:{self.name}"

    @property
    def names_a_patient(self) -> bool:
        """Whether it is told by the name of whose visit it is ``about``."""
        return self.kind in ("visit", "buffer")

    @property
    def final(self) -> bool:
        """Whether no reason can override it."""
        return self.kind in FINAL


@dataclass(frozen=True)
class Proposal:
    """A time that staff think of: with one clinician, at the one site of the one-day search."""

    search: Search
    site: Site
    clinician: Clinician
    starts_at: datetime
    person_id: int | None = None

    @property
    def facts(self) -> SiteFacts:
        site = self.site
        return SiteFacts.of(site)

    @property
    def day(self) -> date:
        return self.starts_at.astimezone(ZoneInfo(self.site.time_zone)).date()

    @property
    def own(self) -> Interval:
        """The visit's own time, without buffers."""
        start = instant_of(self.starts_at)
        return start, start + self.search.visit_type.minutes * 60

    @property
    def occupied(self) -> Interval:
        return shape_of(self.search.visit_type).occupied(instant_of(self.starts_at))

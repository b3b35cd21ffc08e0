"""A visit that somebody asks for, before it is known whether it can be had."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from scheduling.availability.selectors.busy import Ignored
from scheduling.availability.selectors.search import Search, search_at
from scheduling.clinic.selectors.directory import Directory
from scheduling.models import Appointment, Hold, Mode, Site, VisitType


@dataclass(frozen=True, slots=True)
class WantedVisit:
    """What is asked for, where, when, with whom and how.

    ``clinician_id`` None means anyone, or anyone ``among`` some. ``hold`` keeps the time for who
    asks.
    """

    visit_type: VisitType
    site: Site
    starts_at: datetime
    clinician_id: int | None = None
    hold: Hold | None = None
    mode: str = Mode.IN_PERSON
    among: Collection[int] | None = None

    @classmethod
    def from_hold(cls, hold: Hold) -> "WantedVisit":
        return cls(hold.visit_type, hold.site, hold.starts_at, hold.clinician_id, hold, hold.mode)

    @classmethod
    def as_it_is(cls, visit: Appointment, *, mode: str) -> "WantedVisit":
        """The time and place that a visit has, met in another way."""
        return cls(visit.visit_type, visit.site, visit.starts_at, visit.clinician_id, mode=mode)

    @property
    def clinicians(self) -> Collection[int] | None:
        """Those who will do; None is anyone."""
        return self.among if self.clinician_id is None else [self.clinician_id]

    @property
    def told(self) -> tuple[object, ...]:
        """What tells a repeat of this request from a key that was used twice."""
        clinicians = None if self.clinicians is None else sorted(self.clinicians)
        return self.starts_at, self.site.pk, clinicians, self.mode

    def is_met_by(self, visit: Appointment) -> bool:
        """Whether a visit has what is asked for."""
        return (
            (visit.starts_at, visit.site_id) == (self.starts_at, self.site.pk)
            and visit.mode == self.mode
            and (self.clinicians is None or visit.clinician_id in self.clinicians)
        )

    def keeps_time_of(self, visit: Appointment) -> bool:
        """Whether a visit would stay where it is, with whom it is."""
        return (visit.starts_at, visit.site_id, visit.clinician_id) == (
            self.starts_at,
            self.site.pk,
            self.clinician_id,
        )

    def search(
        self,
        *,
        standing: str,
        now: datetime,
        directory: Directory | None = None,
        moving: Appointment | None = None,
        theirs: bool = False,
    ) -> Search:
        """The one-day search that lists this time, for a patient of that standing.

        ``moving`` is the visit that is to be moved there: what it takes itself is free for it.
        The time is ``theirs`` already where the visit keeps it, or had it a moment ago.
        """
        return search_at(
            visit_type=self.visit_type,
            site=self.site,
            starts_at=self.starts_at,
            clinician_id=self.clinician_id,
            among=self.among,
            mode=self.mode,
            standing=standing,
            ignored=Ignored(
                appointment_id=moving.pk if moving else None,
                hold_id=self.hold.pk if self.hold else None,
            ),
            now=now,
            directory=directory,
            keeps_time=theirs or (moving is not None and self.keeps_time_of(moving)),
        )

"""A time that staff propose for a visit, and the conflicts it may have."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from people.models import Person
from scheduling.appointments.selectors.appointments import standing_of
from scheduling.availability.selectors.search import Schedule, Search, Slot, shape_of
from scheduling.booking.selectors.wanted import WantedVisit
from scheduling.clinic.rules.working_hours import Interval, instant_of, subtract
from scheduling.clinic.selectors.directory import SiteFacts
from scheduling.clinic.selectors.rosters import Roster
from scheduling.models import Appointment, Clinician, Resource, Site

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
    """One conflict of a time.

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
    """A time that staff propose: with one clinician, at the one site of the one-day search."""

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


def proposal_for(
    wanted: WantedVisit,
    *,
    person: Person,
    now: datetime,
    moving: Appointment | None = None,
    theirs: bool = False,
) -> Proposal:
    """A request with a named clinician, as something that conflicts can be told of.

    ``moving`` and ``theirs`` are those of ``WantedVisit.search``.
    """
    search = wanted.search(
        standing=standing_of(person, now=now), now=now, moving=moving, theirs=theirs
    )
    clinician = Clinician.objects.select_related("resource").get(pk=wanted.clinician_id or 0)
    return Proposal(search, wanted.site, clinician, wanted.starts_at, person.pk)


def resource_of(proposal: Proposal) -> Resource | None:
    """What the visit takes of the clinician: their time, or a place in the session they lead.

    Of several sessions the one that is held then; None for a group visit of who leads none.
    """
    if not proposal.search.visit_type.group:
        return proposal.clinician.resource
    sessions = list(proposal.clinician.sessions.filter(active=True).order_by("pk"))
    roster = Roster([session.pk for session in sessions], proposal.day, proposal.day)
    held = (
        each
        for each in sessions
        if not subtract([proposal.own], roster.working(each.pk, proposal.facts, proposal.day))
    )
    return next(held, sessions[0] if sessions else None)


def slot_of(proposal: Proposal) -> Slot:
    """The time as the slot that it would be if it were offered."""
    resource = resource_of(proposal) or proposal.clinician.resource
    schedule = Schedule(
        resource_id=resource.pk,
        clinician_id=proposal.clinician.pk,
        site_id=proposal.site.pk,
        time_zone=proposal.site.time_zone,
        length=proposal.search.visit_type.minutes * 60,
        capacity=resource.capacity,
    )
    return Slot(instant_of(proposal.starts_at), schedule)

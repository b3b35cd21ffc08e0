"""Lines of another system's visits, against the clinic: what each would be, or why it cannot be."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from scheduling.availability.selectors.search import shape_of
from scheduling.clinic.rules.wall_time import instant
from scheduling.clinic.rules.working_hours import Instant, instant_of
from scheduling.exceptions import AmbiguousTime, NonexistentTime
from scheduling.imports.rules.csv_lines import BOOKED, CANCELED, CONFIRMED, Line, LineProblem
from scheduling.imports.rules.merging import ImportChange, ImportHistory, verdict
from scheduling.imports.selectors.imported import (
    Key,
    import_histories,
    visit_as_filed,
    visits_imported,
)
from scheduling.models import Appointment, Clinician, Mode, Resource, Site, VisitType

Place = tuple[int, int]  # a resource and one of its units
# Other systems write the end of time for "not yet known".
FURTHEST = timedelta(days=10 * 366)
_OFFERS = ("clinician_id", "visittype_id")


@dataclass(slots=True, eq=False)
class PlannedVisit:
    """A line as a visit: its time, and for each thing it takes the places it can have it from.

    ``moves`` is the visit that came before and goes there; None for a new one.
    """

    line: Line
    visit_type: VisitType
    site: Site
    clinician: Clinician
    starts_at: datetime
    span: tuple[Instant, Instant]
    choices: list[list[Place]]
    taken: list[Place] = field(default_factory=list)
    appointment_id: int = 0
    moves: Appointment | None = None


@dataclass(slots=True)
class SortedLines:
    """What some lines come to: visits to place, and visits that are here and change otherwise."""

    plans: list[PlannedVisit] = field(default_factory=list)
    canceled: list[tuple[Line, Appointment]] = field(default_factory=list)
    confirmed: list[tuple[Line, Appointment]] = field(default_factory=list)


class Incoming:
    """What was read of the clinic once, and what came of the lines so far.

    ``known`` counts the lines that say what is so already.
    """

    def __init__(self, now: datetime) -> None:
        self.now, self.known = now, 0
        self.problems: list[LineProblem] = []
        self.changes: list[ImportChange] = []
        self.seen: dict[Key, int] = {}
        self.sites = {site.slug: site for site in Site.objects.filter(active=True)}
        self.visit_types = {each.slug: each for each in VisitType.objects.filter(active=True)}
        clinicians = Clinician.objects.filter(active=True).select_related("resource")
        self.clinicians = {each.resource.slug: each for each in clinicians}
        self.offers = set(Clinician.visit_types.through.objects.values_list(*_OFFERS))
        self.rooms, self.sessions = _places()

    def say(self, line: Line, kind: str, about: str = "") -> None:
        self.problems.append(LineProblem(line.number, kind, about))

    def sort(self, lines: list[Line]) -> SortedLines:
        """What those lines come to; what is wrong with the others is said."""
        found = SortedLines()
        here = visits_imported(lines)
        differing: list[tuple[Line, Appointment]] = []
        for line in self._fresh(lines):
            visit = here.get((line.source, line.source_id))
            if visit is not None:
                self._compare(line, visit, differing, found)
            elif line.status != CANCELED and (plan := self._plan(line)):
                found.plans.append(plan)
        told = import_histories(visit for _, visit in differing)
        for line, visit in differing:
            self._change(line, visit, told[visit.pk], found)
        return found

    def _fresh(self, lines: list[Line]) -> Iterator[Line]:
        """Those that were not a few lines further up too."""
        for line in lines:
            key = (line.source, line.source_id)
            if key in self.seen:
                self.say(line, "twice", str(self.seen[key]))
            else:
                self.seen[key] = line.number
                yield line

    def _compare(
        self,
        line: Line,
        visit: Appointment,
        differing: list[tuple[Line, Appointment]],
        found: SortedLines,
    ) -> None:
        """A first look, for which no history is needed: nearly all lines are as they were."""
        if visit.person.born_on != line.patient.born_on:
            self.say(line, "other_patient")
        elif visit.visit_type.slug != line.visit_type:
            self.say(line, "other_type", line.visit_type)
        elif (
            line.status == CANCELED
            or visit.status == CANCELED
            or not visit_as_filed(visit).is_what(line)
        ):
            differing.append((line, visit))
        else:
            self.known += 1
            if (line.status, visit.status) == (CONFIRMED, BOOKED):
                found.confirmed.append((line, visit))

    def _change(
        self, line: Line, visit: Appointment, told: ImportHistory, found: SortedLines
    ) -> None:
        what = verdict(line, told)
        if what == "same":
            self.known += 1
        elif what == "canceled":
            found.canceled.append((line, visit))
        elif what == "kept":
            kept = ImportChange(line.number, "kept", line.source_id, told.came, told.stands)
            self.changes.append(kept)
        elif what != "moved":
            self.say(line, what)
        elif plan := self._plan(replace(line, mode=line.mode or visit.mode)):
            plan.moves, plan.appointment_id = visit, visit.pk
            found.plans.append(plan)

    def _plan(self, line: Line) -> PlannedVisit | None:
        site, visit_type = self.sites.get(line.site), self.visit_types.get(line.visit_type)
        clinician = self.clinicians.get(line.clinician)
        for name, found in (("site", site), ("visit_type", visit_type), ("clinician", clinician)):
            if found is None:
                self.say(line, name, getattr(line, name))
        if site is None or visit_type is None or clinician is None:
            return None
        starts_at = self._starts_at(line, site)
        mode = line.mode or str(visit_type.modes[0])
        if mode not in visit_type.modes:
            self.say(line, "mode", mode)
        if (clinician.pk, visit_type.pk) not in self.offers:
            self.say(line, "not_theirs", line.visit_type)
        if starts_at is None or (len(self.problems) and self.problems[-1].line == line.number):
            return None
        choices = self._choices(visit_type, site, clinician, mode)
        if not all(choices):
            self.say(line, "no_place", line.visit_type)
            return None
        span = shape_of(visit_type).occupied(instant_of(starts_at))
        patient = replace(line.patient, time_zone=site.time_zone)
        line = replace(line, mode=mode, patient=patient)
        return PlannedVisit(line, visit_type, site, clinician, starts_at, span, choices)

    def _starts_at(self, line: Line, site: Site) -> datetime | None:
        """The instant of the wall time; what is wrong with it is said."""
        wall = f"{line.day} {line.wall:%H:%M}"
        ahead = line.day - self.now.date()
        if abs(ahead) > FURTHEST:
            self.say(line, "past" if ahead < timedelta() else "far", wall)
            return None
        starts_at = self._instant(line, ZoneInfo(site.time_zone), wall)
        if starts_at is not None and starts_at <= self.now:
            self.say(line, "past", wall)
            return None
        return starts_at

    def _instant(self, line: Line, zone: ZoneInfo, wall: str) -> datetime | None:
        """Of a wall time that comes twice the one with the line's offset."""
        told = line.offset is not None
        try:
            starts_at = instant(line.day, line.wall, zone, fold=0 if told else None)
            if told and starts_at.astimezone(zone).utcoffset() != line.offset:
                starts_at = instant(line.day, line.wall, zone, fold=1)
        except NonexistentTime:
            self.say(line, "skipped", wall)
            return None
        except AmbiguousTime:
            self.say(line, "ambiguous", wall)
            return None
        if told and starts_at.astimezone(zone).utcoffset() != line.offset:
            self.say(line, "wrong_offset", wall)
            return None
        return starts_at

    def _choices(
        self, visit_type: VisitType, site: Site, clinician: Clinician, mode: str
    ) -> list[list[Place]]:
        """For each thing that the visit takes, the places it can have it from."""
        if visit_type.group:
            return [self.sessions.get(clinician.pk, [])]
        own = [[(clinician.resource_id, 0)]]
        needs = visit_type.needs if mode == Mode.IN_PERSON else []
        return own + [self.rooms.get((site.pk, need), []) for need in needs]


def _places() -> tuple[dict[tuple[int, str], list[Place]], dict[int, list[Place]]]:
    """The units of rooms and devices by (site, category), and of sessions by who leads them."""
    rooms: dict[tuple[int, str], list[Place]] = {}
    sessions: dict[int, list[Place]] = {}
    for each in Resource.objects.filter(active=True).order_by("pk"):
        units = [(each.pk, unit) for unit in range(each.capacity)]
        if each.kind == Resource.Kind.SESSION and each.leader_id:
            sessions.setdefault(each.leader_id, []).extend(units)
        elif each.site_id:
            rooms.setdefault((each.site_id, each.category), []).extend(units)
    return rooms, sessions

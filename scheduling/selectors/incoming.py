"""Lines of another system's visits, against the clinic: what each would be, or why it cannot be."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from scheduling.availability import Instant, instant_of
from scheduling.exceptions import AmbiguousTime, NonexistentTime
from scheduling.models import Clinician, ImportedAppointment, Mode, Resource, Site, VisitType
from scheduling.moving_in import Line, Problem
from scheduling.selectors.searches import shape_of
from scheduling.wall_time import instant

Place = tuple[int, int]  # a resource and one of its units
_OFFERS = ("clinician_id", "visittype_id")


@dataclass(slots=True)
class Plan:
    """A line as a visit: its time, and for each thing it takes the places it can have it from."""

    line: Line
    visit_type: VisitType
    site: Site
    clinician: Clinician
    starts_at: datetime
    span: tuple[Instant, Instant]
    choices: list[list[Place]]
    taken: list[Place] = field(default_factory=list)
    appointment_id: int = 0


class Incoming:
    """What was read of the clinic once, and what is wrong with the lines so far."""

    def __init__(self, now: datetime) -> None:
        self.now, self.known = now, 0
        self.problems: list[Problem] = []
        self.seen: dict[tuple[str, str], int] = {}
        self.sites = {site.slug: site for site in Site.objects.filter(active=True)}
        self.visit_types = {each.slug: each for each in VisitType.objects.filter(active=True)}
        clinicians = Clinician.objects.filter(active=True).select_related("resource")
        self.clinicians = {each.resource.slug: each for each in clinicians}
        self.offers = set(Clinician.visit_types.through.objects.values_list(*_OFFERS))
        self.rooms, self.sessions = _places()

    def say(self, line: Line, kind: str, about: str = "") -> None:
        self.problems.append(Problem(line.number, kind, about))

    def plans(self, lines: list[Line]) -> list[Plan]:
        """Those lines as visits that are new and make sense; the others are told."""
        return [plan for line in self._fresh(lines) if (plan := self._plan(line))]

    def _fresh(self, lines: list[Line]) -> Iterator[Line]:
        """Those that were not imported before, and not a few lines further up."""
        ids = {line.source_id for line in lines}
        known = set(
            ImportedAppointment.objects.filter(source_id__in=ids).values_list("source", "source_id")
        )
        for line in lines:
            key = (line.source, line.source_id)
            if key in self.seen:
                self.say(line, "twice", str(self.seen[key]))
                continue
            if key in known:
                self.known += 1
            else:
                yield line
            self.seen[key] = line.number

    def _plan(self, line: Line) -> Plan | None:
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
        return Plan(line, visit_type, site, clinician, starts_at, span, choices)

    def _starts_at(self, line: Line, site: Site) -> datetime | None:
        """The instant of the wall time; what is wrong with it is said."""
        zone = ZoneInfo(site.time_zone)
        wall = f"{line.day} {line.wall:%H:%M}"
        try:
            starts_at = instant(line.day, line.wall, zone, fold=0 if line.offset else None)
            if line.offset and starts_at.astimezone(zone).utcoffset() != line.offset:
                starts_at = instant(line.day, line.wall, zone, fold=1)
        except NonexistentTime:
            self.say(line, "skipped", wall)
            return None
        except AmbiguousTime:
            self.say(line, "ambiguous", wall)
            return None
        if line.offset and starts_at.astimezone(zone).utcoffset() != line.offset:
            self.say(line, "wrong_offset", wall)
            return None
        if starts_at <= self.now:
            self.say(line, "past", wall)
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

"""Who of the staff asks, and about which of their sites, days and people."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest
from django.utils.dateparse import parse_date
from django.utils.translation import get_language

import clock
from people.models import Person, User
from people.rules.names import in_language
from people.selectors import roles_of
from people.services import audit
from scheduling.appointments.selectors.appointments import sites_of_staff
from scheduling.appointments.selectors.patients import patients_of_staff
from scheduling.booking.selectors.proposals import Conflict
from scheduling.booking.selectors.wanted import WantedVisit
from scheduling.booking.services.overrides import MAY_OVERRIDE, Override
from scheduling.booking.words import conflict_words
from scheduling.calendar.selectors.at_site import clinicians_at, rooms_of
from scheduling.calendar.selectors.day_calendar import nearest_day
from scheduling.models import Appointment, Resource, Site, VisitType

# The site looked at last; the arrivals board goes by it too.
SITE = "desk_site"
# Whom one may choose: who works at a site within these days.
NEAR_DAYS = 60


@dataclass(frozen=True)
class Desk:
    """A member of staff at work: their sites, the one they look at, and what time it is."""

    user: User
    now: datetime
    sites: Sequence[Site]
    site: Site

    @property
    def today(self) -> date:
        return self.now.astimezone(ZoneInfo(self.site.time_zone)).date()

    @property
    def has_calendar(self) -> bool:
        """Whether theirs is the desk; agents have the patients' pages."""
        return bool(MAY_OVERRIDE & roles_of(self.user))

    def day(self, text: str) -> date:
        """A date in an address, brought near to what calendars have, or today."""
        try:
            return nearest_day(parse_date(text) or self.today)
        except ValueError:
            return self.today

    def clinicians(self) -> list[Resource]:
        """The time of everybody who works at one of the sites these days, by name."""
        first, last = self.today - timedelta(days=NEAR_DAYS), self.today + timedelta(days=NEAR_DAYS)
        found = {
            resource.pk: resource
            for site in self.sites
            for resource in clinicians_at(site, first, last)
        }
        return sorted(found.values(), key=lambda each: each.clinician.name)

    def rooms(self) -> list[Resource]:
        return [room for site in self.sites for room in rooms_of(site)]

    def note(self, visits: Iterable[Appointment], action: str) -> None:
        """Leave a trail of whose visits were read."""
        people = sorted({visit.person_id for visit in visits})
        audit.note(actor=self.user, person_ids=people, action=action, subject="", now=self.now)


def visit_types_offered() -> list[tuple[VisitType, str]]:
    """Every kind of visit that can be booked, with its name in the active language."""
    language = get_language() or "en"
    return [
        (each, in_language(each.names, language)) for each in VisitType.objects.filter(active=True)
    ]


def desk_of(request: HttpRequest) -> Desk:
    """The desk of who asks. Raises Http404 for who has no site."""
    user = request.user
    if not isinstance(user, User):
        raise Http404
    sites = list(sites_of_staff(user))
    if not sites:
        raise Http404
    slug = request.GET.get("site") or request.session.get(SITE)
    site = next((each for each in sites if each.slug == slug), sites[0])
    if request.session.get(SITE) != site.slug:
        request.session[SITE] = site.slug
    return Desk(user, clock.now(), sites, site)


def patient_of(desk: Desk, person_id: uuid.UUID | str) -> Person:
    """A patient of this member of staff's sites, audited; to others they do not exist."""
    try:
        people = Person.objects.filter(public_id=person_id)
    except ValidationError as broken:
        raise Http404 from broken
    person = patients_of_staff(people, desk.user).first()
    if person is None:
        raise Http404
    audit.note(
        actor=desk.user,
        person_ids=[person.pk],
        action="person.read",
        subject=f"person:{person.pk}",
        now=desk.now,
    )
    return person


def named(wanted: WantedVisit) -> str:
    """What a decision was about: conflicts seen for one time are not accepted for another."""
    return f"{wanted.site.slug} {wanted.clinician_id} {wanted.starts_at.isoformat()} {wanted.mode}"


def decision(request: HttpRequest, wanted: WantedVisit, reason: str) -> Override:
    """What was accepted of this very wanted, and why."""
    if request.POST.get("accepted_for") != named(wanted):
        return Override(reason=reason)
    return Override(frozenset(request.POST.getlist("accepted")), reason)


def conflict_lines(
    desk: Desk, conflicts: Sequence[Conflict], site: Site
) -> list[dict[str, object]]:
    """Conflicts for a page: a sentence, and the key that accepts it. Whom they name is audited."""
    if named := [each.about for each in conflicts if each.names_a_patient]:
        desk.note(Appointment.objects.filter(pk__in=named), "conflicts.read")
    return [
        {"words": conflict_words(each, site), "key": each.key, "final": each.final}
        for each in conflicts
    ]

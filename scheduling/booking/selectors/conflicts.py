"""Everything that speaks against a time, for staff who may decide to have it all the same.

Booking stops at the first obstacle; here all are told at once, as plain values.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from django.db.models import Q, QuerySet

from scheduling.availability.rules.starts import clear
from scheduling.availability.selectors.busy import (
    LONGEST_ALLOCATION,
    Ignored,
    Window,
    busy_rows,
    places_of,
    pools_of,
)
from scheduling.availability.selectors.search import Search
from scheduling.availability.selectors.slots import slots_at
from scheduling.booking.selectors.proposals import Conflict, Proposal, resource_of
from scheduling.clinic.rules.travel import LONGEST_TRAVEL, travel_minutes
from scheduling.clinic.rules.working_hours import (
    Interval,
    instant_of,
    merge,
    moment_of,
    span_of,
    subtract,
)
from scheduling.clinic.selectors.directory import SiteFacts
from scheduling.clinic.selectors.rosters import Roster, bounds
from scheduling.models import Allocation, Appointment, Mode, Resource, Site
from scheduling.transitions import PRESENT, UPCOMING, Status

# What an empty calendar would not have.
IN_THE_WAY = frozenset({"visit", "elsewhere", "hold", "block", "buffer", "travel", "full", "cap"})


def conflicts_of(proposal: Proposal) -> list[Conflict]:
    """Every conflict of a time, the gravest first; none when it is free, for this patient too.

    Asks the function that lists free times first, so that the two agree: what that does not
    offer has a conflict here, if only ``not_offered`` (off the grid, or meant for other visits).
    """
    with_patient = list(_of_patient(proposal))
    if slots_at(proposal.search, starts_at=proposal.starts_at):
        return with_patient
    found = [
        *_of_clinic(proposal),
        *_of_hours(proposal),
        *_of_others(proposal),
        *_of_rooms(proposal),
        *_of_cap(proposal),
    ]
    if not found or _is_off_the_grid(proposal, found):
        found.append(Conflict("not_offered"))
    return [*found, *with_patient]


def _is_off_the_grid(proposal: Proposal, found: Sequence[Conflict]) -> bool:
    """Whether the time would not be offered in an empty calendar either, for no other reason."""
    if any(each.kind not in IN_THE_WAY for each in found):
        return False
    alone = replace(proposal.search, ignored=Ignored(everything=True))
    return not slots_at(alone, starts_at=proposal.starts_at)


def _of_clinic(proposal: Proposal) -> Iterator[Conflict]:
    """What the clinic's own rules say, whoever else is there."""
    search, starts_at = proposal.search, proposal.starts_at
    earliest, latest = search.bookable
    if starts_at <= search.now:
        yield Conflict("past")
    elif starts_at < earliest:
        yield Conflict("too_soon", number=search.visit_type.minimum_notice)
    elif starts_at > latest:
        yield Conflict("too_far", number=search.visit_type.horizon_days)
    if not proposal.clinician.active:
        yield Conflict("clinician_gone", proposal.clinician.name)
    if not proposal.clinician.visit_types.filter(pk=search.visit_type.pk).exists():
        yield Conflict("not_theirs", proposal.clinician.name)
    if search.mode not in search.visit_type.modes:
        yield Conflict("no_video" if search.mode == Mode.VIDEO else "video_only")


def _of_hours(proposal: Proposal) -> Iterator[Conflict]:
    """When the clinician works there: closures, hours, and time that is kept for others."""
    resource = resource_of(proposal)
    if resource is None:
        yield Conflict("no_session", proposal.clinician.name)
        return
    facts, day = proposal.facts, proposal.day
    # A session is not held without who leads it.
    both = [resource.pk, proposal.clinician.resource_id]
    roster = Roster(both, day, day)
    closed = False
    for change, reason in roster.closures(both, facts.site_id, day):
        if change.starts is None or change.ends is None:
            span = None
        else:
            span = span_of(day, change.starts, change.ends, facts.zone)
        if span is None or _touch(span, proposal.own):
            closed = True
            kind = "closed" if change.resource_id is None else "day_off"
            yield Conflict(kind, proposal.clinician.name, reason)
    outside = subtract([proposal.own], roster.working(resource.pk, facts, day))
    if outside and not closed:
        yield Conflict("outside_hours", proposal.clinician.name)
    elif not outside and _is_kept(proposal):
        yield Conflict("kept_for_others")


def _is_kept(proposal: Proposal) -> bool:
    """Whether a patient of another standing could have it."""
    alone = replace(proposal.search, ignored=Ignored(everything=True))
    standings = [alone.standing, "new", "returning"]
    first, *others = (
        bool(slots_at(replace(alone, standing=each), starts_at=proposal.starts_at))
        for each in standings
    )
    return not first and any(others)


def _of_others(proposal: Proposal) -> Iterator[Conflict]:
    """Who or what has the clinician then: visits, blocks, holds, buffers and ways between."""
    resource = resource_of(proposal)
    if resource is None:
        return
    if resource.kind == Resource.Kind.SESSION:
        yield from _of_session(proposal, resource)
        return
    yield from _sessions_led(proposal)
    start, end = proposal.occupied
    reach = start - LONGEST_TRAVEL, end + LONGEST_TRAVEL
    for row in _rows_of(resource.pk, reach, proposal.search):
        since, until = bounds(row)
        taken = instant_of(since), instant_of(until)
        visit = row.appointment
        own = (instant_of(visit.starts_at), instant_of(visit.ends_at)) if visit else taken
        if _touch(own, proposal.own):
            yield _overlap(row, proposal)
        elif _touch(taken, proposal.occupied):
            found = _overlap(row, proposal)
            yield replace(found, kind="buffer") if found.kind == "visit" else found
        elif way := _minutes_to(row.site, proposal):
            around = taken[0] - way * 60, taken[1] + way * 60
            if _touch(around, proposal.occupied):
                yield replace(_overlap(row, proposal), kind="travel", number=way)


def _of_session(proposal: Proposal, session: Resource) -> Iterator[Conflict]:
    """That it is called off, that its leader is blocked, and that it is full."""
    for resource_id in (session.pk, proposal.clinician.resource_id):
        rows = _rows_of(resource_id, proposal.occupied, proposal.search)
        # A session is blocked in each of its places.
        for row in rows.filter(kind=Allocation.Kind.BLOCK, unit=0):
            yield _overlap(row, proposal)
    if not _has_room(proposal, [(session.pk, session.capacity)], blocks=False):
        yield Conflict("full", proposal.clinician.name, number=session.capacity)


def _sessions_led(proposal: Proposal) -> Iterator[Conflict]:
    """The hours of group sessions are not the leader's own, whether or not anybody comes.

    At other sites too, and the way there and back.
    """
    sessions = list(proposal.clinician.sessions.filter(active=True).order_by("pk"))
    roster = Roster([session.pk for session in sessions], proposal.day, proposal.day)
    for site in Site.objects.filter(pk__in=roster.site_ids, active=True).order_by("pk"):
        way = _minutes_to(site, proposal)
        for session in sessions:
            for held in roster.working(session.pk, SiteFacts.of(site), proposal.day):
                if _touch(held, proposal.occupied):
                    name = proposal.clinician.name
                    yield Conflict("session", name, "", *_moments(held), about=session.pk)
                elif _touch((held[0] - way * 60, held[1] + way * 60), proposal.occupied):
                    yield Conflict("session_way", site.name, "", *_moments(held), number=way)


def _moments(span: Interval) -> tuple[datetime, datetime]:
    return moment_of(span[0]), moment_of(span[1])


def _overlap(row: Allocation, proposal: Proposal) -> Conflict:
    visit = row.appointment
    starts_at, ends_at = bounds(row)
    if visit is None:
        kind = "block" if row.kind == Allocation.Kind.BLOCK else "hold"
        return Conflict(kind, "", row.reason, starts_at, ends_at, about=row.pk)
    if visit.site_id != proposal.site.pk:
        # Who works at one site need not see who is seen at another.
        return Conflict("elsewhere", visit.site.name, "", starts_at, ends_at, about=visit.pk)
    name = visit.person.full_name
    return Conflict("visit", name, "", visit.starts_at, visit.ends_at, about=visit.pk)


def _minutes_to(site: Site | None, proposal: Proposal) -> int:
    """Minutes between another site, where something is taken, and this one."""
    if site is None or site.pk == proposal.site.pk:
        return 0
    return travel_minutes(proposal.facts.where, (site.latitude, site.longitude))


def _of_rooms(proposal: Proposal) -> Iterator[Conflict]:
    needs = proposal.search.needs
    pools = pools_of([proposal.site.pk], needs)
    for need in needs:
        if not _has_room(proposal, pools.get((proposal.site.pk, need), [])):
            yield Conflict("no_room", need)


def _has_room(proposal: Proposal, pool: list[tuple[int, int]], *, blocks: bool = True) -> bool:
    """Whether a place is free; with or without regard to ``blocks``."""
    start, end = proposal.occupied
    search = proposal.search
    window = Window(start, end, search.asker.now, search.ignored)
    rows = {
        resource_id: [row for row in own if blocks or not row.block]
        for resource_id, own in busy_rows([each for each, _ in pool], window).items()
    }
    return clear([merge(place) for place in places_of(pool, rows)], (start, end))


def _of_cap(proposal: Proposal) -> Iterator[Conflict]:
    cap = proposal.search.visit_type.daily_cap
    if cap is None:
        return
    booked = (
        Appointment.objects.filter(
            clinician=proposal.clinician,
            visit_type=proposal.search.visit_type,
            local_date=proposal.day,
        )
        .exclude(status__in=[Status.CANCELED, Status.NO_SHOW])
        .exclude(pk=proposal.search.ignored.appointment_id or -1)
    )
    if booked.count() >= cap:
        yield Conflict("cap", proposal.clinician.name, number=cap)


def _of_patient(proposal: Proposal) -> Iterator[Conflict]:
    """Another visit of the same patient then."""
    if proposal.person_id is None:
        return
    start, end = (moment_of(each) for each in proposal.own)
    others = Appointment.objects.filter(
        person_id=proposal.person_id,
        status__in=UPCOMING | PRESENT,
        starts_at__lt=end,
        ends_at__gt=start,
    ).exclude(pk=proposal.search.ignored.appointment_id or -1)
    for visit in others.select_related("site").order_by("starts_at", "pk"):
        yield Conflict(
            "patient_busy", visit.site.name, "", visit.starts_at, visit.ends_at, about=visit.pk
        )


def _rows_of(resource_id: int, span: Interval, search: Search) -> QuerySet[Allocation]:
    """What is taken of a resource within a span, in order, with the visits."""
    ignored = search.ignored
    return (
        Allocation.objects.filter(
            Q(expires_at=None) | Q(expires_at__gt=search.now),
            active=True,
            resource_id=resource_id,
            during__startswith__gte=moment_of(span[0] - LONGEST_ALLOCATION),
            during__startswith__lt=moment_of(span[1]),
            during__endswith__gt=moment_of(span[0]),
        )
        .exclude(appointment_id=ignored.appointment_id or -1)
        .exclude(hold_id=ignored.hold_id or -1)
        .select_related("appointment__person", "appointment__site", "site")
        .order_by("during", "pk")
    )


def _touch(one: Interval, other: Interval) -> bool:
    return one[0] < other[1] and other[0] < one[1]

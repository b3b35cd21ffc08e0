"""A clinician is ill: their days are closed, and every visit in them is seen to.

All of it is closed and called off in one transaction, so that nobody is left unseen however this
ends. Then each that is to be moved has a transaction of its own: one that fails leaves the others
moved. What became of each is told. Doing all of it again changes nothing.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from infrastructure.retries import retried_once
from messaging.services import outbox
from messaging.services.worklist import drop_tasks
from people.models import StaffRole, User
from people.selectors import roles_of
from people.services import audit
from scheduling.appointments.selectors.appointments import sites_of_staff
from scheduling.appointments.selectors.called_off import (
    CALLED_OFF,
    called_off_key,
    calls_not_needed,
    closures_at,
)
from scheduling.booking.selectors.wanted import WantedVisit
from scheduling.booking.services import allocations
from scheduling.booking.services.claims import InConflict
from scheduling.booking.services.overrides import (
    MAY_OVERRIDE,
    TOO_LATE,
    MayNotOverride,
    Override,
    ReasonMissing,
)
from scheduling.booking.services.staff_booking import move_for_patient
from scheduling.clinic.rules.working_hours import moment_of
from scheduling.closures.rules import Away
from scheduling.closures.selectors.absences import LONGEST_ABSENCE_DAYS, visits_in_absence
from scheduling.closures.selectors.occupancy import holds_within, with_sessions
from scheduling.closures.services.ending_holds import end_holds
from scheduling.exceptions import IllegalTransition
from scheduling.models import Appointment, AvailabilityException, Clinician, Site

MOVED, HANDED_OVER, TAKEN, NOT_NEEDED = "moved", "handed_over", "taken", "not_needed"


@dataclass(frozen=True, slots=True)
class NewTime:
    """Where a visit is to go."""

    site: Site
    clinician_id: int
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class VisitOutcome:
    """What became of one visit: moved; handed_over to a person; taken (the new time was gone, so
    it was handed over too); not_needed (it was canceled or moved meanwhile).

    ``told`` is whether word of it goes to the patient; somebody has to call all others.
    """

    visit: Appointment
    what: str
    told: bool = True


def close_days(
    *,
    clinician: Clinician,
    away: Away,
    reason: str,
    chosen: Mapping[int, NewTime],
    user: User,
    now: datetime,
) -> list[VisitOutcome]:
    """Close a clinician's time, move the ``chosen`` visits (by id), call all others off.

    Whose visit is called off is told at once, and called by the desk. Visits at sites that are
    not this member of staff's are called off as well, and not told of. Raises MayNotOverride,
    ReasonMissing, ValueError for no time at all or more than fourteen days.
    """
    if not (away.takes_time and away.days <= LONGEST_ABSENCE_DAYS):
        raise ValueError(f"an absence takes some time, and at most {LONGEST_ABSENCE_DAYS} days")
    if not MAY_OVERRIDE & roles_of(user):
        raise MayNotOverride
    if not reason.strip():
        raise ReasonMissing
    own = set(sites_of_staff(user).values_list("pk", flat=True))
    theirs = Appointment.objects.filter(pk__in=chosen, site__in=own)
    moving = set(theirs.values_list("pk", flat=True))
    outcomes = [
        _move(each.visit, chosen[each.visit.pk], reason, user, now)
        if each.visit.pk in moving
        else each
        for each in _close(clinician, away, reason, user, now, moving=moving)
    ]
    drop_calls_not_needed(now=now)
    return [each for each in outcomes if each.visit.site_id in own]


@retried_once
@transaction.atomic
def _close(
    clinician: Clinician,
    away: Away,
    reason: str,
    user: User,
    now: datetime,
    *,
    moving: Container[int],
) -> list[VisitOutcome]:
    """Nobody can have the time any more, and every visit in it is called off: who is to be moved
    is on the desk's list until then, and told when it is done.
    """
    _take_away(clinician, away, reason, now)
    return [
        call_off(visit=visit, user=user, now=now, tell=visit.pk not in moving)
        for visit in visits_in_absence(clinician, away, now=now)
    ]


def _take_away(clinician: Clinician, away: Away, reason: str, now: datetime) -> None:
    """Close the hours, in the group sessions they lead either, and end what people hold of them."""
    taken_away = with_sessions(clinician.resource)
    allocations.close_resources(taken_away)
    for day, starts, ends in away.hours():
        AvailabilityException.objects.get_or_create(
            resource_id=clinician.resource_id,
            site=None,
            on_date=day,
            starts=starts,
            ends=ends,
            effect=AvailabilityException.Effect.CLOSED,
            from_file=False,
            defaults={"reason": reason},
        )
    for zone in Site.objects.order_by().values_list("time_zone", flat=True).distinct():
        start, end = away.span(ZoneInfo(zone))
        held = holds_within(taken_away, starts_at=moment_of(start), ends_at=moment_of(end))
        end_holds([hold for hold in held if hold.site.time_zone == zone], now=now)


def _move(visit: Appointment, to: NewTime, reason: str, user: User, now: datetime) -> VisitOutcome:
    try:
        moved = move_for_patient(
            appointment=visit,
            wanted=WantedVisit(
                visit.visit_type, to.site, to.starts_at, to.clinician_id, mode=visit.mode
            ),
            user=user,
            now=now,
            # However late it is for the patient: it is we who cannot keep the time.
            override=Override(frozenset({TOO_LATE.key}), reason),
            reason=reason,
        )
    except IllegalTransition:
        return VisitOutcome(visit, NOT_NEEDED)
    except InConflict:
        return replace(call_off(visit=visit, user=user, now=now), what=TAKEN)
    return VisitOutcome(moved, MOVED)


@transaction.atomic
def call_off(*, visit: Appointment, user: User, now: datetime, tell: bool = True) -> VisitOutcome:
    """Tell the patient that it cannot take place, and have the desk find a time with them.

    It stays a visit until it is moved or canceled, and is not reminded of meanwhile. Once for
    each absence; nothing where there is none any more.
    """
    closure = closures_at(visit).first()
    if closure is None:
        return VisitOutcome(visit, NOT_NEEDED)
    _put_on_the_list(visit, closure, now)
    told = tell and _tell(visit, closure, now)
    audit.note(
        actor=user,
        person_ids=[visit.person_id],
        action="appointment.hand_over",
        subject=f"appointment:{visit.pk}",
        now=now,
    )
    return VisitOutcome(visit, HANDED_OVER, told=told)


def _put_on_the_list(visit: Appointment, closure: AvailabilityException, now: datetime) -> None:
    outbox.hand_to_a_person(
        key=called_off_key(visit, closure.pk),
        kind=CALLED_OFF,
        person=visit.person,
        about="appointment",
        about_id=visit.pk,
        role=StaffRole.Role.FRONT_DESK,  # it may move a visit against the rules too
        detail=f"{visit.clinician.name}: {closure.reason}",
        now=now,
    )


def _tell(visit: Appointment, closure: AvailabilityException, now: datetime) -> bool:
    """False where no message reaches the patient, who is on the list already by this key."""
    messages = outbox.queue_messages(
        key=called_off_key(visit, closure.pk),
        kind=CALLED_OFF,
        person=visit.person,
        channels=[visit.person.preferred_channel, "email"],
        about="appointment",
        about_id=visit.pk,
        about_version=visit.version,
        useful_until=max(visit.starts_at, now),
        now=now,
    )
    return messages.exists()


def drop_calls_not_needed(*, now: datetime) -> int:
    """Take off the worklist whom nobody need call about an absence any more; how many.

    Forward by pulling: patients move and cancel on many ways, none of which knows of the list.
    """
    return drop_tasks(keys=calls_not_needed().values_list("key", flat=True), now=now)

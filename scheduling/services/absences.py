"""A clinician is ill: their days are closed, and every visit in them is seen to.

Each visit has a transaction of its own, so that one that fails leaves the others moved; what
became of each is told. Doing all of it again changes nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from messaging.services import outbox
from people.models import User
from people.selectors import roles_of
from people.services import audit
from scheduling.exceptions import IllegalTransition
from scheduling.models import Appointment, AvailabilityException, Clinician, Site
from scheduling.selectors.absences import LONGEST_ABSENCE_DAYS, visits_in_absence
from scheduling.selectors.appointments import sites_of_staff
from scheduling.services.booking import Wish
from scheduling.services.deciding import (
    MAY_OVERRIDE,
    TOO_LATE,
    InConflict,
    MayNotOverride,
    Override,
    ReasonMissing,
)
from scheduling.services.overriding import move_for_patient

MOVED, HANDED_OVER, TAKEN, NOT_NEEDED = "moved", "handed_over", "taken", "not_needed"


@dataclass(frozen=True, slots=True)
class NewTime:
    """Where a visit is to go."""

    site: Site
    clinician_id: int
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one visit: moved; handed_over to a person; taken (the new time was gone, so
    it was handed over too); not_needed (it was canceled or moved meanwhile).
    """

    visit: Appointment
    what: str


def close_days(
    *,
    clinician: Clinician,
    first_day: date,
    last_day: date,
    reason: str,
    chosen: Mapping[int, NewTime],
    user: User,
    now: datetime,
) -> list[Outcome]:
    """Close a clinician's days, move the ``chosen`` visits (by id), hand all others to a person.

    The days are closed first, so that nobody books into them meanwhile. Visits at sites that are
    not this member of staff's are handed over as well, and not told of. Raises MayNotOverride,
    ReasonMissing, ValueError for no day or more than fourteen.
    """
    if not 0 <= (last_day - first_day).days < LONGEST_ABSENCE_DAYS:
        raise ValueError(f"an absence is one to {LONGEST_ABSENCE_DAYS} days")
    if not MAY_OVERRIDE & roles_of(user):
        raise MayNotOverride
    if not reason.strip():
        raise ReasonMissing
    _close(clinician, first_day, last_day, reason)
    own = set(sites_of_staff(user).values_list("pk", flat=True))
    outcomes = []
    for visit in visits_in_absence(clinician, first_day=first_day, last_day=last_day, now=now):
        to = chosen.get(visit.pk) if visit.site_id in own else None
        outcome = _see_to(visit, to, reason, user, now)
        if visit.site_id in own:
            outcomes.append(outcome)
    return outcomes


@transaction.atomic
def _close(clinician: Clinician, first_day: date, last_day: date, reason: str) -> None:
    for day in _days(first_day, last_day):
        AvailabilityException.objects.get_or_create(
            resource_id=clinician.resource_id,
            site=None,
            on_date=day,
            starts=None,
            ends=None,
            effect=AvailabilityException.Effect.CLOSED,
            defaults={"reason": reason},
        )


def _days(first_day: date, last_day: date) -> Iterator[date]:
    for number in range((last_day - first_day).days + 1):
        yield first_day + timedelta(days=number)


def _see_to(
    visit: Appointment, to: NewTime | None, reason: str, user: User, now: datetime
) -> Outcome:
    if to is None:
        _hand_over(visit, reason, user, now)
        return Outcome(visit, HANDED_OVER)
    try:
        moved = move_for_patient(
            appointment=visit,
            wish=Wish(visit.visit_type, to.site, to.starts_at, to.clinician_id, mode=visit.mode),
            user=user,
            now=now,
            # However late it is for the patient: it is we who cannot keep the time.
            override=Override(frozenset({TOO_LATE.key}), reason),
            reason=reason,
        )
    except IllegalTransition:
        return Outcome(visit, NOT_NEEDED)
    except InConflict:
        _hand_over(visit, reason, user, now)
        return Outcome(visit, TAKEN)
    return Outcome(moved, MOVED)


@transaction.atomic
def _hand_over(visit: Appointment, reason: str, user: User, now: datetime) -> None:
    """A person is a channel too: somebody calls, and finds another time with the patient."""
    outbox.hand_to_a_person(
        key=f"clinician_away:{visit.pk}:{visit.version}",
        kind="clinician_away",
        person=visit.person,
        about="appointment",
        about_id=visit.pk,
        detail=f"{visit.clinician.name}: {reason}",
        now=now,
    )
    audit.note(
        actor=user,
        person_ids=[visit.person_id],
        action="appointment.hand_over",
        subject=f"appointment:{visit.pk}",
        now=now,
    )

"""Series: many visits booked, moved and canceled in one press, each an ordinary visit.

One press is one transaction. What can be had is booked; what somebody else has by now is told with
the nearest times, so that nothing that was chosen is lost over it. All that is taken or freed is
locked first, in the order of ids.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from infrastructure.retries import retried_once
from people.models import User
from scheduling.appointments.selectors.appointments import newest_event
from scheduling.appointments.services import notices
from scheduling.availability.selectors.search import Slot
from scheduling.booking.selectors.wanted import WantedVisit
from scheduling.booking.services import allocations, lifecycle
from scheduling.booking.services.booking import book_appointment
from scheduling.booking.services.idempotency import is_repeat
from scheduling.booking.services.moving import refuse_late_change
from scheduling.booking.services.rescheduling import reschedule_appointment
from scheduling.booking.services.undo import undo_change, visit_before
from scheduling.exceptions import (
    HasVisitThen,
    SlotNotOffered,
    SlotTaken,
    TooLateToChange,
    UndoOver,
)
from scheduling.models import Allocation, Appointment, Series
from scheduling.series.selectors.series import SeriesDetails, rest_of, undoable_of
from scheduling.transitions import SETTLED_AFTER, Status


@dataclass(frozen=True, slots=True)
class ChosenTime:
    """A time of a plan, with its clinician."""

    starts_at: datetime
    clinician_id: int


@dataclass(frozen=True, slots=True)
class LostTime:
    """A chosen time that could not be had, and the nearest that can. ``visit`` stays as it is."""

    chosen: ChosenTime
    alternatives: list[Slot]
    visit: Appointment | None = None


@dataclass(frozen=True, slots=True)
class SeriesResult:
    """What became of one press. ``kept`` are visits that are too near to be changed."""

    series: Series | None
    visits: list[Appointment]
    lost: list[LostTime] = field(default_factory=list)
    kept: list[Appointment] = field(default_factory=list)


@retried_once
@transaction.atomic
def book_series(
    *,
    where: SeriesDetails,
    chosen: Sequence[ChosenTime],
    user: User,
    key: str,
    now: datetime,
    series: Series | None = None,
) -> SeriesResult:
    """Book each chosen time as a visit of one series, once for each ``key`` of this account.

    With ``series`` the visits join it. The caller has checked that ``user`` may act for the
    person. Raises BookByPhone, HasVisitThen, KeyReused, and ValueError for more times than the
    kind of visit allows, or a series of somebody or something else.
    """
    if series and not where.is_of(series):
        raise ValueError("a series of somebody or something else")
    times = sorted(set(chosen), key=lambda each: (each.starts_at, each.clinician_id))
    if not 0 < len(times) <= (where.visit_type.series_most or 1):
        raise ValueError("more visits than can be booked in one go")
    allocations.lock_for_visits(
        clinician_ids={each.clinician_id for each in times},
        site_id=where.site.pk,
        needs=where.needs,
    )
    visits: list[Appointment] = []
    lost: list[LostTime] = []
    for number, each in enumerate(times):
        wanted = WantedVisit(
            where.visit_type, where.site, each.starts_at, each.clinician_id, mode=where.mode
        )
        try:
            visit = book_appointment(
                wanted=wanted,
                person=where.person,
                user=user,
                idempotency_key=f"{key}:{number}",
                now=now,
                tell=False,
            )
        except (SlotTaken, SlotNotOffered) as fact:
            lost.append(LostTime(each, fact.alternatives))
        else:
            visits.append(visit)
    return SeriesResult(_join(series, visits, where, user, now), visits, lost)


def _join(
    series: Series | None,
    visits: list[Appointment],
    where: SeriesDetails,
    user: User,
    now: datetime,
) -> Series | None:
    """The series of the visits, made for them when there is none; None for no visits.

    A request that was sent before finds the one it made.
    """
    known = next((visit.series for visit in visits if visit.series is not None), series)
    new = [visit.pk for visit in visits if visit.series_id is None]
    if not new:
        return known
    if known is None:
        known = Series.objects.create(
            person=where.person, visit_type=where.visit_type, booked_by=user, created_at=now
        )
    Appointment.objects.filter(pk__in=new).update(series=known)
    for visit in visits:
        visit.series = known
    notices.queue_series_times(known, visits, now=now)
    return known


@transaction.atomic
def cancel_rest(
    *, series: Series, first: Appointment, user: User, reason: str, now: datetime, key: str = ""
) -> SeriesResult:
    """Cancel a visit of a series and all that follow it. For a minute it can be undone.

    Those that are too near to be canceled are kept, and told. The times are free at once. With
    nothing left to cancel it is success. Raises KeyReused.
    """
    rest = _lock_rest(series, first, now)
    if is_repeat(("cancel_rest", reason), of=first, user=user, key=key, now=now):
        return SeriesResult(series, [])
    canceled, kept = _parted(rest, now)
    canceled = [
        lifecycle.change_status(
            appointment=visit, to=Status.CANCELED, actor=user, reason=reason, now=now
        )
        for visit in canceled
    ]
    if canceled:
        notices.queue_series_canceled(series, canceled, now=now, due_at=now + SETTLED_AFTER)
    return SeriesResult(series, canceled, kept=kept)


def _lock_rest(series: Series, first: Appointment, now: datetime) -> list[Appointment]:
    """The visits from one on, locked in the order of ids, given in the order of time."""
    rest = rest_of(series, since=first.starts_at, now=now)
    locked = rest.order_by("pk").select_for_update(of=("self",))
    return sorted(locked, key=lambda visit: (visit.starts_at, visit.pk))


def _parted(
    visits: Iterable[Appointment], now: datetime
) -> tuple[list[Appointment], list[Appointment]]:
    """Those that may be changed, and those that are too near."""
    may: list[Appointment] = []
    near: list[Appointment] = []
    for visit in visits:
        try:
            refuse_late_change(visit, now=now)
        except TooLateToChange:
            near.append(visit)
        else:
            may.append(visit)
    return may, near


@retried_once
@transaction.atomic
def move_rest(
    *,
    series: Series,
    first: Appointment,
    chosen: Mapping[int, ChosenTime],
    user: User,
    now: datetime,
    key: str = "",
) -> SeriesResult:
    """Move visits of a series (by id) to the times chosen for them.

    What is not to be had any more is told with the nearest times, and that visit keeps the time
    it has; so does one that would go where another of the patient's visits stays. For a minute it
    can be undone. Raises KeyReused.
    """
    rest = _lock_rest(series, first, now)
    asked = ("move_rest", sorted((pk, to.starts_at, to.clinician_id) for pk, to in chosen.items()))
    if is_repeat(asked, of=first, user=user, key=key, now=now):
        return SeriesResult(series, [])
    movable, kept = _parted([visit for visit in rest if visit.pk in chosen], now)
    if not movable:
        return SeriesResult(series, [], kept=kept)
    _lock_all(movable, chosen)
    moved: list[Appointment] = []
    lost: list[LostTime] = []
    for visit in _in_order(movable, chosen):
        to = chosen[visit.pk]
        try:
            moved.append(
                reschedule_appointment(
                    appointment=visit,
                    site=visit.site,
                    starts_at=to.starts_at,
                    clinician_id=to.clinician_id,
                    user=user,
                    reason="series",
                    now=now,
                    tell=False,
                )
            )
        except (SlotTaken, SlotNotOffered) as fact:
            lost.append(LostTime(to, fact.alternatives, visit))
        except HasVisitThen:
            lost.append(LostTime(to, [], visit))
    if moved:
        notices.queue_series_times(series, moved, now=now, due_at=now + SETTLED_AFTER)
    return SeriesResult(series, sorted(moved, key=lambda visit: visit.starts_at), lost, kept)


def _lock_all(visits: Sequence[Appointment], chosen: Mapping[int, ChosenTime]) -> None:
    first = visits[0]
    freed = Allocation.objects.filter(appointment__in=visits, active=True)
    where = SeriesDetails(first.visit_type, first.site, first.person, first.mode)
    allocations.lock_for_visits(
        clinician_ids={chosen[visit.pk].clinician_id for visit in visits},
        site_id=first.site_id,
        needs=where.needs,
        freed=freed.values_list("resource_id", flat=True),
    )


def _in_order(visits: Sequence[Appointment], chosen: Mapping[int, ChosenTime]) -> list[Appointment]:
    """Those that go furthest ahead of the others first, so that none waits for another's time."""
    later = [visit for visit in visits if chosen[visit.pk].starts_at > visit.starts_at]
    sooner = [visit for visit in visits if chosen[visit.pk].starts_at <= visit.starts_at]
    return [
        *sorted(later, key=lambda visit: visit.starts_at, reverse=True),
        *sorted(sooner, key=lambda visit: visit.starts_at),
    ]


@retried_once
@transaction.atomic
def undo_rest(*, series: Series, user: User, now: datetime) -> SeriesResult:
    """Take back what this account did to the visits of a series within the last minute.

    The last first: a visit that moved to where its neighbor was makes way before that one comes
    back. Those whose old time somebody else has, or the patient has another visit then, are told;
    the others are back.
    """
    back: list[Appointment] = []
    lost: list[LostTime] = []
    for visit in _lock_undoable(series, user, now):
        try:
            back.append(undo_change(appointment=visit, user=user, now=now))
        except UndoOver:
            continue  # something else has happened to it since we looked
        except (SlotTaken, HasVisitThen) as fact:
            wanted = visit_before(visit, newest_event(visit))
            was = ChosenTime(wanted.starts_at, wanted.clinician_id or visit.clinician_id)
            others = fact.alternatives if isinstance(fact, SlotTaken) else []
            lost.append(LostTime(was, others, visit))
    return SeriesResult(series, sorted(back, key=lambda visit: visit.starts_at), lost)


def _lock_undoable(series: Series, user: User, now: datetime) -> list[Appointment]:
    """What may be taken back, the last first, with all that it takes or frees locked by id."""
    visits = undoable_of(series, user=user, now=now)
    if not visits:
        return []
    locked = Appointment.objects.filter(pk__in=[visit.pk for visit in visits]).order_by("pk")
    list(locked.select_for_update().values_list("pk", flat=True))
    first = visits[0]
    had = Allocation.objects.filter(appointment__in=visits).values_list("resource_id", flat=True)
    where = SeriesDetails(first.visit_type, first.site, first.person, first.mode)
    allocations.lock_for_visits(
        clinician_ids={visit.clinician_id for visit in visits},
        site_id=first.site_id,
        needs=where.needs,
        freed=had,
    )
    return visits

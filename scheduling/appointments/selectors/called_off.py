"""Which visits are called off: the clinician is away, and the patient was told."""

from collections.abc import Collection, Iterable
from datetime import time
from zoneinfo import ZoneInfo

from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from messaging.models import Task
from scheduling.clinic.rules.wall_time import LAST_MOMENT
from scheduling.models import Appointment, AvailabilityException, Clinician
from scheduling.transitions import UPCOMING

CALLED_OFF = "clinician_away"


def closures_of(
    resource_ids: Collection[int] | QuerySet[Clinician, int],
) -> QuerySet[AvailabilityException]:
    """The days, or parts of them, that were closed by hand; not those of the clinic file."""
    return AvailabilityException.objects.filter(
        resource__in=resource_ids,
        effect=AvailabilityException.Effect.CLOSED,
        from_file=False,
    )


def closures_at(visit: Appointment) -> QuerySet[AvailabilityException]:
    """What was closed by hand of its clinician's time when a visit is to be, oldest first."""
    own = Clinician.objects.filter(pk=visit.clinician_id).values_list("resource_id", flat=True)
    return (
        closures_of(own)
        .filter(Q(starts=None) | Q(starts__lt=_ends(visit), ends__gt=visit.local_time))
        .filter(on_date=visit.local_date)
        .order_by("pk")
    )


def called_off_key(visit: Appointment, closure_id: int) -> str:
    """Names that a visit, as it stands, was called off for a closed day; once for each of them."""
    return f"{CALLED_OFF}:{visit.pk}:{visit.version}:{closure_id}"


def is_called_off(visit: Appointment) -> bool:
    """Whether the patient was told that it cannot take place, and the clinician is still away.

    A visit that staff put into closed hours afterward takes place: its version was never called
    off. One query, by the index of closed days and the key of what was told.
    """
    key = Concat(
        Value(called_off_key(visit, 0).removesuffix("0")), Cast(OuterRef("pk"), CharField())
    )
    return closures_at(visit).filter(Exists(Task.objects.filter(key=key))).exists()


def calls_not_needed() -> QuerySet[Task]:
    """Open tasks for visits that are not called off as they stand: moved, switched, canceled, or
    their closed day is open again. The key of a task says what it was for.
    """
    as_it_stands = Concat(
        Value(f"{CALLED_OFF}:"),
        Cast(OuterRef("pk"), CharField()),
        Value(":"),
        Cast(OuterRef("version"), CharField()),
        Value(":"),
        Cast(F("pk"), CharField()),
    )
    closures = (
        AvailabilityException.objects.filter(
            resource=OuterRef("clinician__resource"), on_date=OuterRef("local_date")
        )
        .filter(effect=AvailabilityException.Effect.CLOSED, from_file=False)
        .annotate(called_off=as_it_stands)
        .filter(called_off=OuterRef(OuterRef("key")))
    )
    called_off = Appointment.objects.filter(
        Exists(closures), pk=OuterRef("about_id"), status__in=UPCOMING
    )
    return Task.objects.filter(
        ~Exists(called_off), kind=CALLED_OFF, about="appointment", status=Task.Status.OPEN
    )


def with_called_off(visits: Iterable[Appointment]) -> list[Appointment]:
    """The same visits, each knowing whether it is ``called_off``; their clinicians are read.

    Whoever shows visits asks for this. One query, and a second where anybody is away.
    """
    shown = list(visits)
    off = called_off_among(shown)
    for visit in shown:
        visit.called_off = visit.pk in off
    return shown


def called_off_among(visits: Collection[Appointment]) -> set[int]:
    """The ids of those that ``is_called_off``, which is asked of each with its clinician known.

    One query, and a second where anybody is away.
    """
    coming = [visit for visit in visits if visit.status in UPCOMING]
    closures = closures_of({visit.clinician.resource_id for visit in coming}).filter(
        on_date__in={visit.local_date for visit in coming}
    )
    keys = {
        called_off_key(visit, closure.pk): visit.pk
        for closure in closures
        for visit in coming
        if closure.resource_id == visit.clinician.resource_id and _touches(closure, visit)
    }
    if not keys:
        return set()
    told = Task.objects.filter(key__in=keys).values_list("key", flat=True)
    return {keys[key] for key in told}


def _touches(closure: AvailabilityException, visit: Appointment) -> bool:
    """What ``closures_at`` asks the database of one visit."""
    if closure.on_date != visit.local_date or closure.starts is None or closure.ends is None:
        return closure.on_date == visit.local_date
    return closure.starts < _ends(visit) and visit.local_time < closure.ends


def _ends(visit: Appointment) -> time:
    """Until when it takes on the clock of its day."""
    ends = visit.ends_at.astimezone(ZoneInfo(visit.time_zone))
    return ends.time() if ends.date() == visit.local_date else LAST_MOMENT

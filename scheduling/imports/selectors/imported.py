"""Reads about visits that came with a file: how they came, how they stand, who was told of them."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q

from messaging.models import Message
from messaging.transitions import OUT, State
from scheduling.imports.rules.csv_lines import MOVED_IN, Line
from scheduling.imports.rules.merging import FiledVisit, ImportHistory
from scheduling.models import Appointment, AppointmentEvent, ImportedAppointment
from scheduling.transitions import UPCOMING, Status

Key = tuple[str, str]  # a source, and the visit's key there
NAMES = ("person", "visit_type", "site", "clinician__resource")
# Saying yes to a time changes nothing of it; everything else that people do here may.
SAID_YES = Q(kind=AppointmentEvent.Kind.STATUS, to_status__in=UPCOMING)
BY_PEOPLE = ~Q(reason=MOVED_IN) & ~SAID_YES
MAY_HAVE_REACHED = OUT | {State.SENDING, State.UNKNOWN}
PAGE = 500


def visits_imported(lines: Sequence[Line]) -> dict[Key, Appointment]:
    """Those visits of some lines that came with an earlier file. One query."""
    ids = {line.source_id for line in lines}
    rows = ImportedAppointment.objects.filter(source_id__in=ids).select_related(
        *(f"appointment__{name}" for name in NAMES)
    )
    return {(row.source, row.source_id): row.appointment for row in rows}


def import_histories(visits: Iterable[Appointment]) -> dict[int, ImportHistory]:
    """How each of some visits came, and how it stands. One query."""
    by_id = {visit.pk: visit for visit in visits}
    changed: dict[int, list[AppointmentEvent]] = {}
    events = AppointmentEvent.objects.filter(BY_PEOPLE, appointment__in=by_id)
    for event in events.select_related("from_site", "from_clinician__resource").order_by("pk"):
        changed.setdefault(event.appointment_id, []).append(event)
    return {pk: _history(visit, changed.get(pk, [])) for pk, visit in by_id.items()}


def _history(visit: Appointment, by_people: list[AppointmentEvent]) -> ImportHistory:
    here = visit_as_filed(visit)
    stands = here if visit.status != Status.CANCELED else None
    if not by_people:
        return ImportHistory(stands, stands)
    came = next(filter(None, map(_filed_before, by_people)), here)
    # Who switched to video and back has changed nothing.
    changed = came != stands or visit.status not in UPCOMING
    return ImportHistory(came, stands, changed_here=changed)


def visit_as_filed(visit: Appointment) -> FiledVisit:
    """Where and when a visit is."""
    return FiledVisit(
        visit.site.slug,
        visit.clinician.resource.slug,
        visit.mode,
        visit.local_date,
        visit.local_time,
        _offset(visit.starts_at, visit.time_zone),
    )


def _filed_before(event: AppointmentEvent) -> FiledVisit | None:
    """Where a visit was before it was moved; None for another event."""
    site, clinician, starts_at = event.from_site, event.from_clinician, event.from_starts_at
    if site is None or clinician is None or starts_at is None:
        return None
    local = starts_at.astimezone(ZoneInfo(site.time_zone))
    offset = _offset(starts_at, site.time_zone)
    slug = clinician.resource.slug
    return FiledVisit(site.slug, slug, event.from_mode, local.date(), local.time(), offset)


def _offset(moment: datetime, zone: str) -> timedelta:
    return moment.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()


def visits_gone(seen: Collection[Key], *, now: datetime) -> Iterator[tuple[str, Appointment]]:
    """The visits to come of the same sources that a file does not name, and nobody changed here.

    Each with its key, in order of time.
    """
    touched = AppointmentEvent.objects.filter(BY_PEOPLE, appointment=OuterRef("appointment"))
    rows = (
        ImportedAppointment.objects.filter(
            ~Exists(touched),
            source__in={source for source, _ in seen},
            appointment__status__in=UPCOMING,
            appointment__starts_at__gt=now,
        )
        .order_by("appointment__starts_at", "pk")
        .values_list("source", "source_id", "appointment")
    )
    gone = ((each, pk) for *key, pk in rows.iterator() if (each := tuple(key)) not in seen)
    while page := dict(islice(gone, PAGE)):
        visits = Appointment.objects.select_related(*NAMES).in_bulk(page.values())
        yield from ((source_id, visits[pk]) for (_, source_id), pk in page.items())


def told_of(visit_ids: Collection[int]) -> frozenset[int]:
    """Those visits of which a message of ours may have reached the patient. One query."""
    said = Message.objects.filter(
        about="appointment", about_id__in=visit_ids, state__in=MAY_HAVE_REACHED
    )
    return frozenset(each for each in said.values_list("about_id", flat=True) if each)

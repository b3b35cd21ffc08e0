"""Appointments to come, as lines of a file that ``import_appointments`` reads."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import CharField, F, QuerySet
from django.db.models.functions import Cast, Coalesce

from people.models import Person
from scheduling.imports.rules.csv_lines import Cells, offset_words
from scheduling.models import Appointment
from scheduling.transitions import UPCOMING

CHUNK = 1000
OURS = "visitwell"


def visits_to_come(*, now: datetime) -> Iterator[Appointment]:
    """Every visit that is booked and has not begun, a chunk at a time, always in one order.

    Each has ``source_id`` (and ``source``): the key it came with, or else our own. Ids come first
    and rows follow, so that neither a cursor nor a transaction stays open while a file is read; a
    visit that is called off meanwhile is left out.
    """
    ids = list(_to_come(now=now).values_list("pk", flat=True))
    for first in range(0, len(ids), CHUNK):
        yield from (
            _to_come(now=now)
            .filter(pk__in=ids[first : first + CHUNK])
            .select_related("person", "visit_type", "site", "clinician__resource")
            .prefetch_related("person__contact_points")
        )


def _to_come(*, now: datetime) -> QuerySet[Appointment]:
    return (
        Appointment.objects.filter(status__in=UPCOMING, starts_at__gt=now)
        .annotate(
            source=F("imported__source"),
            source_id=Coalesce("imported__source_id", Cast("public_id", CharField())),
        )
        .order_by("starts_at", "clinician__resource__slug", "source_id")
    )


def people_to_come(*, now: datetime) -> list[int]:
    """The ids of those who have such a visit."""
    visits = Appointment.objects.filter(status__in=UPCOMING, starts_at__gt=now)
    return list(visits.order_by("person_id").values_list("person_id", flat=True).distinct())


def lines_to_come(*, now: datetime) -> Iterator[Cells]:
    """The file's lines, without ever holding all of them."""
    return map(_cells, visits_to_come(now=now))


def _cells(visit: Appointment) -> Cells:
    person, addresses = visit.person, _addresses(visit.person)
    return Cells(
        source=getattr(visit, "source", None) or OURS,
        source_id=str(getattr(visit, "source_id", visit.public_id)),
        given_name=person.given_name,
        family_name=person.family_name,
        chosen_name=person.chosen_name,
        born_on=person.born_on.isoformat(),
        phone=addresses.get("phone", ""),
        email=addresses.get("email", ""),
        language=person.language,
        channel=person.preferred_channel,
        site=visit.site.slug,
        clinician=visit.clinician.resource.slug,
        visit_type=visit.visit_type.slug,
        mode=visit.mode,
        day=visit.local_date.isoformat(),
        time=f"{visit.local_time:%H:%M}",
        offset=_offset(visit),
        status=visit.status,
    )


def _addresses(person: Person) -> dict[str, str]:
    """As ``people.selectors.addresses_of`` chooses them, of what was read along with the chunk."""
    points = sorted(
        person.contact_points.all(),
        key=lambda point: (point.verified_at is not None, point.created_at, point.pk),
    )
    return {point.kind: point.value for point in points}


def _offset(visit: Appointment) -> str:
    """Told only where the wall time happens twice."""
    zone = ZoneInfo(visit.time_zone)
    wall = datetime.combine(visit.local_date, visit.local_time, zone)
    offsets = {wall.replace(fold=fold).utcoffset() for fold in (0, 1)}
    own = visit.starts_at.astimezone(zone).utcoffset() or timedelta(0)
    return offset_words(own) if len(offsets) > 1 else ""

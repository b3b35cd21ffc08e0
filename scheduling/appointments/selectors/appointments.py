"""Reads about appointments."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from infrastructure.rows import read_row, read_rows
from messaging.models import Task
from people.models import Person, User
from people.selectors import ACTED_FOR, people_acted_for, roles_of
from scheduling.clinic.selectors.directory import current_directory
from scheduling.models import (
    Appointment,
    AppointmentEvent,
    Clinician,
    Site,
    SiteAssignment,
    Standing,
    VisitType,
)
from scheduling.transitions import PRESENT, UNDO_ACCEPTED, UPCOMING, Status, may_return

# After three years without a visit one is a new patient again (CPT's definition for the codes of
# office visits, which clinics schedule and bill by).
REMEMBERED = timedelta(days=3 * 365)
# How long a missed visit counts (``VisitType.no_shows_allowed``).
MISSED_WITHIN = timedelta(days=365)
# A visit that began late is still the one that the desk is asked about.
STILL_NOW = timedelta(hours=2)
WITH_NAMES = ("person", "visit_type", "site", "clinician")

# A part of a query.
SEEN = f"""EXISTS (
    SELECT FROM scheduling_appointment
    WHERE person_id = %(person)s AND status = '{Status.COMPLETED}'
      AND starts_at > %(remembered)s)"""


def standing_of(person: Person, *, now: datetime) -> Standing:
    """Whether the person has been seen here within three years."""
    with connection.cursor() as cursor:
        asked: dict[str, Any] = {"person": person.pk, "remembered": now - REMEMBERED}
        cursor.execute(f"SELECT {SEEN}", asked)
        (seen,) = cursor.fetchone()
    return standing_if(seen=seen)


def standing_if(*, seen: bool) -> Standing:
    return Standing.RETURNING if seen else Standing.NEW


def must_book_by_phone(person: Person, visit_type: VisitType, *, now: datetime) -> bool:
    """Whether the person has missed as many visits within a year as this kind allows.

    No query where it allows any number, and at most that many rows otherwise.
    """
    allowed = visit_type.no_shows_allowed
    if allowed is None:
        return False
    missed = Appointment.objects.filter(
        person=person, status=Status.NO_SHOW, starts_at__gt=now - MISSED_WITHIN
    )
    return len(missed.values_list("pk")[:allowed]) >= allowed


def appointment_for_message(appointment_id: int) -> Appointment:
    """One appointment with all that words about it need, in one query."""
    return Appointment.objects.select_related(*WITH_NAMES).get(pk=appointment_id)


# Asked for with every change of a visit; composing it takes several times as long.
OWN = f"public_id = %s AND person_id IN {ACTED_FOR}"


def own_appointment(public_id: UUID, *, user: User, now: datetime) -> Appointment | None:
    """A visit of somebody this account may act for, with its names; to others it is None."""
    found = read_rows(Appointment, OWN, [public_id, user.pk, now, now])
    return with_names(found[0]) if found else None


def with_names(appointment: Appointment) -> Appointment:
    """The visit with its person, kind, site and clinician read: what is active is known."""
    directory = current_directory()
    known = {each.pk: each for each in directory.visit_types.values()}
    for name, model, rows in (
        ("person", Person, {}),
        ("visit_type", VisitType, known),
        ("site", Site, directory.sites),
        ("clinician", Clinician, directory.clinicians),
    ):
        row_id = getattr(appointment, f"{name}_id")
        if name not in appointment._state.fields_cache:
            row = rows.get(row_id) or read_row(model, "id = %s", [row_id])
            setattr(appointment, name, row)
    return appointment


def appointments_acted_for(user: User, *, now: datetime) -> QuerySet[Appointment]:
    """The visits of everyone this account may act for. The only way patients reach a visit."""
    return Appointment.objects.filter(person__in=people_acted_for(user, now=now)).select_related(
        *WITH_NAMES
    )


def newest_event(appointment: Appointment) -> AppointmentEvent:
    """What happened to a visit last."""
    return appointment.events.order_by("-at", "-pk")[0]


def undoable(event: AppointmentEvent, *, user: User, now: datetime) -> bool:
    """Whether this account may still take back what happened last: its own doing, for a minute."""
    if event.actor_id != user.pk or now > event.at + UNDO_ACCEPTED:
        return False
    if event.kind == AppointmentEvent.Kind.MOVED:
        # From in person to video and back one switches; it keeps its time and place.
        visit = event.appointment
        was = event.from_starts_at, event.from_site_id, event.from_clinician_id
        now_at = event.starts_at, visit.site_id, visit.clinician_id
        return event.to_status in UPCOMING and was != now_at
    return may_return(event.to_status, event.from_status)


def call_asked(appointment: Appointment) -> bool:
    """Whether the patient has asked us to call about this visit, and nobody has yet."""
    tasks = Task.objects.filter(about="appointment", about_id=appointment.pk)
    late = tasks.filter(kind__in=["late_move", "late_cancel"], status=Task.Status.OPEN)
    return late.exists()


def upcoming(visits: QuerySet[Appointment], *, now: datetime) -> QuerySet[Appointment]:
    """Those still to come, soonest first."""
    return visits.filter(status__in=UPCOMING, ends_at__gt=now).order_by("starts_at", "pk")


def past(visits: QuerySet[Appointment], *, now: datetime) -> QuerySet[Appointment]:
    """Those that are over or canceled, newest first."""
    return visits.exclude(status__in=UPCOMING, ends_at__gt=now).order_by("-starts_at", "-pk")


def sites_of_staff(user: User) -> QuerySet[Site]:
    """Where a member of staff may see patients; administrators everywhere."""
    sites = Site.objects.filter(active=True).order_by("name")
    if "administrator" in roles_of(user):
        return sites
    return sites.filter(pk__in=SiteAssignment.objects.filter(user=user).values("site_id"))


def appointments_for_staff(user: User) -> QuerySet[Appointment]:
    """The visits at the sites where this member of staff works."""
    return Appointment.objects.filter(site__in=sites_of_staff(user)).select_related(*WITH_NAMES)


def nearest_visits(
    visits: QuerySet[Appointment], *, person_ids: Sequence[int], now: datetime
) -> dict[int, Appointment]:
    """For each person the visit of now or the next one, or else the last one. Two queries."""
    theirs = visits.filter(person_id__in=person_ids)
    coming = theirs.filter(status__in=UPCOMING | PRESENT, ends_at__gt=now - STILL_NOW)
    last = theirs.order_by("person_id", "-starts_at").distinct("person_id")
    first = coming.order_by("person_id", "starts_at").distinct("person_id")
    return {visit.person_id: visit for visit in [*last, *first]}


def appointments_on(
    visits: QuerySet[Appointment], *, site: Site, day: date
) -> QuerySet[Appointment]:
    """One site's day, in order."""
    return visits.filter(site=site, local_date=day).order_by("local_time", "pk")

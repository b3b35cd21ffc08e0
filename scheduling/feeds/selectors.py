"""Reads for calendars that ask for visits."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import QuerySet

from infrastructure.hashed_secrets import keyed_hashes
from people.models import AuditEntry, Person, User
from people.selectors import people_acted_for
from scheduling.appointments.selectors.appointments import WITH_NAMES
from scheduling.models import Appointment, CalendarFeed, Clinician

# What is over stays a month, as it does on paper; a year is as far as anybody books.
BEHIND, AHEAD = timedelta(days=30), timedelta(days=366)
# As many as a full-time clinician has in half a year. They are written in a second or two.
MOST = 2000
READ = "feed.read"


def feed_with_token(token: str) -> CalendarFeed | None:
    """The feed that this secret opens; None for one that is unknown, revoked, or whose owner is
    no longer let in.
    """
    return (
        CalendarFeed.objects.select_related("owner")
        .filter(token_hash__in=keyed_hashes(token), revoked_at=None, owner__is_active=True)
        .first()
    )


def standing_feed(owner: User, *, of: str) -> CalendarFeed | None:
    """The address that this account has given to a calendar, if there is one."""
    return CalendarFeed.objects.filter(owner=owner, of=of, revoked_at=None).first()


def last_read(feed: CalendarFeed, *, now: datetime) -> datetime | None:
    """When a calendar was last told of patients by name, from the trail that reading leaves."""
    return (
        AuditEntry.objects.filter(
            person__in=people_acted_for(feed.owner, now=now), action=READ, subject=f"feed:{feed.pk}"
        )
        .order_by("-at")
        .values_list("at", flat=True)
        .first()
    )


def clinician_of(owner: User) -> Clinician | None:
    return Clinician.objects.filter(user=owner, active=True).first()


def visits_of_people(people: Sequence[Person], *, now: datetime) -> list[Appointment]:
    """Theirs around now, canceled ones too, so that a calendar takes them out."""
    return list(_around(Appointment.objects.filter(person__in=people), now))


def visits_of_clinician(owner: User, *, now: datetime) -> list[Appointment]:
    """A clinician's own around now, canceled ones too."""
    return list(_around(Appointment.objects.filter(clinician__user=owner), now))


def _around(visits: QuerySet[Appointment], now: datetime) -> QuerySet[Appointment]:
    window = (now - BEHIND, now + AHEAD)
    near = visits.filter(starts_at__range=window).select_related(*WITH_NAMES)
    return near.order_by("starts_at", "pk")[:MOST]

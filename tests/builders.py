"""Plain functions that make rows for tests, with sensible defaults."""

from datetime import UTC, date, datetime, time, timedelta
from importlib import import_module
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from checkin.services.arrivals import call_in, verify_and_check_in
from followups.models import VisitSummary
from followups.services.summaries import complete_with_summary
from people.models import ActsFor, ContactPoint, Person, StaffRole, User
from reminders.models import ReminderRule
from scheduling.booking.selectors.wanted import WantedVisit
from scheduling.booking.services.booking import book_appointment
from scheduling.models import (
    Appointment,
    AvailabilityRule,
    ClinicGroup,
    Clinician,
    Resource,
    Site,
    SiteAssignment,
    VisitType,
)

_number = count(1)


def make_group(*, name: str = "Northfield Health") -> ClinicGroup:
    group, _ = ClinicGroup.objects.get_or_create(defaults={"name": name, "phone": "+12125550100"})
    return group


def make_site(*, slug: str = "", zone: str = "America/New_York", name: str = "") -> Site:
    slug = slug or f"site-{next(_number)}"
    return Site.objects.create(
        slug=slug,
        name=name or f"{slug.title()} Clinic",
        street="12 Lake Street",
        city="Buffalo",
        region="NY",
        postcode="14201",
        phone="+17165550100",
        time_zone=zone,
        latitude=42.9,
        longitude=-78.9,
    )


def make_visit_type(
    *,
    slug: str = "",
    minutes: int = 30,
    buffer_before: int = 0,
    buffer_after: int = 0,
    step: int = 30,
    notice: int = 60,
    latest_change: int = 120,
    series_most: int | None = None,
) -> VisitType:
    slug = slug or f"visit-{next(_number)}"
    return VisitType.objects.create(
        slug=slug,
        names={"en": "Blood test", "es": "Análisis de sangre"},
        preparations={"en": "Do not eat for 8 hours before.", "es": "No coma 8 horas antes."},
        minutes=minutes,
        buffer_before=buffer_before,
        buffer_after=buffer_after,
        slot_step=step,
        price_low=4500,
        price_high=4500,
        minimum_notice=notice,
        latest_change=latest_change,
        series_most=series_most,
    )


def make_clinician(
    *,
    site: Site,
    visit_types: list[VisitType],
    name: str = "",
    starts: time = time(9),
    ends: time = time(17),
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4),
    valid_from: date = date(2026, 1, 1),
    user: User | None = None,
) -> Clinician:
    """A clinician who works at one site, 9:00 to 17:00 on weekdays unless said otherwise."""
    number = next(_number)
    resource = Resource.objects.create(slug=f"clinician-{number}", kind=Resource.Kind.CLINICIAN)
    clinician = Clinician.objects.create(
        resource=resource, name=name or f"Dr. Number {number}", user=user
    )
    clinician.visit_types.set(visit_types)
    AvailabilityRule.objects.bulk_create(
        AvailabilityRule(
            resource=resource,
            site=site,
            weekday=weekday,
            starts=starts,
            ends=ends,
            valid_from=valid_from,
        )
        for weekday in weekdays
    )
    return clinician


def make_person(
    *,
    given_name: str = "Rosa",
    family_name: str = "Alvarez",
    born_on: date = date(1957, 3, 28),
    phone: str | None = "+12125550142",
    email: str | None = "rosa@example.com",
    language: str = "en",
    channel: str = "sms",
    zone: str = "America/New_York",
) -> Person:
    person = Person.objects.create(
        given_name=given_name,
        family_name=family_name,
        born_on=born_on,
        language=language,
        preferred_channel=channel,
        time_zone=zone,
    )
    verified_at = datetime(2026, 1, 1, tzinfo=UTC)
    if phone:
        ContactPoint.objects.create(
            person=person, kind="phone", value=phone, verified_at=verified_at
        )
    if email:
        ContactPoint.objects.create(person=person, kind="email", value=email)
    return person


def make_patient(
    *, phone: str = "", person: Person | None = None, **details: str
) -> tuple[User, Person]:
    """An account with a proven phone, and the person it acts for."""
    phone = phone or f"+1646555{next(_number) % 10000:04d}"
    person = person or make_person(phone=phone, **details)  # type: ignore[arg-type]
    user = User.objects.create_user(phone=phone, name=person.full_name)
    ActsFor.objects.create(
        user=user,
        person=person,
        relationship=ActsFor.Relationship.SELF,
        since=datetime(2026, 1, 1, tzinfo=UTC),
    )
    return user, person


def make_staff(
    *roles: str, sites: list[Site] | None = None, email: str = "", second_factor: bool = True
) -> User:
    """A member of staff with these roles at these sites, and a second factor set up."""
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    number = next(_number)
    user = User.objects.create_user(
        email=email or f"staff{number}@northfield.example", name=f"Staff {number}", is_staff=True
    )
    StaffRole.objects.bulk_create(StaffRole(user=user, role=role) for role in roles)
    SiteAssignment.objects.bulk_create(SiteAssignment(user=user, site=site) for site in sites or [])
    if second_factor:
        TOTP.activate(user, generate_totp_secret())
    return user


def at(site: Site, day: date, hour: int, minute: int = 0) -> datetime:
    """An instant by the clock on a site's wall."""
    return datetime.combine(day, time(hour, minute), ZoneInfo(site.time_zone)).astimezone(UTC)


def days_after(moment: datetime, days: int) -> date:
    return (moment + timedelta(days=days)).date()


def make_appointment(
    *,
    now: datetime,
    starts_at: datetime | None = None,
    site: Site | None = None,
    visit_type: VisitType | None = None,
    clinician: Clinician | None = None,
    patient: tuple[User, Person] | None = None,
) -> Appointment:
    """A visit, booked as patients do: two days from now at 10:00 unless said otherwise.

    ``booked_by`` is the account that booked it.
    """
    site = site or make_site()
    visit_type = visit_type or make_visit_type()
    clinician = clinician or make_clinician(site=site, visit_types=[visit_type])
    user, person = patient or make_patient()
    return book_appointment(
        wanted=WantedVisit(
            visit_type,
            site,
            starts_at or at(site, days_after(now, 2), 10),
            clinician_id=clinician.pk,
        ),
        person=person,
        user=user,
        idempotency_key=f"builder-{next(_number)}",
        now=now,
    )


def check_in(appointment: Appointment, *, by: User, now: datetime) -> Appointment:
    """The patient is here, verified, and waits since ``now``."""
    verify_and_check_in(
        appointment=appointment, identity_verified=True, contact_verified=True, actor=by, now=now
    )
    appointment.refresh_from_db()
    return appointment


def see(appointment: Appointment, *, by: User, now: datetime) -> VisitSummary:
    """The whole visit: checked in, called in, completed at ``now`` with a released summary."""
    check_in(appointment, by=by, now=now)
    call_in(appointment=appointment, actor=by, now=now)
    return complete_with_summary(
        appointment=appointment,
        said="Your blood sugar is fine.",
        next_steps="Drink more water.",
        next_visit_type=None,
        next_in_weeks=None,
        author=by,
        now=now,
    )


def make_default_reminder_rules() -> None:
    """The rules that the first migration brings; a test that empties the tables takes them away."""
    for rule in import_module("reminders.migrations.0002_default_rules").RULES:
        ReminderRule.objects.get_or_create(name=rule["name"], defaults=rule)


def ask_questions(visit_type: VisitType, *, better: str = "") -> VisitType:
    """Two questions before a time: ``pain`` is an emergency, ``fever`` means to call us first.

    With ``better``, being ``new`` leads to that visit type.
    """
    visit_type.questions = [
        _yes_or_no("pain", "Do you have chest pain?", urgent="emergency"),
        _yes_or_no("fever", "Do you have a fever?", urgent="call"),
    ]
    if better:
        visit_type.questions.append(_yes_or_no("new", "Are you new here?", visit_type=better))
    visit_type.save()
    return visit_type


def _yes_or_no(name: str, asks: str, *, urgent: str = "", visit_type: str = "") -> dict[str, Any]:
    yes = {"name": "yes", "says": {"en": "Yes", "es": "Sí"}}
    no = {"name": "no", "says": {"en": "No", "es": "No"}}
    return {
        "name": name,
        "asks": {"en": asks, "es": f"¿{asks}"},
        "answers": [
            yes | {"urgent": urgent, "visit_type": visit_type},
            no | {"urgent": "", "visit_type": ""},
        ],
    }


def miss_visits(person: Person, number: int, *, now: datetime, **where: Any) -> None:
    """So many visits of the last weeks, to which the person did not come."""
    user = User.objects.filter(acts_for__person=person).get()
    for week in range(1, number + 1):
        site = where.get("site") or make_site()
        then = now - timedelta(weeks=week)
        visit = make_appointment(
            now=then - timedelta(days=3),
            starts_at=at(site, then.date(), 10),
            patient=(user, person),
            site=site,
        )
        Appointment.objects.filter(pk=visit.pk).update(status="no_show", status_since=then)

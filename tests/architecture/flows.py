"""Everything that makes Visitwell say something, done once, so that its words can be read."""

from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from django.conf import settings

from contactcenter.services.inbound import receive_text
from feedback.services.surveys import plan_surveys
from followups.services.planning import plan_followups
from messaging.models import Message
from messaging.services import outbox
from messaging.transitions import State
from people.models import Person, User
from portal.account.services import send_code
from reminders.services.planning import plan_reminders
from scheduling.booking.services import lifecycle
from scheduling.booking.services.rescheduling import reschedule_appointment
from scheduling.booking.services.visit_mode import switch_mode
from scheduling.clinic_file.rules import parse
from scheduling.clinic_file.services.loading import load_clinic
from scheduling.closures.rules import Away
from scheduling.closures.services.absences import close_days
from scheduling.models import Appointment, Site, VisitType
from scheduling.prices.services import give_estimate, request_estimate
from scheduling.series.selectors.series import SeriesDetails
from scheduling.series.services.series import ChosenTime, book_series, cancel_rest
from scheduling.transitions import SETTLED_AFTER
from scheduling.waitlist.services.backfill import offer_freed_times
from scheduling.waitlist.services.waitlist import SuitableTimes, join_waitlist
from tests.builders import (
    at,
    days_after,
    make_appointment,
    make_clinician,
    make_default_reminder_rules,
    make_patient,
    make_staff,
    see,
)

DEMO = Path(__file__).parents[2] / "demo" / "clinic.toml"


def say_everything(now: datetime) -> list[Message]:
    """Each kind of message at least once, as the stages queue them, at the demo's clinic.

    The patient, the site and the visits are the wordiest there, so that a text that fits here
    fits everywhere.
    """
    make_default_reminder_rules()
    languages = [code for code, _ in settings.LANGUAGES]
    load_clinic(clinic=parse(DEMO.read_text(), today=now.date(), languages=languages), now=now)
    patient = make_patient(given_name="Maximiliana", family_name="Castellanos")
    site = max(Site.objects.all(), key=lambda each: len(f"{each.name} {each.address}"))
    wordiest = {
        max(VisitType.objects.all(), key=lambda each: len(each.preparations.get(code, "")))
        for code in languages
    }
    for number, visit_type in enumerate(wordiest):
        _one_visit(visit_type, site, patient, days_after(now, 9 + number), now)
    _meet_the_other_way(site, patient, days_after(now, 16), now)
    _call_off(site, patient, days_after(now, 17), now)
    phone = str(patient[0].phone)
    send_code(address=phone, browser="one", language="en", now=now)
    outbox.queue_messages(
        kind="staff_reply",
        person=patient[1],
        channels=["sms"],
        key="staff_reply:1",
        facts={"text": "Yes, please bring your pills."},
        now=now,
    )
    _text(phone, "Where can I park?", now)
    return list(Message.objects.select_related("person").order_by("pk"))


def _one_visit(
    visit_type: VisitType, site: Site, patient: tuple[User, Person], day: date, now: datetime
) -> None:
    """Booked, moved, reminded of, answered and over; and another one canceled."""
    user = patient[0]
    clinician = make_clinician(site=site, visit_types=[visit_type], name="Dr. W. Vasquez-Lindqvist")

    def book(hour: int, *, days_before: int = 0) -> Appointment:
        return make_appointment(
            now=now,
            starts_at=at(site, day - timedelta(days=days_before), hour),
            site=site,
            visit_type=visit_type,
            clinician=clinician,
            patient=patient,
        )

    lifecycle.cancel_appointment(appointment=book(15), user=user, reason="", now=now)
    visit = book(9)
    sooner = book(15, days_before=1)
    lifecycle.cancel_appointment(appointment=sooner, user=user, reason="", now=now)
    _wait_for_something_sooner(visit, user, now)
    _several_at_once(visit, user, now)
    for before in (timedelta(days=7), timedelta(days=2), timedelta(hours=2)):
        plan_reminders(now=visit.starts_at - before)
    Message.objects.filter(kind="appointment_reminder").update(state=State.ACCEPTED)
    for digit in "123":
        _text(str(user.phone), digit, now)
    reschedule_appointment(
        appointment=visit, site=site, starts_at=at(site, day, 11), user=user, now=now
    )
    _text(str(user.phone), "1", now)
    visit.refresh_from_db()
    give_estimate(
        estimate=request_estimate(appointment=visit, user=user, now=now), user=user, now=now
    )
    see(visit, by=user, now=visit.ends_at)
    plan_followups(now=visit.ends_at)
    plan_surveys(now=visit.ends_at + timedelta(hours=3))


def _meet_the_other_way(site: Site, patient: tuple[User, Person], day: date, now: datetime) -> None:
    """By video, and then in person after all."""
    visit_type = next(each for each in VisitType.objects.all() if len(each.modes) > 1)
    visit = make_appointment(
        now=now, starts_at=at(site, day, 10), site=site, visit_type=visit_type, patient=patient
    )
    for mode in reversed(visit_type.modes):
        switch_mode(appointment=visit, mode=mode, user=patient[0], now=now)


def _call_off(site: Site, patient: tuple[User, Person], day: date, now: datetime) -> None:
    """The clinician is away."""
    visit = make_appointment(now=now, starts_at=at(site, day, 10), site=site, patient=patient)
    close_days(
        clinician=visit.clinician,
        away=Away(day, day),
        reason="Ill",
        chosen={},
        user=make_staff("front_desk", sites=[site]),
        now=now,
    )


def _several_at_once(visit: Appointment, user: User, now: datetime) -> None:
    """Three weeks of visits in one press, and then not the last two."""
    visit.visit_type.series_most = 3
    where = SeriesDetails(visit.visit_type, visit.site, visit.person, visit.mode)
    times = [
        ChosenTime(visit.starts_at + timedelta(weeks=week, hours=2), visit.clinician_id)
        for week in (1, 2, 3)
    ]
    done = book_series(where=where, chosen=times, user=user, key=f"series-{visit.pk}", now=now)
    assert done.series is not None
    cancel_rest(series=done.series, first=done.visits[1], user=user, reason="", now=now)


def _wait_for_something_sooner(visit: Appointment, user: User, now: datetime) -> None:
    """A sooner time is offered, and nobody answers."""
    join_waitlist(
        person=visit.person,
        user=user,
        visit_type=visit.visit_type,
        suits=SuitableTimes(sites=[visit.site], earliest=now.date(), latest=visit.local_date),
        replaces=visit,
        now=now,
    )
    for moment in (now + SETTLED_AFTER, now + timedelta(hours=3)):
        offer_freed_times(now=moment)


def _text(phone: str, body: str, now: datetime) -> None:
    receive_text(
        provider_sid=f"SM{uuid4().hex}", from_number=phone, to_number="", body=body, now=now
    )

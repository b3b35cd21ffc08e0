"""A patient's visits: theirs to see, confirm, move and cancel, and nobody else's."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from messaging.models import Message
from people.models import ActsFor, AuditEntry, StaffRole, User
from portal.account.sessions import BACKEND
from scheduling.booking.services import lifecycle
from scheduling.models import Allocation, Appointment
from tests.builders import make_appointment, make_patient, make_staff, see
from tests.portal.conftest import Clinic

PAGES = ["appointment", "booked", "calendar_file", "move", "cancel"]
Passes = Callable[[timedelta], datetime]


@pytest.fixture
def visit(clinic: Clinic, now: datetime) -> Appointment:
    """Rosa's, at nine in two days."""
    return make_appointment(
        now=now,
        starts_at=clinic.nine,
        site=clinic.site,
        visit_type=clinic.visit_type,
        clinician=clinic.clinician,
    )


@pytest.fixture
def browser(visit: Appointment) -> Client:
    """Rosa's."""
    return browser_of(visit.booked_by)


def browser_of(user: User | None) -> Client:
    assert user is not None
    signed_in = Client()
    signed_in.force_login(user, backend=BACKEND)
    return signed_in


def address(name: str, visit: Appointment) -> str:
    return reverse(f"portal:{name}", args=[visit.public_id])


def test_the_list_shows_what_is_to_come_and_what_was(
    clinic: Clinic, visit: Appointment, browser: Client, time_passes: Passes
) -> None:
    assert [each["visit"] for each in browser.get("/visits/").context["upcoming"]] == [visit]
    time_passes(timedelta(days=3))
    context = browser.get("/visits/").context
    assert (context["upcoming"], [each["visit"] for each in context["past"]]) == ([], [visit])


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("who", ["another patient", "a member of staff", "a former carer"])
def test_another_persons_visit_does_not_exist(
    visit: Appointment, now: datetime, name: str, who: str
) -> None:
    stranger = make_staff(*StaffRole.Role) if who == "a member of staff" else make_patient()[0]
    if who == "a former carer":
        ActsFor.objects.create(
            user=stranger,
            person=visit.person,
            relationship=ActsFor.Relationship.RELATIVE,
            since=now - timedelta(days=9),
            until=now,
        )
    theirs = browser_of(stranger)
    assert theirs.get(address(name, visit)).status_code == 404
    assert theirs.post(address(name, visit), {"reason": "other"}).status_code in (404, 405)
    visit.refresh_from_db()
    assert visit.status == "booked"


def test_a_carer_sees_the_visit(visit: Appointment, now: datetime) -> None:
    carer = make_patient()[0]
    ActsFor.objects.create(
        user=carer,
        person=visit.person,
        relationship=ActsFor.Relationship.CLIENT,
        since=now,
    )
    assert browser_of(carer).get(address("appointment", visit)).status_code == 200


@pytest.mark.parametrize("name", PAGES)
def test_looking_leaves_a_trail(visit: Appointment, browser: Client, name: str) -> None:
    before = AuditEntry.objects.count()
    browser.get(address(name, visit))
    entries = AuditEntry.objects.order_by("-pk")[: AuditEntry.objects.count() - before]
    assert {(each.actor_id, each.person_id, each.subject) for each in entries} == {
        (visit.booked_by_id, visit.person_id, f"appointment:{visit.pk}")
    }


def test_a_link_in_a_message_shows_nothing_private(visit: Appointment) -> None:
    page = Client().get(address("visit_link", visit)).content.decode()
    private = [
        visit.person.given_name,
        visit.person.family_name,
        visit.site.name,
        visit.clinician.name,
        *visit.visit_type.names.values(),
        "9:00",
        "November",
    ]
    assert "Will you come to your visit?" in page
    assert [each for each in private if each in page] == []


def test_opening_the_link_confirms_nothing_and_pressing_does(visit: Appointment) -> None:
    scanner, patient = Client(), Client()
    scanner.get(address("visit_link", visit))
    scanner.head(address("visit_link", visit))
    visit.refresh_from_db()
    assert visit.status == "booked"
    for _ in range(2):
        assert "We will see you then" in patient.post(address("visit_link", visit)).content.decode()
    visit.refresh_from_db()
    assert visit.status == "confirmed"
    assert visit.events.filter(to_status="confirmed").count() == 1


def test_the_link_leads_to_the_visit_only_through_a_code(visit: Appointment) -> None:
    answer = Client().get(address("appointment", visit))
    assert answer.headers["Location"].startswith("/sign-in/?next=%2Fvisits%2F")


def test_a_link_to_a_canceled_visit_has_nothing_to_answer(
    visit: Appointment, now: datetime
) -> None:
    assert visit.booked_by is not None
    lifecycle.cancel_appointment(appointment=visit, user=visit.booked_by, reason="", now=now)
    for answer in (
        Client().get(address("visit_link", visit)),
        Client().post(address("visit_link", visit)),
    ):
        assert "There is nothing to answer here" in answer.content.decode()
    visit.refresh_from_db()
    assert visit.status == "canceled"


def test_confirming_on_the_visits_page(visit: Appointment, browser: Client) -> None:
    assert browser.post(address("appointment", visit)).status_code == 302
    visit.refresh_from_db()
    assert visit.status == "confirmed"


def test_moving_takes_the_new_time_and_frees_the_old_at_once(
    clinic: Clinic, visit: Appointment, browser: Client
) -> None:
    posted = {"site": "lake", "starts_at": clinic.later(120).isoformat()}
    assert browser.post(address("move", visit), posted).status_code == 302
    visit.refresh_from_db()
    assert (visit.starts_at, visit.version) == (clinic.later(120), 2)
    taken = Allocation.objects.filter(active=True)
    assert [each.during.lower for each in taken] == [clinic.later(120)]
    assert Message.objects.filter(kind="appointment_moved").exists()


def test_pressing_the_new_time_twice_moves_once(
    clinic: Clinic, visit: Appointment, browser: Client
) -> None:
    posted = {"site": "lake", "starts_at": clinic.later(120).isoformat()}
    for _ in range(2):
        assert browser.post(address("move", visit), posted).status_code == 302
    visit.refresh_from_db()
    assert visit.version == 2
    assert Message.objects.filter(kind="appointment_moved", channel="sms").count() == 1


def test_a_visit_keeps_its_time_when_the_other_is_gone(
    clinic: Clinic, visit: Appointment, browser: Client, now: datetime
) -> None:
    make_appointment(
        now=now,
        starts_at=clinic.later(30),
        site=clinic.site,
        visit_type=clinic.visit_type,
        clinician=clinic.clinician,
    )
    answer = browser.post(
        address("move", visit), {"site": "lake", "starts_at": clinic.later(30).isoformat()}
    )
    assert answer.status_code == 409
    assert "That time was just taken" in answer.content.decode()
    assert clinic.later(60) in [slot.starts_at for slot in answer.context["alternatives"]]
    visit.refresh_from_db()
    assert (visit.starts_at, visit.version) == (clinic.nine, 1)


@pytest.mark.parametrize("name", ["move", "cancel"])
def test_shortly_before_a_visit_one_has_to_call(
    clinic: Clinic,
    visit: Appointment,
    browser: Client,
    time_passes: Passes,
    now: datetime,
    name: str,
) -> None:
    time_passes(clinic.nine - timedelta(minutes=119) - now)
    posted = {"site": "lake", "starts_at": clinic.later(300).isoformat(), "reason": "cost"}
    for answer in (
        browser.get(address(name, visit)),
        browser.post(address(name, visit), posted),
    ):
        assert answer.status_code == 409
        assert visit.site.phone in answer.content.decode()
    visit.refresh_from_db()
    assert (visit.status, visit.version) == ("booked", 1)


def test_canceling_takes_a_reason_and_frees_the_time(visit: Appointment, browser: Client) -> None:
    assert browser.post(address("cancel", visit), {}).status_code == 200
    assert Allocation.objects.filter(active=True).exists()
    for _ in range(2):
        assert browser.post(address("cancel", visit), {"reason": "cost"}).status_code == 302
    visit.refresh_from_db()
    assert visit.status == "canceled"
    assert visit.events.get(to_status="canceled").reason == "cost"
    assert not Allocation.objects.filter(active=True).exists()


def test_the_calendar_file_says_when_and_where_and_never_why(
    clinic: Clinic, visit: Appointment, browser: Client
) -> None:
    answer = browser.get(address("calendar_file", visit))
    assert answer.headers["Content-Type"] == "text/calendar"
    (event,) = Calendar.from_ical(answer.content).walk("VEVENT")
    assert event.decoded("dtstart") == clinic.nine
    assert "Lakeside Clinic" in str(event["LOCATION"])
    assert "blood" not in answer.content.decode().lower()


def test_the_summary_is_there_once_it_is_released(
    clinic: Clinic, visit: Appointment, browser: Client, time_passes: Passes, now: datetime
) -> None:
    assert "What we said" not in browser.get(address("appointment", visit)).content.decode()
    see(visit, by=make_staff(StaffRole.Role.CLINICIAN), now=clinic.nine)
    time_passes(clinic.nine - now)
    page = browser.get(address("appointment", visit)).content.decode()
    assert "Your blood sugar is fine." in page
    assert "Drink more water." in page

"""Private calendar addresses: shown once, ended by a press, and told only when and where."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from icalendar import Calendar
from pytest_django import Settings

from people.models import ActsFor, AuditEntry, Person, StaffRole, User
from scheduling.booking.services.lifecycle import cancel_appointment
from scheduling.booking.services.rescheduling import reschedule_appointment
from scheduling.closures.rules import Away
from scheduling.closures.services.absences import close_days
from scheduling.feeds.services import make_feed
from scheduling.models import Appointment, CalendarFeed, Clinician, Mode
from tests.builders import make_appointment, make_clinician, make_person, make_staff
from tests.markup import on_one_line
from tests.rates import at_most
from tests.scheduling.world import TOMORROW, Clinic, make_clinic

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_at_now")]


@pytest.fixture
def clinic() -> Clinic:
    return make_clinic()


def book(clinic: Clinic, now: datetime, hour: int = 10, **more: Any) -> Appointment:
    return make_appointment(
        now=now,
        starts_at=clinic.at(hour),
        site=clinic.site,
        visit_type=clinic.visit_type,
        clinician=more.pop("clinician", clinic.clinician),
        **more,
    )


def owner_of(visit: Appointment) -> User:
    assert visit.booked_by is not None
    return visit.booked_by


def path_of(address: str) -> str:
    return address.removeprefix("http://localhost:8000")


def feed_of(owner: User, now: datetime, of: str = "patient", language: str = "en") -> str:
    return path_of(make_feed(owner=owner, of=of, language=language, now=now))


def events(content: bytes) -> list[Any]:
    calendar = Calendar.from_ical(content)
    assert not calendar.errors
    return list(calendar.walk("VEVENT"))


def signed_in(user: User) -> Client:
    browser = Client()
    backend = "people.backends.OneTimeCodeBackend" if not user.is_staff else None
    browser.force_login(user, backend=backend)
    return browser


def acts_for(user: User, given_name: str, now: datetime) -> Person:
    person = make_person(given_name=given_name, phone=None, email=None)
    ActsFor.objects.create(
        user=user, person=person, relationship="child", since=now - timedelta(days=1)
    )
    return person


def test_a_calendar_sees_the_visits_and_what_becomes_of_them(
    client: Client, clinic: Clinic, now: datetime
) -> None:
    visit = book(clinic, now)
    address = feed_of(owner_of(visit), now)
    (booked,) = events(client.get(address).content)
    reschedule_appointment(
        appointment=visit,
        site=clinic.site,
        starts_at=clinic.at(14),
        user=owner_of(visit),
        now=now + timedelta(minutes=1),
    )
    (moved,) = events(client.get(address).content)
    cancel_appointment(
        appointment=visit, user=owner_of(visit), reason="", now=now + timedelta(minutes=2)
    )
    (canceled,) = events(client.get(address).content)
    assert booked["UID"] == moved["UID"] == canceled["UID"]
    assert booked["SEQUENCE"] < moved["SEQUENCE"] < canceled["SEQUENCE"]
    assert moved.decoded("DTSTART") == clinic.at(14)
    assert [each["STATUS"] for each in (booked, canceled)] == ["CONFIRMED", "CANCELLED"]


def test_a_patients_feed_says_where_and_when_and_never_why(
    client: Client, clinic: Clinic, now: datetime
) -> None:
    visit = book(clinic, now)
    said = client.get(feed_of(owner_of(visit), now)).content.decode().replace("\r\n ", "")
    assert clinic.site.street in said
    for private in (*visit.visit_type.names.values(), "Rosa", visit.person.family_name):
        assert private not in said


@pytest.mark.parametrize("of", ["patient", "clinician"])
def test_what_cannot_take_place_says_so_and_is_not_confirmed(
    client: Client, clinic: Clinic, now: datetime, of: str
) -> None:
    off, stays = book(clinic, now, 10), book(clinic, now, 14)
    desk = make_staff(StaffRole.Role.FRONT_DESK, sites=[clinic.site])
    if of == "clinician":
        clinician = make_staff(StaffRole.Role.CLINICIAN)
        Clinician.objects.filter(pk=clinic.clinician.pk).update(user=clinician)
        feeds = [feed_of(clinician, now, of="clinician")]
    else:
        feeds = [feed_of(owner_of(visit), now) for visit in (off, stays)]
    tag = client.get(feeds[0]).headers["ETag"]
    away = Away(TOMORROW, TOMORROW, starts=time(9), ends=time(12))
    close_days(clinician=clinic.clinician, away=away, reason="Ill", chosen={}, user=desk, now=now)
    again = client.get(feeds[0], headers={"If-None-Match": tag})
    assert again.status_code == 200
    told = {
        str(event["UID"]).partition("@")[0]: (str(event["STATUS"]), "Cannot" in event["SUMMARY"])
        for feed in feeds
        for event in events(client.get(feed).content)
    }
    assert told == {
        str(off.public_id): ("TENTATIVE", True),
        str(stays.public_id): ("CONFIRMED", False),
    }


def test_who_acts_for_several_is_told_whose_visit_it_is(
    client: Client, clinic: Clinic, now: datetime
) -> None:
    visit = book(clinic, now)
    maya = acts_for(owner_of(visit), "Maya", now)
    book(clinic, now, 11, patient=(owner_of(visit), maya))
    said = events(client.get(feed_of(owner_of(visit), now)).content)
    assert [str(each["SUMMARY"]).split(":")[0] for each in said] == ["Rosa", "Maya"]


def test_a_feed_ends_with_the_right_to_act(client: Client, clinic: Clinic, now: datetime) -> None:
    visit = book(clinic, now)
    address = feed_of(owner_of(visit), now)
    ActsFor.objects.filter(user=owner_of(visit)).update(until=now - timedelta(seconds=1))
    assert events(client.get(address).content) == []


def test_a_clinicians_feed_names_nobody(client: Client, clinic: Clinic, now: datetime) -> None:
    doctor = make_staff(StaffRole.Role.CLINICIAN, sites=[clinic.site])
    mine = make_clinician(site=clinic.site, visit_types=[clinic.visit_type], user=doctor)
    visit = book(clinic, now, clinician=mine)
    book(clinic, now)  # a colleague's
    said = client.get(feed_of(doctor, now, "clinician", "es")).content
    (event,) = events(said)
    assert str(event["SUMMARY"]) == "Análisis de sangre"
    assert event.decoded("DTSTART") == clinic.at(10)
    text = said.decode().replace("\r\n ", "")
    for private in (visit.person.given_name, visit.person.family_name, "/v/", "1957"):
        assert private not in text


def test_who_is_no_clinician_any_more_has_no_feed(
    client: Client, clinic: Clinic, now: datetime
) -> None:
    doctor = make_staff(StaffRole.Role.CLINICIAN, sites=[clinic.site])
    make_clinician(site=clinic.site, visit_types=[clinic.visit_type], user=doctor)
    address = feed_of(doctor, now, "clinician")
    assert client.get(address).status_code == 200
    StaffRole.objects.filter(user=doctor).delete()
    assert client.get(address).status_code == 404


def test_a_video_visit_leads_to_the_page_where_one_joins(
    client: Client, clinic: Clinic, now: datetime
) -> None:
    visit = book(clinic, now)
    Appointment.objects.update(mode=Mode.VIDEO)
    (event,) = events(client.get(feed_of(owner_of(visit), now)).content)
    assert str(event["LOCATION"]).endswith(f"/visits/{visit.public_id}/join/")
    assert clinic.site.street not in str(event)


def test_revoked_unknown_and_replaced_are_one_and_the_same(
    client: Client, clinic: Clinic, now: datetime
) -> None:
    visit = book(clinic, now)
    first = feed_of(owner_of(visit), now)
    second = feed_of(owner_of(visit), now)
    unknown = "/feeds/" + "x" * 32 + ".ics"
    gone = [client.get(each) for each in (first, unknown)]
    assert [each.status_code for each in gone] == [404, 404]
    assert [(each.content, each.cookies) for each in gone] == [(b"", {}), (b"", {})]
    assert client.get(second).status_code == 200
    signed_in(owner_of(visit)).post(reverse("portal:calendar_feed"), {"end": "1"})
    assert client.get(second).status_code == 404
    User.objects.update(is_active=False)
    assert client.get(feed_of(owner_of(visit), now)).status_code == 404


def test_the_secret_is_kept_nowhere(clinic: Clinic, now: datetime) -> None:
    token = feed_of(owner_of(book(clinic, now)), now).split("/")[-1].removesuffix(".ics")
    (row,) = CalendarFeed.objects.values()
    assert len(token) >= 32
    assert token not in str(row)


def test_an_address_outlives_a_new_key(
    client: Client, clinic: Clinic, now: datetime, settings: Settings
) -> None:
    address = feed_of(owner_of(book(clinic, now)), now)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key"
    assert client.get(address).status_code == 200


def test_what_has_not_changed_is_not_sent_again(
    client: Client, clinic: Clinic, now: datetime
) -> None:
    visit = book(clinic, now)
    address = feed_of(owner_of(visit), now)
    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert AuditEntry.objects.filter(action="feed.read").count() == 1
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert "Set-Cookie" not in first.headers
    assert "Last-Modified" in first.headers
    cancel_appointment(
        appointment=visit, user=owner_of(visit), reason="", now=now + timedelta(minutes=1)
    )
    changed = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200


def test_only_what_is_near_is_told(client: Client, clinic: Clinic, now: datetime) -> None:
    visit = book(clinic, now)
    address = feed_of(owner_of(visit), now)
    for days, seen in ((-31, 0), (-29, 1), (365, 1), (367, 0)):
        moment = now + timedelta(days=days)
        Appointment.objects.update(starts_at=moment, ends_at=moment + timedelta(hours=1))
        assert len(events(client.get(address).content)) == seen, days


def test_its_queries_do_not_grow(client: Client, clinic: Clinic, now: datetime) -> None:
    visit = book(clinic, now)
    address = feed_of(owner_of(visit), now)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        return len(queries)

    asked()  # what a process remembers
    before = asked()
    for hour in (11, 12, 13):
        book(clinic, now, hour, patient=(owner_of(visit), visit.person))
    assert asked() == before <= 6


def test_an_address_is_not_asked_for_ever(
    client: Client, clinic: Clinic, now: datetime, settings: Settings
) -> None:
    at_most(settings, feed="2/hour")
    visit = book(clinic, now)
    address, other = feed_of(owner_of(visit), now), "/feeds/other.ics"
    assert [client.get(address).status_code for _ in range(3)] == [200, 200, 429]
    assert client.get(other).status_code == 404


def test_a_patient_makes_sees_and_ends_an_address(
    client: Client, clinic: Clinic, now: datetime
) -> None:
    visit = book(clinic, now)
    browser, page = signed_in(owner_of(visit)), reverse("portal:calendar_feed")
    assert "Make an address" in browser.get(page).content.decode()
    made = on_one_line(browser.post(page, {"make": "1"}))
    address = made.split('readonly value="')[1].split('"')[0]
    assert len(events(client.get(path_of(address)).content)) == 1
    shown_again = browser.get(page).content.decode()
    assert address not in shown_again
    assert "Last used" in shown_again
    ended = browser.post(page, {"end": "1"}).content.decode()
    assert "no longer works" in ended
    assert client.get(path_of(address)).status_code == 404


def test_a_clinician_makes_one_too(client: Client, clinic: Clinic, now: datetime) -> None:
    doctor = make_staff(StaffRole.Role.CLINICIAN, sites=[clinic.site])
    make_clinician(site=clinic.site, visit_types=[clinic.visit_type], user=doctor)
    made = on_one_line(signed_in(doctor).post(reverse("calendar:feed"), {"make": "1"}))
    address = made.split('readonly value="')[1].split('"')[0]
    assert client.get(path_of(address)).status_code == 200
    desk = make_staff(StaffRole.Role.FRONT_DESK, sites=[clinic.site])
    assert signed_in(desk).get(reverse("calendar:feed")).status_code == 404


def test_the_api_does_the_same(client: Client, clinic: Clinic, now: datetime) -> None:
    visit = book(clinic, now)
    browser, door = signed_in(owner_of(visit)), reverse("api:calendar-feed")
    assert browser.get(door).status_code == 404
    made = browser.post(door)
    assert made.status_code == 201
    assert client.get(path_of(made.json()["address"])).status_code == 200
    stands = browser.get(door).json()
    assert "address" not in stands
    assert stands["last_read_at"] is not None
    assert [browser.delete(door).status_code for _ in range(2)] == [204, 204]
    assert client.get(path_of(made.json()["address"])).status_code == 404
    assert client.get(door).status_code == 401

"""Somebody calls who has never been here: staff write them down and book for them."""

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import reverse

from people.models import AuditEntry, Consent, Person, StaffRole, User
from people.services.external_patients import claim_records
from scheduling.models import Appointment, Hold
from tests.builders import make_appointment, make_group, make_patient, make_site, make_staff
from tests.scheduling.world import TOMORROW, Clinic, make_clinic

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

pytestmark = pytest.mark.django_db
Role = StaffRole.Role


@pytest.fixture
def clinic(clock_at_now: datetime) -> Clinic:
    make_group()
    return make_clinic()


def browser_of(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.fixture
def agent(clinic: Clinic) -> Client:
    return browser_of(make_staff(Role.AGENT, sites=[clinic.site]))


@pytest.fixture
def desk(clinic: Clinic) -> Client:
    return browser_of(make_staff(Role.FRONT_DESK, sites=[clinic.site]))


def door() -> str:
    return reverse("calendar:new_patient")


def said(clinic: Clinic, **more: Any) -> dict[str, Any]:
    """What Edna says of herself: she has a phone on the wall and no other."""
    return {
        "given_name": "Edna",
        "family_name": "Kowalski",
        "born_on": "1938-05-02",
        "phone": "716 555 0177",
        "email": "",
        "language": "en",
        "preferred_channel": "voice",
        "site": clinic.site.slug,
        "read_back": "on",
        **more,
    }


def edna() -> Person:
    return Person.objects.get(given_name="Edna")


def book_what_was_pressed(agent: Client, clinic: Clinic, person: Person, hour: int) -> "Answer":
    pressed = {
        "visit_type": clinic.visit_type.slug,
        "site": clinic.site.slug,
        "day": TOMORROW.isoformat(),
        "starts_at": f"{clinic.at(hour):%Y-%m-%dT%H:%M:%SZ}",
    }
    agent.post(reverse("calendar:find_time", args=[person.public_id]), pressed)
    held = reverse("calendar:held", args=[person.public_id, Hold.objects.latest("pk").public_id])
    return agent.post(held, {"book": "1"}, follow=True)


def test_an_agent_writes_her_down_and_goes_on_to_choose_a_time(
    agent: Client, clinic: Clinic
) -> None:
    assert door() in agent.get(reverse("contactcenter:find")).content.decode()
    answer = agent.post(door(), said(clinic))
    find = reverse("calendar:find_time", args=[edna().public_id])
    assert answer.headers["Location"] == f"{find}?site={clinic.site.slug}"
    assert agent.get(answer.headers["Location"]).status_code == 200
    assert "is booked" in book_what_was_pressed(agent, clinic, edna(), 10).content.decode()
    assert Appointment.objects.get().person == edna()
    person = edna()
    assert (person.born_on, person.preferred_channel) == (date(1938, 5, 2), "voice")
    assert person.time_zone == clinic.site.time_zone
    assert person.contact_points.get().value == "+17165550177"
    assert Consent.objects.get(person=person).granted
    trail = AuditEntry.objects.get(action="person.register", person=person)
    assert trail.subject == f"site:{clinic.site.pk}"


def test_colleagues_there_find_her_before_she_has_a_visit_and_strangers_do_not(
    agent: Client, desk: Client, clinic: Clinic
) -> None:
    agent.post(door(), said(clinic))
    page = reverse("contactcenter:person", args=[edna().public_id])
    assert desk.get(page).status_code == 200
    found = desk.post(reverse("contactcenter:find"), {"wanted": "kowalski"}).content.decode()
    assert "Edna Kowalski" in found
    assert "No visit yet" in found
    stranger = browser_of(make_staff(Role.FRONT_DESK, sites=[make_site()]))
    assert stranger.get(page).status_code == 404
    found = stranger.post(reverse("contactcenter:find"), {"wanted": "kowalski"}).content.decode()
    assert "Edna" not in found


def test_from_a_free_time_of_the_calendar_one_comes_back_to_it(
    desk: Client, clinic: Clinic
) -> None:
    free = {"who": clinic.clinician.resource.slug, "day": TOMORROW.isoformat(), "time": "10:00"}
    book = desk.get(reverse("calendar:book"), free).content.decode()
    (link,) = re.findall(rf'href="({door()}[^"]*)"', book)
    back = desk.post(link.replace("&amp;", "&"), said(clinic)).headers["Location"]
    assert back.startswith(reverse("calendar:book"))
    assert "Edna" not in back
    page = desk.get(back).content.decode()
    assert "Edna Kowalski" in page
    key = re.search(r'name="key"\s+value="([^"]*)"', page)
    posted = free | {
        "site": clinic.site.slug,
        "visit_type": clinic.visit_type.slug,
        "wanted": "Edna Kowalski 1938-05-02",
        "person": str(edna().public_id),
        "key": key.group(1) if key else "one-press",
    }
    assert 'value="Edna Kowalski 1938-05-02"' in page
    assert desk.post(reverse("calendar:book"), posted).status_code == 302
    assert Appointment.objects.get().starts_at == clinic.at(10)


def test_pressing_twice_makes_one_record(agent: Client, clinic: Clinic) -> None:
    first, second = (agent.post(door(), said(clinic, email="Edna@example.com")) for _ in range(2))
    assert first.status_code == second.status_code == 302
    assert first.headers["Location"] == second.headers["Location"]
    assert edna().contact_points.count() == 2


# --- Who may be the same


@pytest.fixture
def known_elsewhere(clinic: Clinic, now: datetime) -> Person:
    """Edna has been at another site, under her phone there."""
    patient = make_patient(phone="+17165550188", given_name="Edna", family_name="Kowalsky")
    Person.objects.filter(pk=patient[1].pk).update(born_on=date(1938, 5, 2))
    return make_appointment(now=now, patient=patient).person


def test_who_may_be_the_same_is_shown_with_no_more_than_tells_her(
    agent: Client, clinic: Clinic, known_elsewhere: Person
) -> None:
    answer = agent.post(door(), said(clinic))
    page = answer.content.decode()
    assert Person.objects.count() == 1
    assert "Is it one of them?" in page
    assert "Edna Kowalsky" in page
    assert "phone ends in 88" in page
    assert "555" not in page.replace("716 555 0177", "").replace("212 555 0142", "")
    assert 'value="716 555 0177"' in page
    assert AuditEntry.objects.filter(action="patient.match", person=known_elsewhere).count() == 1
    assert (
        agent.get(reverse("contactcenter:person", args=[known_elsewhere.public_id])).status_code
        == 404
    )


def test_it_is_her_and_she_is_a_patient_here_from_now_on(
    agent: Client, clinic: Clinic, known_elsewhere: Person
) -> None:
    answer = agent.post(door(), said(clinic, same=str(known_elsewhere.public_id)))
    assert str(known_elsewhere.public_id) in answer.headers["Location"]
    assert Person.objects.count() == 1
    assert "is booked" in book_what_was_pressed(agent, clinic, known_elsewhere, 10).content.decode()
    assert AuditEntry.objects.filter(action="person.take_on", person=known_elsewhere).exists()


def test_it_is_not_her_and_she_is_written_down(
    agent: Client, clinic: Clinic, known_elsewhere: Person
) -> None:
    assert agent.post(door(), said(clinic, same="new", seen="somebody else")).status_code == 200
    shown = {"seen": str(known_elsewhere.public_id)}
    assert "Is it one of them?" in agent.post(door(), said(clinic, **shown)).content.decode()
    assert Person.objects.count() == 1
    assert (
        agent.post(
            door(), said(clinic, same="new", seen=str(known_elsewhere.public_id))
        ).status_code
        == 302
    )
    assert Person.objects.count() == 2


def test_nobody_is_taken_on_whom_the_form_does_not_describe(
    agent: Client, clinic: Clinic, known_elsewhere: Person
) -> None:
    forged = said(clinic, given_name="Omar", family_name="Haddad")
    agent.post(door(), forged | {"same": str(known_elsewhere.public_id)})
    assert not AuditEntry.objects.filter(action="person.take_on").exists()


# --- What is typed


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"given_name": ""}, "Enter the first name."),
        ({"born_on": "1738-05-02"}, "Check the year of the date of birth."),
        ({"born_on": "2138-05-02"}, "Check the year of the date of birth."),
        ({"born_on": "0001-01-01"}, "Check the year of the date of birth."),
        ({"born_on": "soon"}, "Enter the date of birth."),
        ({"phone": "12"}, "Enter a phone number like"),
        ({"phone": ""}, "choose another way to reach them"),
        ({"preferred_channel": "email"}, "choose another way to reach them"),
        ({"site": "nowhere"}, "nowhere"),
    ],
)
def test_a_mistake_is_told_and_nothing_is_written(
    agent: Client, clinic: Clinic, wrong: dict[str, str], told: str
) -> None:
    answer = agent.post(door(), said(clinic, **wrong))
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert not Person.objects.exists()


@pytest.mark.parametrize(("read_back", "hers"), [({}, 1), ({"read_back": ""}, 0)])
def test_what_was_read_back_lets_her_in_later(
    agent: Client, clinic: Clinic, now: datetime, read_back: dict[str, str], hers: int
) -> None:
    agent.post(door(), said(clinic, **read_back))
    account = User.objects.create_user(phone="+17165550177")
    assert claim_records(user=account, now=now) == hers


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.MANAGER])
def test_others_write_nobody_down(clinic: Clinic, role: str) -> None:
    browser = browser_of(make_staff(role, sites=[clinic.site]))
    assert browser.post(door(), said(clinic)).status_code == 404
    assert not Person.objects.exists()

"""The name somebody wants to be called by: chosen by them, and said wherever we address them."""

from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from messaging.kinds import registry
from messaging.models import Message
from messaging.words import words_for
from people.models import ActsFor, AuditEntry, Person, User
from portal.account.sessions import BACKEND
from scheduling.models import Appointment
from tests.architecture import flows
from tests.builders import check_in, make_appointment, make_patient, make_person, make_staff
from tests.portal.conftest import Clinic

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_at_now")]


def browser_of(user: User) -> Client:
    browser = Client()
    browser.force_login(user, backend=BACKEND)
    return browser


def chooses(browser: Client, person: Person, name: str) -> str:
    """Save a name for somebody; where the browser is sent, or the page that says why not."""
    answer = browser.post(reverse("portal:name", args=[person.public_id]), {"chosen_name": name})
    person.refresh_from_db()
    return answer.headers.get("Location") or answer.content.decode()


def test_a_chosen_name_is_used_from_then_on(now: datetime) -> None:
    user, person = make_patient()
    browser = browser_of(user)
    assert chooses(browser, person, "  Ro   Alma ") == reverse("portal:you")
    assert (person.chosen_name, person.given_name) == ("Ro Alma", "Rosa")
    page = browser.get(reverse("portal:you")).content.decode()
    assert "From now on we say Ro Alma." in page
    assert "Full name: Rosa Alvarez" in page
    entry = AuditEntry.objects.get(action="person.choose_name")
    assert (entry.actor, entry.person, entry.at) == (user, person, now)


def test_an_empty_name_goes_back_to_the_first_name() -> None:
    user, person = make_patient()
    chooses(browser_of(user), person, "Ro")
    chooses(browser_of(user), person, "")
    assert (person.chosen_name, person.called) == ("", "Rosa")


def test_a_name_that_is_too_long_is_refused_kindly() -> None:
    user, person = make_patient()
    assert "Enter a shorter name" in chooses(browser_of(user), person, "R" * 41)
    assert person.chosen_name == ""


def test_a_carer_is_asked_about_the_person_they_care_for(now: datetime) -> None:
    mother, _ = make_patient()
    child = make_person(given_name="Mateo", phone=None, email=None)
    ActsFor.objects.create(user=mother, person=child, relationship="child", since=now)
    browser = browser_of(mother)
    page = browser.get(reverse("portal:name", args=[child.public_id])).content.decode()
    assert "What should we call Mateo Alvarez?" in page
    chooses(browser, child, "Teo")
    assert child.called == "Teo"


def test_nobody_renames_somebody_they_do_not_act_for() -> None:
    _, rosa = make_patient()
    stranger, _ = make_patient()
    address = reverse("portal:name", args=[rosa.public_id])
    assert browser_of(stranger).get(address).status_code == 404
    assert browser_of(stranger).post(address, {"chosen_name": "X"}).status_code == 404
    assert Client().post(address, {"chosen_name": "X"}).status_code == 302
    rosa.refresh_from_db()
    assert rosa.chosen_name == ""


@pytest.fixture
def visit(clinic: Clinic, now: datetime) -> Appointment:
    """Of Rosa, who is called Ro; with a clinician who has an account."""
    clinic.clinician.user = make_staff("clinician", sites=[clinic.site])
    clinic.clinician.save()
    visit = make_appointment(
        now=now,
        starts_at=clinic.nine,
        site=clinic.site,
        visit_type=clinic.visit_type,
        clinician=clinic.clinician,
    )
    Person.objects.update(chosen_name="Ro")
    visit.refresh_from_db()
    return visit


def test_the_portal_greets_by_the_chosen_name(visit: Appointment) -> None:
    assert visit.booked_by is not None
    browser = browser_of(visit.booked_by)
    assert "Hello, Ro" in browser.get("/").content.decode()
    booked = browser.get(reverse("portal:booked", args=[visit.public_id])).content.decode()
    assert "seeing Ro." in booked


def test_staff_see_the_chosen_name_and_the_one_on_the_card(
    visit: Appointment, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clock.now", lambda: visit.starts_at)
    at_the_desk = make_staff("front_desk", sites=[clinic.site])
    desk, clinician = Client(), Client()
    desk.force_login(at_the_desk)
    assert clinic.clinician.user is not None
    clinician.force_login(clinic.clinician.user)
    board = desk.get(reverse("checkin:arrivals")).content.decode()
    expected = clinician.get(reverse("checkin:my_day")).content.decode()
    check_in(visit, by=at_the_desk, now=visit.starts_at)
    waiting = clinician.get(reverse("checkin:my_day")).content.decode()
    clinician.post(reverse("checkin:call_in", args=[visit.public_id]))
    with_me = clinician.get(reverse("checkin:my_day")).content.decode()
    for page in (board, expected, waiting, with_me):
        assert "Ro Alvarez" in page
        assert "Full name: Rosa Alvarez" in page
    assert "Ro Alvarez is with you now." in with_me
    assert 'data-name="ro alvarez rosa alvarez"' in board  # found by either


def test_no_message_calls_anybody_by_another_name(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def called_maxi(**details: Any) -> tuple[User, Person]:
        user, person = make_patient(**details)
        person.chosen_name = "Maxi"
        person.save()
        return user, person

    monkeypatch.setattr(flows, "make_patient", called_maxi)
    said = [words for message in flows.say_everything(now) for words in all_words(message)]
    assert sum("Maxi" in words for words in said) > 20
    assert not [words for words in said if "Maximiliana" in words]


def all_words(message: Message) -> list[str]:
    kind = registry()[message.kind]
    found = []
    for channel in kind.channels:
        for message.language in ("en", "es"):
            message.channel = channel
            filled = words_for(
                kind=message.kind,
                channel=channel,
                language=message.language,
                facts=kind.content(message).facts,
            )
            found.append(f"{filled.subject} {filled.body}")
    return found

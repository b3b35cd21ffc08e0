"""Booking for somebody on the phone: a time is kept while the agent talks."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import reverse

from messaging.models import Message
from people.models import AuditEntry, Person, StaffRole, User
from scheduling.availability.selectors.slots import slots_at
from scheduling.models import Allocation, Appointment, Hold, WaitlistEntry
from scheduling.waitlist.services.waitlist import SuitableTimes, join_waitlist
from tests.builders import make_appointment, make_group, make_patient, make_site, make_staff
from tests.markup import on_one_line
from tests.scheduling.world import TOMORROW, Clinic, make_clinic

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

pytestmark = [pytest.mark.django_db]
Role = StaffRole.Role
Clock = Callable[[timedelta], datetime]


@pytest.fixture
def clinic(clock_at_now: datetime) -> Clinic:
    make_group()
    return make_clinic()


@pytest.fixture
def rosa(clinic: Clinic, now: datetime) -> Person:
    """Has been here: her visit tomorrow at nine is known."""
    return booked_at(clinic, now, 9).person


@pytest.fixture
def time_passes(monkeypatch: pytest.MonkeyPatch, now: datetime) -> Clock:
    def move(length: timedelta) -> datetime:
        monkeypatch.setattr("clock.now", lambda: now + length)
        return now + length

    return move


def booked_at(clinic: Clinic, now: datetime, hour: int) -> Appointment:
    return make_appointment(
        now=now,
        starts_at=clinic.at(hour),
        site=clinic.site,
        visit_type=clinic.visit_type,
        clinician=clinic.clinician,
        patient=make_patient(),
    )


def browser_of(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.fixture
def agent(clinic: Clinic) -> Client:
    return browser_of(make_staff(Role.AGENT, sites=[clinic.site]))


def asked(clinic: Clinic, **more: str) -> dict[str, str]:
    return {
        "visit_type": clinic.visit_type.slug,
        "site": clinic.site.slug,
        "day": TOMORROW.isoformat(),
        **more,
    }


def keeps(agent: Client, clinic: Clinic, person: Person, hour: int = 10) -> "Answer":
    page = reverse("calendar:find_time", args=[person.public_id])
    return agent.post(page, asked(clinic, starts_at=f"{clinic.at(hour):%Y-%m-%dT%H:%M:%SZ}"))


def held_page(person: Person) -> str:
    hold = Hold.objects.latest("pk")
    return reverse("calendar:held", args=[person.public_id, hold.public_id])


def is_free(clinic: Clinic, hour: int, now: datetime) -> bool:
    starts_at = clinic.at(hour)
    return bool(slots_at(clinic.search_at(starts_at, now=now), starts_at=starts_at))


def test_an_agent_finds_keeps_and_books(
    agent: Client, clinic: Clinic, rosa: Person, now: datetime
) -> None:
    person_page = reverse("contactcenter:person", args=[rosa.public_id])
    find = reverse("calendar:find_time", args=[rosa.public_id])
    assert find in agent.get(person_page).content.decode()
    times = agent.get(find, asked(clinic)).content.decode()
    assert "10:00" in times
    assert Hold.objects.count() == 0
    answer = keeps(agent, clinic, rosa)
    assert answer.status_code == 302
    assert not is_free(clinic, 10, now)
    page = agent.get(answer.headers["Location"]).content.decode()
    assert 'data-countdown-seconds="300"' in page
    Message.objects.all().delete()
    booked = agent.post(held_page(rosa), {"book": "1"})
    assert booked.headers["Location"] == person_page
    visit = Appointment.objects.latest("pk")
    assert (visit.person, visit.starts_at) == (rosa, clinic.at(10))
    assert set(Message.objects.values_list("kind", flat=True)) == {"appointment_booked"}
    trail = AuditEntry.objects.filter(person=rosa, action="appointment.book").latest("pk")
    assert trail.actor == visit.booked_by
    assert agent.post(held_page(rosa), {"book": "1"}).status_code == 302
    assert Appointment.objects.filter(person=rosa).count() == 2


def test_what_is_kept_is_kept_from_everybody_else(
    agent: Client, clinic: Clinic, rosa: Person
) -> None:
    keeps(agent, clinic, rosa)
    colleague = browser_of(make_staff(Role.AGENT, sites=[clinic.site]))
    refused = keeps(colleague, clinic, rosa)
    assert refused.status_code == 409
    assert "just taken" in refused.content.decode()
    assert 'name="starts_at"' in refused.content.decode()
    assert colleague.get(held_page(rosa)).status_code == 404
    assert colleague.post(held_page(rosa), {"book": "1"}).status_code == 404


def test_more_time_can_be_had_and_given_back(
    agent: Client, clinic: Clinic, rosa: Person, now: datetime, time_passes: Clock
) -> None:
    keeps(agent, clinic, rosa)
    time_passes(timedelta(minutes=4))
    more = agent.post(held_page(rosa), {"more": "1"}, follow=True).content.decode()
    assert 'data-countdown-seconds="300"' in more
    back = agent.post(held_page(rosa), {"release": "1"})
    assert f"day={TOMORROW.isoformat()}" in back.headers["Location"]
    assert is_free(clinic, 10, now)


def test_after_its_minutes_it_is_booked_all_the_same_if_nobody_took_it(
    agent: Client, clinic: Clinic, rosa: Person, time_passes: Clock
) -> None:
    keeps(agent, clinic, rosa)
    time_passes(timedelta(minutes=9))
    assert "not kept any more" in agent.get(held_page(rosa)).content.decode()
    assert agent.post(held_page(rosa), {"book": "1"}).status_code == 302
    assert Appointment.objects.filter(person=rosa).count() == 2


@pytest.mark.parametrize("act", ["book", "more"])
def test_who_was_too_slow_is_offered_the_closest_times(
    agent: Client, clinic: Clinic, rosa: Person, time_passes: Clock, act: str
) -> None:
    keeps(agent, clinic, rosa)
    booked_at(clinic, time_passes(timedelta(minutes=9)), 10)
    answer = agent.post(held_page(rosa), {act: "1"})
    page = on_one_line(answer)
    assert answer.status_code == 409
    assert "Somebody else has this time now" in page
    offered = re.findall(r'name="starts_at"\s+value="([^"]+)"', page)
    fields = dict(re.findall(r'type="hidden"\s+name="(\w+)"\s+value="([^"]*)"', page))
    fields.pop("csrfmiddlewaretoken")
    find = reverse("calendar:find_time", args=[rosa.public_id])
    assert agent.post(find, fields | {"starts_at": offered[0]}).status_code == 302
    assert Appointment.objects.filter(person=rosa).count() == 1


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.AGENT, 200),
        (Role.FRONT_DESK, 200),
        (Role.ADMINISTRATOR, 200),
        (Role.CLINICIAN, 404),
        (Role.MANAGER, 404),
    ],
)
def test_those_who_speak_with_patients_book_and_others_do_not(
    clinic: Clinic, rosa: Person, role: str, status: int
) -> None:
    browser = browser_of(make_staff(role, sites=[clinic.site]))
    page = reverse("calendar:find_time", args=[rosa.public_id])
    assert browser.get(page).status_code == status


def test_only_patients_and_times_of_ones_own_sites(clinic: Clinic, rosa: Person) -> None:
    elsewhere = make_site()
    stranger = browser_of(make_staff(Role.AGENT, sites=[elsewhere]))
    page = reverse("calendar:find_time", args=[rosa.public_id])
    assert stranger.get(page).status_code == 404
    both = browser_of(make_staff(Role.AGENT, sites=[clinic.site]))
    assert both.get(page, asked(clinic, site=elsewhere.slug)).status_code == 422


@pytest.mark.parametrize("wrong", [{"starts_at": "soon"}, {"starts_at": ""}])
def test_a_forged_time_is_no_time(
    agent: Client, clinic: Clinic, rosa: Person, wrong: dict[str, str]
) -> None:
    page = reverse("calendar:find_time", args=[rosa.public_id])
    assert agent.post(page, asked(clinic, **wrong)).status_code == 404


def test_an_agent_asks_what_the_page_would_have_asked(
    agent: Client, clinic: Clinic, rosa: Person
) -> None:
    yes = {"name": "yes", "says": {"en": "Yes"}, "urgent": "emergency", "visit_type": ""}
    no = {"name": "no", "says": {"en": "No"}, "urgent": "", "visit_type": ""}
    asks = {"name": "pain", "asks": {"en": "Chest pain now?"}, "answers": [yes, no]}
    clinic.visit_type.questions = [asks]
    clinic.visit_type.save()
    keeps(agent, clinic, rosa)
    page = agent.get(held_page(rosa)).content.decode()
    assert "Chest pain now?" in page
    assert "call 911 now" in page


# --- At the desk


@pytest.fixture
def desk(clinic: Clinic) -> Client:
    return browser_of(make_staff(Role.FRONT_DESK, sites=[clinic.site]))


def typed(clinic: Clinic, patient: Person, **more: str) -> dict[str, Any]:
    return {
        "wanted": patient.family_name,
        "visit_type": clinic.visit_type.slug,
        "site": clinic.site.slug,
        "who": clinic.clinician.resource.slug,
        "day": TOMORROW.isoformat(),
        "time": "10:00",
        "key": "typed-once",
        **more,
    }


BOOK = "/desk/calendar/book/"


def test_the_desk_keeps_the_time_while_it_looks_for_the_patient(
    desk: Client, clinic: Clinic, rosa: Person, now: datetime
) -> None:
    desk.get(BOOK, {"day": TOMORROW.isoformat(), "time": "10:00"})
    assert Hold.objects.count() == 0
    found = desk.post(BOOK, typed(clinic, rosa)).content.decode()
    assert 'data-countdown-seconds="300"' in found
    assert not is_free(clinic, 10, now)
    booked = desk.post(BOOK, typed(clinic, rosa, person=str(rosa.public_id)))
    assert booked.status_code == 302
    rows = Allocation.objects.filter(active=True, appointment__starts_at=clinic.at(10))
    assert [(row.kind, row.overbook) for row in rows] == [("booking", False)]
    assert not Allocation.objects.filter(active=True, kind="hold").exists()


def test_the_desk_gives_it_back_and_keeps_what_was_typed(
    desk: Client, clinic: Clinic, rosa: Person, now: datetime
) -> None:
    desk.post(BOOK, typed(clinic, rosa))
    page = desk.post(BOOK, typed(clinic, rosa, release="1")).content.decode()
    assert is_free(clinic, 10, now)
    assert f'value="{rosa.family_name}"' in page


def test_nothing_typed_is_lost_when_somebody_was_faster(
    desk: Client, clinic: Clinic, rosa: Person, time_passes: Clock
) -> None:
    desk.post(BOOK, typed(clinic, rosa))
    booked_at(clinic, time_passes(timedelta(minutes=9)), 10)
    answer = desk.post(BOOK, typed(clinic, rosa, person=str(rosa.public_id)))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert f'value="{rosa.family_name}"' in page
    instead = re.findall(r'name="instead"\s+value="([^"]+)"', page)
    assert instead
    assert not Appointment.objects.filter(person=rosa, starts_at=clinic.at(10)).exists()
    chosen = desk.post(BOOK, typed(clinic, rosa, person=str(rosa.public_id), instead=instead[0]))
    kept = chosen.content.decode()
    assert 'data-countdown-seconds="300"' in kept
    day, time = instead[0].split(" ")[0].split("T")
    assert f'value="{time}"' in kept
    more = {"person": str(rosa.public_id), "day": day, "time": time}
    assert desk.post(BOOK, typed(clinic, rosa, **more)).status_code == 302
    assert Appointment.objects.filter(person=rosa).count() == 2


# --- Who waits


def test_staff_say_how_urgent_it_is(agent: Client, clinic: Clinic, rosa: Person) -> None:
    entry = waits(rosa, clinic)
    page = agent.get(reverse("contactcenter:person", args=[rosa.public_id])).content.decode()
    door = reverse("calendar:priority", args=[entry.public_id])
    assert door in page
    assert agent.post(door, {"priority": "2"}).status_code == 302
    entry.refresh_from_db()
    assert entry.priority == 2
    assert AuditEntry.objects.filter(person=rosa, action="waitlist.priority").exists()
    assert agent.post(door, {"priority": "3"}).status_code == 404
    stranger = browser_of(make_staff(Role.AGENT, sites=[make_site()]))
    assert stranger.post(door, {"priority": "1"}).status_code == 404
    manager = browser_of(make_staff(Role.MANAGER, sites=[clinic.site]))
    assert manager.post(door, {"priority": "1"}).status_code == 404


def waits(person: Person, clinic: Clinic) -> WaitlistEntry:
    user = person.acted_for_by.get().user
    suits = SuitableTimes(
        sites=[clinic.site], earliest=TOMORROW, latest=TOMORROW + timedelta(days=30)
    )
    return join_waitlist(
        person=person,
        user=user,
        visit_type=clinic.visit_type,
        suits=suits,
        now=clinic.at(8) - timedelta(days=1),
    )

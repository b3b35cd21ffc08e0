"""Video visits: when they open, where they are, and changing between video and in person."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from messaging.models import Message
from messaging.services.outbox import queue_messages
from people.models import StaffRole, User
from scheduling.appointments.rules.telehealth import Doors, join_times, room_address, room_of
from scheduling.booking.services.lifecycle import cancel_appointment, confirm
from scheduling.booking.services.visit_mode import switch_mode
from scheduling.exceptions import SlotNotOffered, SlotTaken, TooLateToChange
from scheduling.models import (
    Allocation,
    Appointment,
    AppointmentEvent,
    AvailabilityRule,
    Mode,
    Resource,
)
from tests.builders import make_appointment, make_patient, make_staff, see
from tests.markup import on_one_line
from tests.scheduling.world import Clinic, make_clinic

PROVIDER = "https://video.example/{room}"
START = datetime(2026, 11, 24, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes", "doors"),
    [(-16, "early"), (-15, "open"), (0, "open"), (30, "open"), (59, "open"), (60, "over")],
)
def test_the_room_opens_before_and_stays_a_while(minutes: int, doors: str) -> None:
    times = join_times(starts_at=START, ends_at=START + timedelta(minutes=30))
    assert times.doors(START + timedelta(minutes=minutes)) == doors


@given(st.integers(-5000, 5000), st.integers(5, 240))
def test_it_is_early_exactly_while_there_is_something_to_wait_for(at: int, length: int) -> None:
    times = join_times(starts_at=START, ends_at=START + timedelta(minutes=length))
    now = START + timedelta(seconds=at)
    assert (times.doors(now) == Doors.EARLY) is (times.seconds_to_wait(now) > 0)


@given(st.uuids(), st.uuids())
def test_a_room_is_a_visits_own_and_tells_nothing_of_it(one: Any, other: Any) -> None:
    rooms = {room_of(str(each), key="key") for each in (one, other)}
    assert len(rooms) == len({one, other})
    assert all(len(room) == 32 and str(one)[:8] not in room for room in rooms)
    assert room_of(str(one), key="key") != room_of(str(one), key="another key")
    assert room_address(PROVIDER, "abc") == "https://video.example/abc"


@pytest.fixture
def clinic(db: None, settings: Settings) -> Clinic:
    settings.VIDEO_VISIT_URL = PROVIDER
    clinic = make_clinic(notice=60)
    clinic.visit_type.modes = ["in_person", "video"]
    clinic.visit_type.save()
    return clinic


def book(clinic: Clinic, now: datetime, hour: int = 10, mode: str = "in_person") -> Appointment:
    visit = make_appointment(
        now=now,
        starts_at=clinic.at(hour),
        site=clinic.site,
        visit_type=clinic.visit_type,
        clinician=clinic.clinician,
    )
    return switched(visit, mode, now) if mode == Mode.VIDEO else visit


def owner_of(visit: Appointment) -> User:
    assert visit.booked_by is not None
    return visit.booked_by


def switched(visit: Appointment, mode: str, now: datetime) -> Appointment:
    return switch_mode(appointment=visit, mode=mode, user=owner_of(visit), now=now)


def browser_of(user: User) -> Client:
    browser = Client()
    backend = None if user.is_staff else "people.backends.OneTimeCodeBackend"
    browser.force_login(user, backend=backend)
    return browser


def join_page(visit: Appointment, user: User | None = None) -> Any:
    browser = browser_of(user or owner_of(visit))
    return browser.get(reverse("portal:join", args=[visit.public_id]))


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setattr("clock.now", lambda: moment)


def room_for(visit: Appointment, settings: Settings) -> str:
    return PROVIDER.replace("{room}", room_of(str(visit.public_id), key=settings.SECRET_KEY))


def test_before_it_opens_the_page_says_when(
    clinic: Clinic, now: datetime, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    visit = book(clinic, now, mode="video")
    at(monkeypatch, visit.starts_at - timedelta(minutes=30))
    page = join_page(visit).content.decode()
    assert "9:45" in page
    assert 'data-countdown-seconds="900"' in page
    assert room_for(visit, settings) not in page


def test_while_it_is_open_one_can_join(
    clinic: Clinic, now: datetime, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    visit = book(clinic, now, mode="video")
    at(monkeypatch, visit.starts_at - timedelta(minutes=15))
    page = join_page(visit)
    assert room_for(visit, settings) in page.content.decode()
    assert str(visit.public_id) not in room_for(visit, settings)
    assert "camera=(self), microphone=(self)" in page.headers["Permissions-Policy"]


@pytest.mark.usefixtures("clock_at_now")
def test_no_other_page_may_use_the_camera(clinic: Clinic, now: datetime) -> None:
    visit = book(clinic, now, mode="video")
    for page in (reverse("home"), reverse("portal:appointment", args=[visit.public_id])):
        answer = browser_of(owner_of(visit)).get(page)
        assert "camera=(), microphone=()" in answer.headers["Permissions-Policy"]


def test_without_a_provider_the_clinic_calls(
    clinic: Clinic, now: datetime, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.VIDEO_VISIT_URL = ""
    visit = book(clinic, now, mode="video")
    at(monkeypatch, visit.starts_at)
    page = join_page(visit).content.decode()
    assert "We call you" in page
    assert "Join the visit" not in page
    assert "(716) 555-0100" in page


def test_to_others_the_visit_does_not_exist(
    clinic: Clinic, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = book(clinic, now, mode="video")
    at(monkeypatch, visit.starts_at)
    stranger, _ = make_patient()
    assert join_page(visit, stranger).status_code == 404
    door = reverse("api:appointment-join", args=[visit.public_id])
    assert browser_of(stranger).get(door).status_code == 404
    assert Client().get(reverse("portal:join", args=[visit.public_id])).status_code == 302


@pytest.mark.parametrize("end", ["late", "canceled", "in person"])
def test_what_cannot_be_joined_any_more_says_so(
    clinic: Clinic, now: datetime, monkeypatch: pytest.MonkeyPatch, settings: Settings, end: str
) -> None:
    visit = book(clinic, now, mode="in_person" if end == "in person" else "video")
    if end == "canceled":
        cancel_appointment(appointment=visit, user=owner_of(visit), reason="", now=now)
    at(monkeypatch, visit.ends_at + timedelta(hours=1) if end == "late" else visit.starts_at)
    page = join_page(visit)
    assert page.status_code == 200
    assert room_for(visit, settings) not in page.content.decode()
    assert ("in person" if end == "in person" else "nothing to join") in page.content.decode()


def test_the_api_says_the_same(
    clinic: Clinic, now: datetime, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    visit = book(clinic, now, mode="video")
    door = reverse("api:appointment-join", args=[visit.public_id])
    at(monkeypatch, visit.starts_at - timedelta(hours=1))
    early = browser_of(owner_of(visit)).get(door).json()
    assert (early["doors"], early["address"]) == ("early", None)
    at(monkeypatch, visit.starts_at)
    open_ = browser_of(owner_of(visit)).get(door).json()
    assert (open_["doors"], open_["address"]) == ("open", room_for(visit, settings))
    assert open_["phone"] == clinic.site.phone


def needs_a_room(clinic: Clinic, rooms: int = 1) -> None:
    clinic.visit_type.needs = ["exam"]
    clinic.visit_type.save()
    for number in range(rooms):
        Resource.objects.create(
            slug=f"exam-{number}", kind=Resource.Kind.ROOM, site=clinic.site, category="exam"
        )


def taken_by(visit: Appointment) -> set[str]:
    rows = Allocation.objects.filter(appointment=visit, active=True)
    return {row.resource.kind for row in rows.select_related("resource")}


def test_video_gives_the_room_back_and_in_person_takes_one(clinic: Clinic, now: datetime) -> None:
    needs_a_room(clinic)
    visit = book(clinic, now)
    assert taken_by(visit) == {"clinician", "room"}
    by_video = switched(visit, Mode.VIDEO, now)
    assert taken_by(visit) == {"clinician"}
    assert (by_video.starts_at, by_video.clinician_id) == (visit.starts_at, visit.clinician_id)
    assert by_video.version == 2
    switched(visit, Mode.IN_PERSON, now)
    assert taken_by(visit) == {"clinician", "room"}
    event = AppointmentEvent.objects.filter(kind="moved").latest("pk")
    assert (event.from_mode, event.reason, event.from_starts_at) == (
        "video",
        "in_person",
        visit.starts_at,
    )


def test_a_yes_stays_a_yes(clinic: Clinic, now: datetime) -> None:
    visit = book(clinic, now)
    confirm(appointment=visit, actor=owner_of(visit), now=now)
    assert switched(visit, Mode.VIDEO, now).status == "confirmed"


def test_the_room_is_gone_and_other_times_are_offered(clinic: Clinic, now: datetime) -> None:
    needs_a_room(clinic)
    visit = book(clinic, now, mode="video")
    colleague = clinic.add_clinician()
    make_appointment(
        now=now,
        starts_at=clinic.at(10),
        site=clinic.site,
        visit_type=clinic.visit_type,
        clinician=colleague,
    )
    with pytest.raises(SlotTaken) as gone:
        switched(visit, Mode.IN_PERSON, now)
    assert clinic.at(10) not in {slot.starts_at for slot in gone.value.alternatives}
    assert gone.value.alternatives
    visit.refresh_from_db()
    assert (visit.mode, taken_by(visit)) == ("video", {"clinician"})


def test_hours_kept_for_one_way_of_meeting_offer_others(clinic: Clinic, now: datetime) -> None:
    visit = book(clinic, now)
    AvailabilityRule.objects.update(mode=Mode.IN_PERSON)
    with pytest.raises(SlotNotOffered):
        switched(visit, Mode.VIDEO, now)


def test_how_soon_one_may_book_does_not_matter_but_how_late_one_may_change_does(
    clinic: Clinic, now: datetime
) -> None:
    clinic.visit_type.minimum_notice = 24 * 60
    clinic.visit_type.save()
    visit = book(clinic, now - timedelta(days=2))
    near = visit.starts_at - timedelta(hours=3)
    assert switched(visit, Mode.VIDEO, near).mode == "video"
    with pytest.raises(TooLateToChange):
        switched(visit, Mode.IN_PERSON, visit.starts_at - timedelta(minutes=30))


@pytest.mark.usefixtures("clock_at_now")
def test_one_tap_switches_and_says_so(clinic: Clinic, now: datetime) -> None:
    visit = book(clinic, now)
    browser = browser_of(owner_of(visit))
    page = reverse("portal:appointment", args=[visit.public_id])
    assert "Meet by video instead" in browser.get(page).content.decode()
    door = reverse("portal:switch", args=[visit.public_id])
    after = browser.post(door, {"mode": "video"}, follow=True).content.decode()
    assert "We meet by video" in after
    assert "Come in person instead" in after
    assert clinic.site.street not in after.split("<footer")[0]
    again = browser.post(door, {"mode": "video"})
    assert again.status_code == 302
    assert Message.objects.filter(kind="appointment_switched").count() == 2
    assert browser.post(door, {"mode": "by pigeon"}).status_code == 404
    assert browser_of(make_patient()[0]).post(door, {"mode": "video"}).status_code == 404


@pytest.mark.usefixtures("clock_at_now")
def test_a_time_that_cannot_be_had_that_way_offers_those_that_can(
    clinic: Clinic, now: datetime
) -> None:
    visit = book(clinic, now)
    AvailabilityRule.objects.filter(weekday=1).update(mode=Mode.IN_PERSON)
    browser, door = browser_of(owner_of(visit)), reverse("portal:switch", args=[visit.public_id])
    offered = browser.post(door, {"mode": "video"})
    assert offered.status_code == 409
    page = on_one_line(offered)
    assert "cannot be had by video" in page
    time = page.split('name="starts_at" value="')[1].split('"')[0]
    browser.post(door, {"mode": "video", "site": clinic.site.slug, "starts_at": time})
    visit.refresh_from_db()
    assert visit.mode == "video"
    assert visit.starts_at.strftime("%Y-%m-%dT%H:%M:%SZ") == time


@pytest.mark.usefixtures("clock_at_now")
def test_the_api_switches_too(clinic: Clinic, now: datetime) -> None:
    visit = book(clinic, now)
    browser = browser_of(owner_of(visit))
    door = reverse("api:appointment-switch", args=[visit.public_id])

    def asks(mode: str) -> Any:
        return browser.post(door, {"mode": mode}, content_type="application/json")

    assert asks("video").json()["mode"] == "video"
    assert asks("by pigeon").status_code == 400
    needs_a_room(clinic, rooms=0)
    problem = asks("in_person")
    assert (problem.status_code, problem.json()["code"]) == (422, "slot_not_offered")
    cancel_appointment(appointment=visit, user=owner_of(visit), reason="", now=now)
    assert asks("in_person").status_code == 409


def test_nobody_is_told_to_come_to_the_building(clinic: Clinic, now: datetime) -> None:
    from messaging.kinds import registry
    from messaging.words import words_for

    visit = book(clinic, now, mode="video")
    for kind in ("appointment_booked", "appointment_moved", "appointment_reminder"):
        queue_messages(
            kind=kind,
            person=visit.person,
            channels=["sms", "email", "voice"],
            key=f"test:{kind}",
            about="appointment",
            about_id=visit.pk,
            about_version=visit.version,
            facts={"asks": True},
            now=now,
        )
    read = 0
    for message in Message.objects.filter(about_version=visit.version):
        for language in ("en", "es"):
            message.language = language
            facts = registry()[message.kind].content(message).facts
            said = words_for(
                kind=message.kind, channel=message.channel, language=language, facts=facts
            )
            assert "video" in said.body, (message.kind, message.channel)
            assert clinic.site.street not in said.body
            read += 1
    assert read >= 18


def test_a_clinician_joins_and_begins_from_their_day(
    clinic: Clinic, now: datetime, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    doctor = make_staff(StaffRole.Role.CLINICIAN, sites=[clinic.site])
    clinic.clinician.user = doctor
    clinic.clinician.save()
    visit = book(clinic, now, mode="video")
    at(monkeypatch, visit.starts_at)
    browser = browser_of(doctor)
    assert room_for(visit, settings) in browser.get(reverse("checkin:my_day")).content.decode()
    begin = reverse("checkin:call_in", args=[visit.public_id])
    assert [browser.post(begin).status_code for _ in range(2)] == [302, 302]
    visit.refresh_from_db()
    assert visit.status == "in_visit"
    colleague = make_staff(StaffRole.Role.CLINICIAN, sites=[clinic.site])
    assert browser_of(colleague).post(begin).status_code == 404


def test_a_visit_that_was_seen_cannot_be_switched(clinic: Clinic, now: datetime) -> None:
    visit = book(clinic, now)
    see(visit, by=make_staff("clinician"), now=visit.starts_at)
    assert see is not None
    browser = browser_of(owner_of(visit))
    door = reverse("portal:switch", args=[visit.public_id])
    assert browser.post(door, {"mode": "video"}).status_code == 409

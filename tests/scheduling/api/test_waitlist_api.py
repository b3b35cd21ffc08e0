"""The waitlist through the API: one's own, and nobody else's."""

from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from people.models import User
from scheduling.models import Appointment, WaitlistEntry, WaitlistOffer
from scheduling.waitlist.services.backfill import offer_freed_times
from tests.builders import make_patient
from tests.scheduling.waiting import book, cancel
from tests.scheduling.world import Clinic, make_clinic

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_at_now")]
WAITLIST = "/api/v1/waitlist/"


class Rosa:
    """She has a visit tomorrow at three, and a program that speaks for her."""

    def __init__(self, now: datetime) -> None:
        self.clinic: Clinic = make_clinic()
        self.visit = book(self.clinic, self.clinic.at(15), now=now)
        self.now = now
        self.program = signed_in(self.visit.booked_by)

    def waits(self, **said: Any) -> Any:
        wish = {"sites": [self.clinic.site.pk], "notice_hours": 1, **said}
        return self.program.post(WAITLIST, wish, content_type="application/json")

    def is_offered(self, hour: int = 10) -> dict[str, Any]:
        cancel(book(self.clinic, self.clinic.at(hour), now=self.now), now=self.now)
        offer_freed_times(now=self.now)
        (offer,) = self.program.get(f"{WAITLIST}offers/").json()
        return dict(offer)


def signed_in(user: User | None) -> Client:
    assert user is not None
    client = Client()
    client.force_login(user, backend="people.backends.OneTimeCodeBackend")
    return client


@pytest.fixture
def rosa(now: datetime) -> Rosa:
    return Rosa(now)


def test_waiting_seeing_it_and_leaving(rosa: Rosa) -> None:
    answer = rosa.waits(visit_type=rosa.clinic.visit_type.slug, parts=["morning"], weekdays=[1])
    assert answer.status_code == 201
    entry = answer.json()
    assert (entry["parts"], entry["weekdays"], entry["replaces"]) == (["morning"], [1], None)
    assert rosa.program.get(WAITLIST).json() == [entry]
    own = f"{WAITLIST}{entry['id']}/"
    assert rosa.program.get(own).json() == entry
    assert rosa.program.delete(own).status_code == 204
    assert rosa.program.get(WAITLIST).json() == []


def test_taking_a_time_moves_the_visit_once(rosa: Rosa) -> None:
    assert rosa.waits(replaces=str(rosa.visit.public_id)).status_code == 201
    offer = rosa.is_offered()
    for _ in range(2):
        taken = rosa.program.post(f"{WAITLIST}offers/{offer['id']}/accept/")
        assert taken.status_code == 200
        assert taken.json()["id"] == str(rosa.visit.public_id)
        assert taken.json()["starts_at"] == offer["starts_at"]
    assert Appointment.objects.filter(status="booked").count() == 1


def test_passing_keeps_the_place(rosa: Rosa) -> None:
    rosa.waits(replaces=str(rosa.visit.public_id))
    page = f"{WAITLIST}offers/{rosa.is_offered()['id']}"
    assert rosa.program.post(f"{page}/decline/").status_code == 204
    assert rosa.program.get(f"{WAITLIST}offers/").json() == []
    gone = rosa.program.post(f"{page}/accept/")
    assert (gone.status_code, gone.json()["code"]) == (409, "offer_gone")
    assert WaitlistEntry.objects.get().until is None


def test_to_others_none_of_it_exists(rosa: Rosa) -> None:
    entry = rosa.waits(replaces=str(rosa.visit.public_id)).json()
    page = f"{WAITLIST}offers/{rosa.is_offered()['id']}"
    stranger = signed_in(make_patient()[0])
    assert stranger.get(WAITLIST).json() == []
    assert stranger.get(f"{WAITLIST}offers/").json() == []
    assert stranger.delete(f"{WAITLIST}{entry['id']}/").status_code == 404
    assert stranger.post(f"{page}/accept/").status_code == 404
    assert stranger.post(f"{page}/decline/").status_code == 404
    wish = {"sites": [rosa.clinic.site.pk], "replaces": str(rosa.visit.public_id)}
    answer = stranger.post(WAITLIST, wish, content_type="application/json")
    assert answer.status_code == 404
    assert WaitlistOffer.objects.get().state == "open"


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({}, "visit_type"),
        ({"weekdays": [7]}, "weekdays"),
        ({"parts": ["night"]}, "parts"),
        ({"sites": []}, "sites"),
        ({"latest": "2026-11-01"}, "latest"),
    ],
)
def test_what_is_not_right_is_named(rosa: Rosa, said: dict[str, Any], wrong: str) -> None:
    kind = {"visit_type": rosa.clinic.visit_type.slug} if said else {}
    answer = rosa.waits(**kind, **said)
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == {wrong}
    assert not WaitlistEntry.objects.exists()

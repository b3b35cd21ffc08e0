"""Canceling in one press, better times in one press, and a minute to take either back."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from messaging.models import Task
from portal.account.sessions import BACKEND
from scheduling.models import Allocation, Appointment
from scheduling.transitions import UNDO_ACCEPTED, UNDO_FOR
from tests.builders import make_appointment, make_patient
from tests.portal.conftest import Clinic

Passes = Callable[[timedelta], datetime]


@pytest.fixture
def visit(clinic: Clinic, now: datetime) -> Appointment:
    """Rosa's, on Wednesday at nine."""
    return make_appointment(
        now=now,
        starts_at=clinic.nine,
        site=clinic.site,
        visit_type=clinic.visit_type,
        clinician=clinic.clinician,
    )


@pytest.fixture
def rosa_at(visit: Appointment) -> Client:
    assert visit.booked_by is not None
    client = Client()
    client.force_login(visit.booked_by, backend=BACKEND)
    return client


def address(name: str, visit: Appointment) -> str:
    return reverse(f"portal:{name}", args=[visit.public_id])


def page(client: Client, name: str, visit: Appointment) -> str:
    return client.get(address(name, visit)).content.decode()


def cancel(client: Client, visit: Appointment, reason: str = "cost") -> None:
    key = client.get(address("cancel", visit)).context["change_key"]
    answer = client.post(address("cancel", visit), {"reason": reason, "key": key})
    assert answer.headers["Location"] == address("appointment", visit)


def status(visit: Appointment) -> str:
    visit.refresh_from_db()
    return str(visit.status)


def test_one_press_cancels_and_one_takes_it_back(rosa_at: Client, visit: Appointment) -> None:
    cancel(rosa_at, visit)
    assert status(visit) == "canceled"
    shown = page(rosa_at, "appointment", visit)
    assert "Your visit is canceled." in shown
    assert 'data-countdown-seconds="60"' in shown
    answer = rosa_at.post(address("undo", visit), follow=True)
    assert "Your visit is as it was before." in answer.content.decode()
    assert status(visit) == "booked"
    assert address("undo", visit) not in page(rosa_at, "appointment", visit)


def test_the_bar_is_there_for_a_minute(
    rosa_at: Client, visit: Appointment, time_passes: Passes
) -> None:
    cancel(rosa_at, visit)
    time_passes(UNDO_FOR - timedelta(seconds=20))
    assert rosa_at.get(address("appointment", visit)).context["undo"]["seconds_left"] == 20
    time_passes(UNDO_FOR)
    assert rosa_at.get(address("appointment", visit)).context["undo"] is None
    time_passes(UNDO_ACCEPTED + timedelta(seconds=1))
    answer = rosa_at.post(address("undo", visit), follow=True)
    assert "This can no longer be undone." in answer.content.decode()
    assert status(visit) == "canceled"


def test_a_page_that_is_sent_again_after_the_undo_cancels_nothing(
    rosa_at: Client, visit: Appointment
) -> None:
    key = rosa_at.get(address("cancel", visit)).context["change_key"]
    for _ in range(2):
        rosa_at.post(address("cancel", visit), {"reason": "cost", "key": key})
        rosa_at.post(address("undo", visit))
    assert (status(visit), visit.version) == ("booked", 3)
    rosa_at.post(address("cancel", visit), {"reason": "other", "key": key})
    assert status(visit) == "booked"


def test_better_times_are_one_press_away(
    clinic: Clinic, rosa_at: Client, visit: Appointment
) -> None:
    answer = rosa_at.get(address("cancel", visit))
    instead = answer.context["instead"]
    # Wednesday at nine: Tuesday, Thursday and Friday at nine are nearest.
    assert [slot.starts_at - visit.starts_at for slot in instead] == [
        timedelta(days=-1),
        timedelta(days=1),
        timedelta(days=2),
    ]
    posted = {
        "site": "lake",
        "starts_at": instead[1].starts_at.isoformat(),
        "clinician": instead[1].clinician_id,
        "key": answer.context["change_key"],
    }
    shown = rosa_at.post(address("move", visit), posted, follow=True).content.decode()
    assert "Your visit has a new time." in shown
    rosa_at.post(address("undo", visit))
    visit.refresh_from_db()
    assert (visit.starts_at, visit.version) == (clinic.nine, 3)


def test_with_no_other_time_the_page_still_leads_to_all(
    rosa_at: Client, visit: Appointment
) -> None:
    visit.clinician.resource.availability_rules.all().delete()
    assert "Move it instead" in page(rosa_at, "cancel", visit)


def test_an_undo_that_comes_second_is_told_kindly(
    clinic: Clinic, rosa_at: Client, visit: Appointment, now: datetime
) -> None:
    cancel(rosa_at, visit)
    make_appointment(
        now=now,
        starts_at=clinic.nine,
        site=clinic.site,
        visit_type=clinic.visit_type,
        clinician=clinic.clinician,
    )
    answer = rosa_at.post(address("undo", visit))
    assert answer.status_code == 409
    assert "Your visit stays canceled" in answer.content.decode()
    assert clinic.later(30) in [slot.starts_at for slot in answer.context["alternatives"]]
    assert reverse("portal:hold", args=[clinic.visit_type.slug]) in answer.content.decode()
    assert status(visit) == "canceled"
    assert Allocation.objects.filter(active=True).count() == 1


def test_anothers_change_is_not_there_to_undo(visit: Appointment, rosa_at: Client) -> None:
    cancel(rosa_at, visit)
    stranger = Client()
    stranger.force_login(make_patient()[0], backend=BACKEND)
    assert stranger.post(address("undo", visit)).status_code == 404
    assert stranger.post(address("call_about", visit), {"want": "move"}).status_code == 404


@pytest.mark.parametrize("want", ["move", "cancel"])
def test_who_is_too_late_can_be_called(
    clinic: Clinic,
    rosa_at: Client,
    visit: Appointment,
    time_passes: Passes,
    now: datetime,
    want: str,
) -> None:
    time_passes(clinic.nine - timedelta(minutes=60) - now)
    refused = rosa_at.get(address(want, visit))
    assert refused.status_code == 409
    for words in (visit.site.phone, "Call me to move it", "Call me to cancel it"):
        assert words in refused.content.decode()
        assert words in page(rosa_at, "appointment", visit)
    for _ in range(2):
        shown = rosa_at.post(address("call_about", visit), {"want": want}, follow=True)
    assert "You asked us to call you." in shown.content.decode()
    task = Task.objects.get()
    assert (task.kind, task.person) == (f"late_{want}", visit.person)
    assert rosa_at.post(address("call_about", visit), {"want": "tea"}).status_code == 404

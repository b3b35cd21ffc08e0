"""What a patient takes home: released with the end of the visit, told of once."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from followups.models import FollowUp, VisitSummary
from followups.selectors import released_summary
from followups.services.planning import USEFUL_FOR, plan_followups
from followups.services.summaries import complete_with_summary
from messaging.models import Message, Task
from people.models import AuditEntry, User
from scheduling.exceptions import IllegalTransition
from scheduling.models import Appointment
from tests.builders import (
    check_in,
    make_appointment,
    make_clinician,
    make_patient,
    make_person,
    make_site,
    make_staff,
    make_visit_type,
    see,
)

pytestmark = pytest.mark.django_db
WORDS = {"said": "All is well.", "next_steps": "Drink more water.\nWalk every day."}


@pytest.fixture
def chen() -> User:
    return make_staff("clinician")


@pytest.fixture
def visit(now: datetime, chen: User) -> Appointment:
    """In progress with Dr. Chen since nine."""
    site, visit_type = make_site(), make_visit_type()
    chen.site_assignments.create(site=site)
    clinician = make_clinician(site=site, visit_types=[visit_type], user=chen)
    visit = make_appointment(now=now, site=site, visit_type=visit_type, clinician=clinician)
    check_in(visit, by=chen, now=visit.starts_at)
    browser_of(chen).post(f"/desk/my-day/{visit.public_id}/call/")
    visit.refresh_from_db()
    assert visit.status == "in_visit"
    return visit


def browser_of(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def complete(visit: Appointment, by: User, **changed: Any) -> VisitSummary:
    fields = {**WORDS, "next_visit_type": None, "next_in_weeks": None, "now": visit.ends_at}
    return complete_with_summary(appointment=visit, author=by, **fields | changed)


def test_the_visit_ends_and_its_summary_is_released_together(
    visit: Appointment, chen: User
) -> None:
    summary = complete(visit, chen)
    visit.refresh_from_db()
    assert visit.status == "completed"
    assert (summary.released_at, summary.written_by) == (visit.ends_at, chen)
    assert released_summary(visit, now=visit.ends_at) == summary
    assert AuditEntry.objects.filter(action="summary.release", actor=chen).count() == 1


@pytest.mark.parametrize("weeks", [None, 0])
def test_when_the_summary_cannot_be_kept_the_visit_does_not_end(
    visit: Appointment, chen: User, weeks: int | None
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        complete(visit, chen, next_visit_type=visit.visit_type, next_in_weeks=weeks)
    visit.refresh_from_db()
    assert visit.status == "in_visit"
    assert not VisitSummary.objects.exists()


def test_a_visit_that_has_not_begun_cannot_end(now: datetime, chen: User) -> None:
    waiting = check_in(make_appointment(now=now), by=chen, now=now)
    with pytest.raises(IllegalTransition):
        complete(waiting, chen)
    assert not VisitSummary.objects.exists()


def test_completing_twice_keeps_the_first_words(visit: Appointment, chen: User) -> None:
    first = complete(visit, chen)
    assert complete(visit, chen, said="Something else.") == first
    assert VisitSummary.objects.get().said == "All is well."
    assert visit.events.filter(to_status="completed").count() == 1


def test_a_next_visit_is_proposed_whole(visit: Appointment, chen: User) -> None:
    summary = complete(visit, chen, next_visit_type=visit.visit_type, next_in_weeks=6)
    assert (summary.next_visit_type, summary.next_in_weeks) == (visit.visit_type, 6)


def test_weeks_without_a_visit_are_dropped(visit: Appointment, chen: User) -> None:
    assert complete(visit, chen, next_in_weeks=6).next_in_weeks is None


def test_the_patient_is_told_once_by_their_channel_and_by_email(
    visit: Appointment, chen: User
) -> None:
    complete(visit, chen)
    assert [plan_followups(now=visit.ends_at) for _ in range(3)] == [1, 0, 0]
    told = Message.objects.filter(kind="visit_summary")
    assert set(told.values_list("channel", flat=True)) == {"sms", "email"}
    assert FollowUp.objects.get().message in told


def test_without_an_address_somebody_is_asked_to_tell_them(now: datetime, chen: User) -> None:
    patient = make_patient(person=make_person(phone=None, email=None))
    see(make_appointment(now=now, patient=patient), by=chen, now=now)
    Task.objects.all().delete()  # the confirmation's
    plan_followups(now=now)
    assert Task.objects.get().kind == "visit_summary"
    assert FollowUp.objects.get().message is None
    assert plan_followups(now=now) == 0


def test_what_was_released_long_ago_is_not_told_of(visit: Appointment, chen: User) -> None:
    complete(visit, chen)
    assert plan_followups(now=visit.ends_at + USEFUL_FOR) == 0
    assert plan_followups(now=visit.ends_at + USEFUL_FOR - timedelta(seconds=1)) == 1


def test_the_planner_goes_through_all_of_them(
    now: datetime, chen: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("followups.services.planning.BATCH", 2)
    for _ in range(5):
        see(make_appointment(now=now), by=chen, now=now)
    assert plan_followups(now=now) == 5


@pytest.fixture
def writing(visit: Appointment, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where Dr. Chen writes, as the visit ends."""
    monkeypatch.setattr("clock.now", lambda: visit.ends_at)
    return f"/desk/my-day/{visit.public_id}/summary/"


def test_the_clinician_writes_and_releases(visit: Appointment, chen: User, writing: str) -> None:
    browser = browser_of(chen)
    assert browser.get(writing).status_code == 200
    posted = WORDS | {"next_visit_type": visit.visit_type_id, "next_in_weeks": 6}
    assert browser.post(writing, posted).headers["Location"] == "/desk/my-day/"
    assert VisitSummary.objects.get().next_in_weeks == 6


@pytest.mark.parametrize("missing", ["said", "next_steps", "next_in_weeks"])
def test_what_is_missing_is_asked_for_and_the_rest_kept(
    visit: Appointment, chen: User, writing: str, missing: str
) -> None:
    posted = WORDS | {"next_visit_type": visit.visit_type_id, "next_in_weeks": 6}
    answer = browser_of(chen).post(writing, posted | {missing: ""})
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [missing]
    kept = "Drink more water." if missing != "next_steps" else "All is well."
    assert kept in answer.content.decode()
    visit.refresh_from_db()
    assert visit.status == "in_visit"


def test_a_colleagues_visit_does_not_exist(visit: Appointment, writing: str) -> None:
    colleague = make_staff("clinician", sites=[visit.site])
    assert browser_of(colleague).get(writing).status_code == 404
    assert browser_of(colleague).post(writing, WORDS).status_code == 404


def test_who_was_not_called_in_is_told_so(
    now: datetime, visit: Appointment, chen: User, writing: str
) -> None:
    Appointment.objects.filter(pk=visit.pk).update(status="checked_in")
    answer = browser_of(chen).post(writing, WORDS)
    assert "Call the patient in first" in answer.content.decode()

"""Asking how it was: once, at the right time; and acting on the answer."""

from datetime import datetime, timedelta

import pytest

from feedback.models import SurveyInvitation, SurveyResponse
from feedback.services.surveys import (
    ASK_AFTER,
    ASK_WITHIN,
    OPEN_FOR,
    SurveyClosed,
    plan_surveys,
    record_response,
)
from messaging.models import Message, Task
from people.models import User
from scheduling.booking.services import lifecycle
from scheduling.models import Appointment
from tests.builders import make_appointment, make_staff, see

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture
def chen() -> User:
    return make_staff("clinician")


@pytest.fixture
def visit(now: datetime, chen: User) -> Appointment:
    """Over since ``now``."""
    visit = make_appointment(now=now)
    see(visit, by=chen, now=now)
    return visit


@pytest.fixture
def invitation(visit: Appointment, now: datetime) -> SurveyInvitation:
    plan_surveys(now=now + ASK_AFTER)
    return SurveyInvitation.objects.get()


@pytest.mark.parametrize(
    ("after", "asked"),
    [
        (timedelta(), 0),
        (ASK_AFTER - SECOND, 0),
        (ASK_AFTER, 1),
        (ASK_AFTER + ASK_WITHIN - SECOND, 1),
        (ASK_AFTER + ASK_WITHIN, 0),
    ],
)
def test_it_asks_two_hours_to_two_days_after_the_visit(
    visit: Appointment, now: datetime, after: timedelta, asked: int
) -> None:
    assert plan_surveys(now=now + after) == asked


def test_it_asks_once_by_the_channel_the_patient_prefers(visit: Appointment, now: datetime) -> None:
    assert [plan_surveys(now=now + ASK_AFTER) for _ in range(3)] == [1, 0, 0]
    message = Message.objects.get(kind="survey_invitation")
    assert (message.channel, message.person) == ("sms", visit.person)
    assert SurveyInvitation.objects.get().message == message


@pytest.mark.parametrize("status", ["booked", "canceled", "no_show"])
def test_who_was_not_seen_is_not_asked(now: datetime, chen: User, status: str) -> None:
    visit = make_appointment(now=now)
    if status == "canceled":
        lifecycle.cancel_appointment(appointment=visit, user=chen, reason="", now=now)
    if status == "no_show":
        lifecycle.mark_no_show(appointment=visit, actor=chen, now=visit.starts_at)
    assert plan_surveys(now=visit.ends_at + ASK_AFTER) == 0


def test_the_planner_goes_through_all_of_them(
    now: datetime, chen: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feedback.services.surveys.BATCH", 2)
    for _ in range(5):
        see(make_appointment(now=now), by=chen, now=now)
    assert plan_surveys(now=now + ASK_AFTER) == 5


def test_the_link_cannot_be_guessed_and_names_nobody(
    visit: Appointment, invitation: SurveyInvitation
) -> None:
    assert len(invitation.token) >= 22
    assert str(visit.public_id) not in invitation.token


def answer(
    invitation: SurveyInvitation, now: datetime, overall: int, comment: str = ""
) -> SurveyResponse:
    return record_response(
        invitation=invitation, overall=overall, waiting=None, comment=comment, now=now
    )


def test_answering_again_changes_the_answer(invitation: SurveyInvitation, now: datetime) -> None:
    answer(invitation, now, 2, "Fine")
    answer(invitation, now + SECOND, 1, "Even better")
    response = SurveyResponse.objects.get()
    assert (response.overall, response.comment) == (1, "Even better")
    assert response.answered_at == now + SECOND


@pytest.mark.parametrize("overall", [4, 5])
def test_a_poor_visit_becomes_a_managers_task_once(
    visit: Appointment, invitation: SurveyInvitation, now: datetime, overall: int
) -> None:
    for _ in range(2):
        answer(invitation, now, overall)
    task = Task.objects.get()
    assert (task.role, task.kind, task.person) == ("manager", "recovery", visit.person)
    assert (task.about, task.about_id) == ("appointment", visit.pk)


@pytest.mark.parametrize("overall", [1, 2, 3, 6])
def test_other_answers_need_nobody(
    invitation: SurveyInvitation, now: datetime, overall: int
) -> None:
    answer(invitation, now, overall)
    assert not Task.objects.exists()


def test_a_survey_closes(invitation: SurveyInvitation) -> None:
    answer(invitation, invitation.closes_at, 1)
    with pytest.raises(SurveyClosed):
        answer(invitation, invitation.closes_at + SECOND, 5)
    assert SurveyResponse.objects.get().overall == 1
    assert invitation.closes_at - invitation.planned_at == OPEN_FOR

"""Inviting patients to say how it was, and taking their answers."""

from datetime import datetime, timedelta

from django.db import transaction

from feedback.models import SurveyInvitation, SurveyResponse
from feedback.rules import needs_a_person
from messaging.services import outbox
from scheduling.models import Appointment
from scheduling.transitions import Status

ASK_AFTER = timedelta(hours=2)
ASK_WITHIN = timedelta(days=2)
OPEN_FOR = timedelta(days=30)
BATCH = 200


class SurveyClosed(Exception):
    """The survey is over."""


def plan_surveys(*, now: datetime) -> int:
    """Invite after every visit completed two hours to two days ago, once; how many."""
    planned = 0
    while True:
        visits = list(
            Appointment.objects.filter(
                status=Status.COMPLETED,
                status_since__lte=now - ASK_AFTER,
                status_since__gt=now - ASK_AFTER - ASK_WITHIN,
                survey_invitation=None,
            )
            .select_related("person")
            .order_by("status_since")[:BATCH]
        )
        planned += sum(_invite(visit, now=now) for visit in visits)
        if len(visits) < BATCH:
            return planned


@transaction.atomic
def _invite(appointment: Appointment, *, now: datetime) -> bool:
    invitation, created = SurveyInvitation.objects.get_or_create(
        appointment=appointment, defaults={"planned_at": now, "closes_at": now + OPEN_FOR}
    )
    if not created:
        return False
    messages = outbox.queue_messages(
        kind="survey_invitation",
        person=appointment.person,
        channels=[appointment.person.preferred_channel],
        key=f"survey:{appointment.pk}",
        about="appointment",
        about_id=appointment.pk,
        facts={"token": invitation.token},
        useful_until=now + timedelta(days=7),
        now=now,
    )
    if messages:
        invitation.message = messages[0]
        invitation.save(update_fields=["message"])
    return True


@transaction.atomic
def record_response(
    *,
    invitation: SurveyInvitation,
    overall: int,
    waiting: int | None,
    comment: str,
    now: datetime,
) -> SurveyResponse:
    """Keep one answer. Answering again changes the answer. Raises SurveyClosed.

    A poor visit becomes a task for a manager, so that somebody acts on it.
    """
    locked = SurveyInvitation.objects.select_for_update().get(pk=invitation.pk)
    if now > locked.closes_at:
        raise SurveyClosed
    response, _ = SurveyResponse.objects.update_or_create(
        invitation=locked,
        defaults={
            "overall": overall,
            "waiting": waiting,
            "comment": comment,
            "answered_at": now,
        },
    )
    if needs_a_person(overall):
        visit = Appointment.objects.select_related("person").get(pk=locked.appointment_id)
        outbox.hand_to_a_person(
            key=f"recovery:{locked.pk}",
            kind="recovery",
            role="manager",
            person=visit.person,
            about="appointment",
            about_id=visit.pk,
            now=now,
        )
    return response

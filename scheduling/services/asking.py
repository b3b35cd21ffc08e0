"""A patient who is too late to change a visit asks us to call: a human way out."""

from datetime import datetime

from django.db import transaction

from messaging.models import Task
from messaging.services import outbox
from people.models import User
from people.services import audit
from scheduling.models import Appointment
from scheduling.services.letters import ABOUT

# What they want, and the kind of task it becomes.
WANTS = {"move": "late_move", "cancel": "late_cancel"}


@transaction.atomic
def ask_for_call(*, appointment: Appointment, want: str, user: User, now: datetime) -> Task:
    """Put on the worklist what a patient wants (``move`` or ``cancel``), once for each version.

    The caller has checked that ``user`` may act for the person.
    """
    kind = WANTS[want]
    audit.note(
        actor=user,
        person_ids=[appointment.person_id],
        action="appointment.ask_for_call",
        subject=f"appointment:{appointment.pk}",
        now=now,
    )
    return outbox.hand_to_a_person(
        key=f"{kind}:{appointment.pk}:{appointment.version}",
        kind=kind,
        person=appointment.person,
        about=ABOUT,
        about_id=appointment.pk,
        now=now,
    )

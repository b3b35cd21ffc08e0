"""A patient who cannot do something here asks us to call: a human way out."""

from datetime import datetime

from django.db import transaction

from messaging.models import Task
from messaging.services import outbox
from people.models import Person, User
from people.rules.names import in_language
from people.services import audit
from scheduling.appointments.services.notices import ABOUT
from scheduling.models import Appointment, Site, VisitType

# What they want, and the kind of task it becomes.
WANTS = {"move": "late_move", "cancel": "late_cancel"}
BOOK_BY_PHONE = "book_by_phone"


@transaction.atomic
def request_call(*, appointment: Appointment, want: str, user: User, now: datetime) -> Task:
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


@transaction.atomic
def request_booking_call(
    *, person: Person, visit_type: VisitType, site: Site | None, user: User, now: datetime
) -> Task:
    """Put on the worklist that somebody wants to book, once a day for each kind of visit.

    The caller has checked that ``user`` may act for ``person``.
    """
    wanted = in_language(visit_type.names, "en")
    audit.note(
        actor=user,
        person_ids=[person.pk],
        action="appointment.ask_for_call",
        subject=f"visit_type:{visit_type.pk}",
        now=now,
    )
    return outbox.hand_to_a_person(
        key=f"{BOOK_BY_PHONE}:{person.pk}:{visit_type.pk}:{now.date().isoformat()}",
        kind=BOOK_BY_PHONE,
        person=person,
        about="visit_type",
        about_id=visit_type.pk,
        detail=f"{wanted}, {site.name}" if site else wanted,
        now=now,
    )

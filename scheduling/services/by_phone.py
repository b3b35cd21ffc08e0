"""The human way out: somebody who cannot book here asks us to call."""

from datetime import datetime

from django.db import transaction

from messaging.models import Task
from messaging.services import outbox
from people.models import Person, User
from people.names import in_language
from people.services import audit
from scheduling.models import Site, VisitType

KIND = "book_by_phone"


@transaction.atomic
def ask_for_a_call(
    *, person: Person, visit_type: VisitType, site: Site | None, user: User, now: datetime
) -> Task:
    """Put a call on the agents' worklist, once a day for each person and kind of visit.

    The caller has checked that ``user`` may act for ``person``.
    """
    wanted = in_language(visit_type.names, "en")
    task = outbox.hand_to_a_person(
        key=f"{KIND}:{person.pk}:{visit_type.pk}:{now.date().isoformat()}",
        kind=KIND,
        person=person,
        about="visit_type",
        about_id=visit_type.pk,
        detail=f"{wanted}, {site.name}" if site else wanted,
        now=now,
    )
    audit.note(
        actor=user,
        person_ids=[person.pk],
        action="appointment.ask_for_a_call",
        subject=f"task:{task.pk}",
        now=now,
    )
    return task

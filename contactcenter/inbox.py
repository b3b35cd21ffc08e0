"""The last interpreter: what no rule understands goes to a person."""

import hashlib
from datetime import datetime

from messaging.inbound import InboundReply
from messaging.services import outbox
from people.selectors import people_reached_at
from scheduling.clinic.selectors.places import clinic_group


def hand_to_a_person(*, from_number: str, body: str, now: datetime) -> InboundReply:
    """Make a task of the text and tell the patient that somebody will read it."""
    person = people_reached_at(from_number).first()
    digest = hashlib.sha256(f"{from_number}:{body}:{now.isoformat()}".encode()).hexdigest()
    outbox.hand_to_a_person(
        key=f"inbox:{digest[:32]}",
        kind="inbox",
        detail=body,
        person=person,
        now=now,
    )
    group = clinic_group()
    return InboundReply("inbox_received", {"clinic_phone": group.phone if group else ""}, person)

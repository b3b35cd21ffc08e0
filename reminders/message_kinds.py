"""What a reminder says."""

from messaging.kinds import Content, MessageKind
from messaging.models import Message
from scheduling.appointments.selectors.appointments import appointment_for_message
from scheduling.message_kinds import appointment_content, still_upcoming
from scheduling.transitions import Status


def _reminder(message: Message) -> Content:
    """The visit's facts, and whether to ask for an answer: not of somebody who has said yes."""
    letter = appointment_content(message)
    confirmed = appointment_for_message(message.about_id or 0).status == Status.CONFIRMED
    asks = bool(message.facts.get("asks")) and not confirmed
    return Content({**letter.facts, "asks": asks}, letter.attachments)


KINDS = [
    MessageKind("appointment_reminder", priority=4, still_true=still_upcoming, content=_reminder),
]

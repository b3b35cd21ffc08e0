"""What scheduling tells patients, and until when it is true."""

from django.utils import translation

from messaging.kinds import Attachment, Content, MessageKind
from messaging.models import Message
from scheduling.facts import calendar_of, facts_of
from scheduling.models import Appointment
from scheduling.selectors.appointments import appointment_for_letter
from scheduling.selectors.places import clinic_name
from scheduling.transitions import UPCOMING, Status


def still_upcoming(message: Message) -> str | None:
    """None while the visit stands as the message says it does."""
    appointment = Appointment.objects.filter(pk=message.about_id or 0).first()
    if appointment is None or appointment.version != message.about_version:
        return "superseded"
    return None if appointment.status in UPCOMING else f"visit_{appointment.status}"


def _still_canceled(message: Message) -> str | None:
    canceled = Appointment.objects.filter(pk=message.about_id or 0, status=Status.CANCELED)
    return None if canceled.exists() else "superseded"


def letter_about(message: Message) -> Content:
    """The facts of the visit, and its calendar file for a letter."""
    appointment = appointment_for_letter(message.about_id or 0)
    facts = facts_of(appointment, message.language, clinic=clinic_name())
    if message.channel != "email":
        return Content(facts)
    method = "CANCEL" if appointment.status == Status.CANCELED else "PUBLISH"
    with translation.override(message.language):
        calendar = calendar_of(appointment, url=facts["link"])
    return Content(facts, [Attachment("visit.ics", calendar, f"text/calendar; method={method}")])


KINDS = [
    MessageKind(
        "appointment_booked",
        immediate=True,
        priority=2,
        still_true=still_upcoming,
        content=letter_about,
    ),
    MessageKind(
        "appointment_moved",
        immediate=True,
        priority=2,
        still_true=still_upcoming,
        content=letter_about,
    ),
    MessageKind(
        "appointment_canceled",
        immediate=True,
        priority=2,
        still_true=_still_canceled,
        content=letter_about,
    ),
]

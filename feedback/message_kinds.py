"""How patients are asked how it was."""

from django.conf import settings

from messaging.kinds import Content, MessageKind
from messaging.models import Message
from people.models import Consent
from scheduling.appointments.selectors.appointments import appointment_for_message
from scheduling.clinic.selectors.places import clinic_name


def _invitation(message: Message) -> Content:
    appointment = appointment_for_message(message.about_id or 0)
    return Content(
        {
            "name": appointment.person.called,
            "clinic": clinic_name(),
            "site": appointment.site.name,
            "link": f"{settings.PUBLIC_URL}/s/{message.facts['token']}/",
        }
    )


KINDS = [
    MessageKind(
        "survey_invitation",
        purpose=Consent.Purpose.FEEDBACK,
        priority=7,
        fallback=False,
        content=_invitation,
    )
]

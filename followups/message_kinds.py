"""How patients hear that their summary is there. What it says stays behind the sign-in."""

from django.conf import settings

from messaging.kinds import Content, MessageKind
from messaging.models import Message
from scheduling.appointments.facts import facts_of
from scheduling.appointments.selectors.appointments import appointment_for_message
from scheduling.clinic.selectors.places import clinic_name


def _summary(message: Message) -> Content:
    appointment = appointment_for_message(message.about_id or 0)
    facts = facts_of(appointment, message.language, clinic=clinic_name())
    facts["link"] = f"{settings.PUBLIC_URL}/visits/{appointment.public_id}/"
    return Content(facts)


KINDS = [MessageKind("visit_summary", content=_summary)]

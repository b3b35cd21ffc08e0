"""What scheduling tells patients, and until when it is true."""

import clock
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext
from messaging.kinds import Attachment, Content, MessageKind
from messaging.models import Message

from scheduling.calendars import visit_calendar
from scheduling.facts import facts_of
from scheduling.models import Appointment
from scheduling.selectors.appointments import appointment_for_letter
from scheduling.selectors.places import clinic_name
from scheduling.transitions import UPCOMING, Status


def still_upcoming(message: Message) -> str | None:
    """None while the visit stands as the message says it does."""
    appointment = Appointment.objects.filter(pk=message.about_id).first()
    if appointment is None or appointment.version != message.about_version:
        return "superseded"
    return None if appointment.status in UPCOMING else f"visit_{appointment.status}"


def _still_canceled(message: Message) -> str | None:
    canceled = Appointment.objects.filter(pk=message.about_id, status=Status.CANCELED)
    return None if canceled.exists() else "superseded"


def letter_about(message: Message) -> Content:
    """The facts of the visit, and its calendar file for a letter."""
    appointment = appointment_for_letter(message.about_id or 0)
    clinic = clinic_name()
    facts = facts_of(appointment, message.language, clinic=clinic)
    if message.channel != "email":
        return Content(facts)
    with translation.override(message.language):
        summary = gettext("Visit at %(site)s") % {"site": appointment.site.name}
    canceled = appointment.status == Status.CANCELED
    calendar = visit_calendar(
        uid=f"{appointment.public_id}@{settings.PUBLIC_URL.split('//')[-1].split(':')[0]}",
        version=appointment.version,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        time_zone=appointment.time_zone,
        summary=summary,
        location=f"{appointment.site.name}, {appointment.site.address}",
        url=facts["link"],
        stamped_at=clock.now(),
        canceled=canceled,
    )
    method = "CANCEL" if canceled else "PUBLISH"
    return Content(
        facts, [Attachment("visit.ics", calendar, f"text/calendar; method={method}")]
    )


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

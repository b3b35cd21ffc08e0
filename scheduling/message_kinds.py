"""What scheduling tells patients, and until when it is true."""

from django.conf import settings
from django.utils import translation

from messaging.kinds import Attachment, Content, MessageKind
from messaging.models import Message
from scheduling.appointments.facts import (
    calendar_of,
    facts_of,
    offer_facts,
    series_facts,
    visit_link,
)
from scheduling.appointments.selectors.appointments import WITH_NAMES, appointment_for_message
from scheduling.appointments.selectors.called_off import CALLED_OFF, is_called_off
from scheduling.clinic.selectors.places import clinic_name
from scheduling.models import Appointment, WaitlistOffer
from scheduling.series.selectors.series import series_for_message
from scheduling.transitions import UPCOMING, Status
from scheduling.waitlist.selectors.entries import offer_for_message


def _as_said(message: Message) -> Appointment | None:
    """The visit while it is the version that the message is about."""
    visits = Appointment.objects.filter(pk=message.about_id or 0)
    return visits.filter(version=message.about_version or 0).first()


def _over(visit: Appointment | None) -> str | None:
    if visit is None:
        return "superseded"
    return None if visit.status in UPCOMING else f"visit_{visit.status}"


def _still_ahead(message: Message) -> str | None:
    """None while the visit is to come, called off or not."""
    return _over(_as_said(message))


def still_upcoming(message: Message) -> str | None:
    """None while the visit takes place as the message says it does."""
    visit = _as_said(message)
    if visit is not None and visit.status in UPCOMING and is_called_off(visit):
        return CALLED_OFF
    return _over(visit)


def _still_called_off(message: Message) -> str | None:
    """Not once the visit has another time, was canceled, or takes place after all."""
    return None if still_upcoming(message) == CALLED_OFF else "superseded"


def _still_canceled(message: Message) -> str | None:
    """Not when it was undone, nor about an earlier time it was canceled."""
    canceled = Appointment.objects.filter(
        pk=message.about_id or 0, status=Status.CANCELED, version=message.about_version or 0
    )
    return None if canceled.exists() else "superseded"


def appointment_content(message: Message) -> Content:
    """The facts of the visit, and its calendar file for a letter."""
    appointment = appointment_for_message(message.about_id or 0)
    facts = facts_of(appointment, message.language, clinic=clinic_name())
    if message.channel != "email":
        return Content(facts)
    method = "CANCEL" if appointment.status == Status.CANCELED else "PUBLISH"
    with translation.override(message.language):
        calendar = calendar_of(appointment, url=facts["link"])
    return Content(facts, [Attachment("visit.ics", calendar, f"text/calendar; method={method}")])


def _series(message: Message) -> Content:
    """What the visits of a message are now, and a calendar file for each in a letter."""
    visits = _spoken_of(message)
    series = series_for_message(message.about_id or 0)
    facts = series_facts(series, visits, message.language, clinic=clinic_name())
    if message.channel != "email":
        return Content(facts)
    method = "CANCEL" if message.kind == "series_canceled" else "PUBLISH"
    with translation.override(message.language):
        files = [
            Attachment(
                f"visit-{number}.ics",
                calendar_of(visit, url=visit_link(visit)),
                f"text/calendar; method={method}",
            )
            for number, visit in enumerate(visits, start=1)
        ]
    return Content(facts, files)


def _spoken_of(message: Message) -> list[Appointment]:
    """Those of a message's visits of which it is still true."""
    said = Appointment.objects.filter(pk__in=message.facts["visits"])
    canceled = message.kind == "series_canceled"
    still = said.filter(status__in=[Status.CANCELED] if canceled else UPCOMING)
    return list(still.select_related(*WITH_NAMES).order_by("starts_at", "pk"))


def _still_some(message: Message) -> str | None:
    return None if _spoken_of(message) else "superseded"


OVER = (WaitlistOffer.State.EXPIRED, WaitlistOffer.State.LOST)


def _still_offered(message: Message) -> str | None:
    offer = offer_for_message(message.about_id or 0)
    return None if offer.state == WaitlistOffer.State.OPEN else f"offer_{offer.state}"


def _still_waiting(message: Message) -> str | None:
    """Who has a time by now, or waits no more, needs no word about one that is gone."""
    offer = offer_for_message(message.about_id or 0)
    waits = offer.entry.until is None and offer.state in OVER
    return None if waits else "superseded"


def _offer(message: Message) -> Content:
    offer = offer_for_message(message.about_id or 0)
    return Content(offer_facts(offer, message.language, clinic=clinic_name()))


def _called_off(message: Message) -> Content:
    """Leads to where another time is chosen; that shows nothing before a sign-in."""
    visit = appointment_for_message(message.about_id or 0)
    facts = facts_of(visit, message.language, clinic=clinic_name())
    return Content(facts | {"link": f"{settings.PUBLIC_URL}/visits/{visit.public_id}/move/"})


def _estimate(message: Message) -> Content:
    visit = appointment_for_message(message.about_id or 0)
    facts = facts_of(visit, message.language, clinic=clinic_name())
    return Content(facts | {"link": f"{settings.PUBLIC_URL}/visits/{visit.public_id}/estimate/"})


KINDS = [
    MessageKind(
        "appointment_booked",
        immediate=True,
        priority=2,
        still_true=still_upcoming,
        content=appointment_content,
    ),
    MessageKind(
        "appointment_moved",
        immediate=True,
        priority=2,
        still_true=still_upcoming,
        content=appointment_content,
    ),
    MessageKind(
        "appointment_switched",
        immediate=True,
        priority=2,
        still_true=still_upcoming,
        content=appointment_content,
    ),
    MessageKind(
        "appointment_canceled",
        immediate=True,
        priority=2,
        still_true=_still_canceled,
        content=appointment_content,
    ),
    # Whoever is on the way should hear of it, whatever the hour.
    MessageKind(
        CALLED_OFF,
        immediate=True,
        priority=1,
        still_true=_still_called_off,
        content=_called_off,
    ),
    MessageKind("estimate_ready", priority=4, still_true=_still_ahead, content=_estimate),
    MessageKind(
        "series_times", immediate=True, priority=2, still_true=_still_some, content=_series
    ),
    MessageKind(
        "series_canceled", immediate=True, priority=2, still_true=_still_some, content=_series
    ),
    # Its minutes count. It is queued outside quiet hours only (services.backfill).
    MessageKind(
        "waitlist_offer", immediate=True, priority=1, still_true=_still_offered, content=_offer
    ),
    MessageKind(
        "waitlist_gone", priority=6, fallback=False, still_true=_still_waiting, content=_offer
    ),
]

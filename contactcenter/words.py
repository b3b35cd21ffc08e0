"""What there is to do, in the words of whoever does it."""

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

# By a task's kind. A message that reached nobody becomes a task of the message's kind.
TASKS: dict[str, StrPromise] = {
    "book_by_phone": _("Call the patient and book a visit with them"),
    "call_back": _("Call the patient back about their visit"),
    "clinician_away": _("Find another time with the patient: the clinician is away"),
    "late_move": _("Call the patient: they want to move a visit that is soon"),
    "late_cancel": _("Call the patient: they want to cancel a visit that is soon"),
    "inbox": _("A patient wrote to us"),
    "recovery": _("A patient had a poor visit: call and make it right"),
    "appointment_booked": _("Tell the patient that their visit is booked"),
    "appointment_moved": _("Tell the patient the new time of their visit"),
    "appointment_switched": _("Tell the patient how they meet the clinician now"),
    "appointment_canceled": _("Tell the patient that their visit is canceled"),
    "series_times": _("Tell the patient the times of their visits"),
    "series_canceled": _("Tell the patient that several of their visits are canceled"),
    "appointment_reminder": _("Remind the patient of their visit"),
    "visit_summary": _("Tell the patient what was said at their visit"),
    "survey_invitation": _("Ask the patient how their visit was"),
    "estimate_ready": _("Tell the patient that their price estimate is ready"),
    "waitlist_offer": _("Offer the patient a time that came free"),
    "staff_reply": _("Give the patient our answer"),
}


def task_words(kind: str) -> str:
    """What to do, in the active language."""
    return str(TASKS.get(kind, _("Call the patient")))

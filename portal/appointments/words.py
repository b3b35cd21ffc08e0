"""What a patient reads about a visit that was booked."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from portal.words import day_and_time
from scheduling.models import Appointment, Mode


def what_happens_next(visit: Appointment, reminders: Sequence[datetime]) -> list[dict[str, str]]:
    """The way from booking to the visit, as the timeline shows it."""
    by_video = visit.mode == Mode.VIDEO
    return [
        {
            "title": _("We are sending you a message"),
            "text": _("It tells you when it is and how to join.")
            if by_video
            else _("It tells you when and where to come."),
            "state": "done",
        },
        *(
            {"title": _("We remind you"), "when": day_and_time(at, visit.time_zone)}
            for at in reminders
        ),
        {
            "title": _("Your visit"),
            "when": day_and_time(visit.starts_at, visit.time_zone),
            "text": _("Open this visit here and press Join.")
            if by_video
            else _("Tell the front desk your name and your date of birth."),
        },
    ]

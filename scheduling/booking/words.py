"""What speaks against a time, in words."""

from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from scheduling.booking.selectors.proposals import Conflict
from scheduling.clinic.words import time_words
from scheduling.models import Site

CONFLICTS: dict[str, StrPromise] = {
    "past": _("This time is over."),
    "too_soon": _("This is sooner than patients may book: %(number)s minutes before."),
    "too_far": _("This is further ahead than patients may book: %(number)s days."),
    "clinician_gone": _("%(name)s does not work here any more."),
    "not_theirs": _("%(name)s does not offer this kind of visit."),
    "no_video": _("This visit cannot be by video."),
    "video_only": _("This visit is by video alone."),
    "closed": _("The site is closed: %(reason)s"),
    "day_off": _("%(name)s is away: %(reason)s"),
    "outside_hours": _("%(name)s does not work here at this time."),
    "no_session": _("%(name)s leads no group session here."),
    "kept_for_others": _("This time is kept for other patients."),
    "visit": _("%(name)s has a visit then, %(hours)s."),
    "elsewhere": _("There is a visit at %(name)s then, %(hours)s."),
    "hold": _("Somebody is booking this time right now, %(hours)s."),
    "block": _("The time is blocked, %(hours)s: %(reason)s"),
    "session": _("%(name)s leads a group session then, %(hours)s."),
    "session_way": _(
        "The way from %(name)s takes %(number)s minutes; the group session there is %(hours)s."
    ),
    "buffer": _("No time is left before or after the visit of %(name)s, %(hours)s."),
    "travel": _("The way from %(name)s takes %(number)s minutes; the visit there is %(hours)s."),
    "full": _("The group session is full: %(number)s places."),
    "no_room": _("No room or device of this kind is free: %(name)s."),
    "cap": _("%(name)s has as many of these visits that day as one should: %(number)s."),
    "not_offered": _("This visit is not usually offered at this time of day."),
    "patient_busy": _("The patient has another visit then, at %(name)s, %(hours)s."),
    "too_late": _("The patient could not move it by themselves any more: it is too near."),
}


def conflict_words(conflict: Conflict, site: Site) -> str:
    """One conflict as a sentence, its hours on the site's clock, in the active language."""
    return str(CONFLICTS[conflict.kind]) % {
        "name": conflict.name or "…",
        "reason": conflict.reason or "…",
        "number": conflict.number,
        "hours": _hours(conflict, ZoneInfo(site.time_zone)),
    }


def _hours(conflict: Conflict, zone: ZoneInfo) -> str:
    ends = [each.astimezone(zone) for each in (conflict.starts_at, conflict.ends_at) if each]
    return " - ".join(time_words(each.time()) for each in ends)

"""When somebody is away, in words."""

from django.utils.translation import gettext

from scheduling.clinic.words import day_words, time_words
from scheduling.closures.rules import Away


def absence_words(away: Away) -> str:
    """From when until when somebody is away, on the wall, in the active language."""
    if away.days == 1 and away.starts and away.ends:
        return gettext("%(day)s, from %(starts)s to %(ends)s") % {
            "day": day_words(away.first_day),
            "starts": time_words(away.starts),
            "ends": time_words(away.ends),
        }
    first, last = day_words(away.first_day), day_words(away.last_day)
    if away.starts:
        first = gettext("%(day)s, from %(time)s") % {"day": first, "time": time_words(away.starts)}
    if away.ends:
        last = gettext("%(day)s, until %(time)s") % {"day": last, "time": time_words(away.ends)}
    if away.days == 1:
        return first if away.starts else last
    return f"{first} - {last}"

"""."""

from django.utils.translation import gettext

from scheduling.clinic.words import _day, _time
from scheduling.closures.rules import Away


def absence_words(away: Away) -> str:
    """From when until when somebody is away, on the wall, in the active language."""
    if away.days == 1 and away.starts and away.ends:
        return gettext("%(day)s, from %(starts)s to %(ends)s") % {
            "day": _day(away.first_day),
            "starts": _time(away.starts),
            "ends": _time(away.ends),
        }
    first, last = _day(away.first_day), _day(away.last_day)
    if away.starts:
        first = gettext("%(day)s, from %(time)s") % {"day": first, "time": _time(away.starts)}
    if away.ends:
        last = gettext("%(day)s, until %(time)s") % {"day": last, "time": _time(away.ends)}
    if away.days == 1:
        return first if away.starts else last
    return f"{first} - {last}"

"""What somebody waits for, in words."""

from django.utils.dates import WEEKDAYS_ABBR

from scheduling.availability.words import PARTS_OF_DAY
from scheduling.models import Mode, WaitlistEntry


def suitable_times_words(entry: WaitlistEntry) -> str:
    """Weekdays, parts of the day and ways to meet that suit who waits; nothing where all do."""
    days = [str(WEEKDAYS_ABBR[each]) for each in entry.weekdays]
    parts = [str(words) for part, words in PARTS_OF_DAY.items() if part in entry.parts]
    some = set(entry.modes) != set(entry.visit_type.modes)
    modes = [str(Mode(each).label) for each in entry.modes if some]
    return " · ".join(", ".join(words) for words in (days, parts, modes) if words)

"""Days and times on the clock of a site, in the active language."""

from datetime import date, time

from django.utils import dateformat, formats


def day_words(day: date) -> str:
    """A day as people say it."""
    return formats.date_format(day, "DAY_FORMAT")


def time_words(wall: time) -> str:
    """A time of day as people say it."""
    return dateformat.time_format(wall, formats.get_format("TIME_FORMAT"))

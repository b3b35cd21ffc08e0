"""."""

from datetime import date, time

from django.utils import dateformat, formats


def _day(day: date) -> str:
    return formats.date_format(day, "DAY_FORMAT")


def _time(wall: time) -> str:
    return dateformat.time_format(wall, formats.get_format("TIME_FORMAT"))

"""When a good faith estimate is due, for patients who pay themselves. Pure.

The rule is 45 CFR 149.610(b)(1)(vi), of the No Surprises Act: a visit that is scheduled at least
3 business days ahead has its estimate no later than 1 business day after it was scheduled; one
scheduled at least 10 business days ahead, no later than 3 business days after; and whoever asks
for one has it no later than 3 business days after asking.
https://www.ecfr.gov/current/title-45/section-149.610

Business days are Monday to Friday without the holidays of the federal government (5 U.S.C.
6103), also on the days on which those are observed.
"""

from collections.abc import Collection
from datetime import date, timedelta
from functools import cache

import holidays

DAY = timedelta(days=1)
SHORT_NOTICE, LONG_NOTICE = 3, 10
DUE_SOON, DUE_LATER = 1, 3
SATURDAY = 5


@cache
def federal_holidays(year: int) -> frozenset[date]:
    """The federal holidays of a year and of the years beside it, as they are observed."""
    return frozenset(holidays.country_holidays("US", years=[year - 1, year, year + 1]))


def is_business_day(day: date, closed: Collection[date]) -> bool:
    return day.weekday() < SATURDAY and day not in closed


def business_days_after(day: date, number: int, closed: Collection[date]) -> date:
    """The ``number``-th business day after ``day``, which does not count itself."""
    while number:
        day += DAY
        number -= is_business_day(day, closed)
    return day


def due_after_booking(booked_on: date, visit_on: date, closed: Collection[date]) -> date | None:
    """When an estimate is due because of a booking; None when it was too shortly before.

    Both are dates where the visit is. A visit is so many business days ahead as there are after
    the day of booking, up to its own.
    """
    if visit_on < business_days_after(booked_on, SHORT_NOTICE, closed):
        return None
    is_far = visit_on >= business_days_after(booked_on, LONG_NOTICE, closed)
    return business_days_after(booked_on, DUE_LATER if is_far else DUE_SOON, closed)


def due_after_asking(asked_on: date, visit_on: date, closed: Collection[date]) -> date:
    """When an estimate is due because the patient asked for it.

    The law gives three business days. An estimate is of use before the visit only: where the
    visit is sooner, it is due on the last business day until then, if there is one.
    """
    days = [business_days_after(asked_on, number, closed) for number in range(DUE_LATER, 0, -1)]
    if is_business_day(asked_on, closed):
        days.append(asked_on)
    return next((day for day in days if day <= visit_on), days[-1])

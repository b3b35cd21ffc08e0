"""Times to move a visit to, for somebody who thinks of canceling it."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from scheduling.appointments.selectors.appointments import standing_of
from scheduling.availability.selectors.busy import Ignored
from scheduling.availability.selectors.search import Search, Slot
from scheduling.availability.selectors.slots import free_slots
from scheduling.models import Appointment

DAYS_BEFORE, DAYS_AFTER = 7, 14


def times_instead(visit: Appointment, *, now: datetime, count: int = 3) -> list[Slot]:
    """The best other times for a visit, each on another day, in order of time.

    Best is near its day, rather with the same clinician, and near its hour. The search spans three
    weeks.
    """
    today = now.astimezone(ZoneInfo(visit.time_zone)).date()
    search = Search(
        visit_type=visit.visit_type,
        site_ids=[visit.site_id],
        first_day=max(today, visit.local_date - timedelta(days=DAYS_BEFORE)),
        last_day=max(today, visit.local_date) + timedelta(days=DAYS_AFTER),
        now=now,
        mode=visit.mode,
        standing=standing_of(visit.person, now=now),
        ignored=Ignored(appointment_id=visit.pk),
    )
    by_day = _best_of_each_day(free_slots(search), visit)
    by_day.pop(visit.local_date, None)
    nearest = sorted(by_day, key=lambda day: (abs(day - visit.local_date), day < visit.local_date))[
        :count
    ]
    return sorted((by_day[day] for day in nearest), key=lambda slot: slot.start)


def _best_of_each_day(slots: Iterable[Slot], visit: Appointment) -> dict[date, Slot]:
    usual = visit.local_time.hour * 60 + visit.local_time.minute

    def worth(slot: Slot) -> tuple[bool, int]:
        at = slot.local
        return slot.clinician_id != visit.clinician_id, abs(at.hour * 60 + at.minute - usual)

    best: dict[date, Slot] = {}
    for slot in slots:
        day = slot.local.date()
        if day not in best or worth(slot) < worth(best[day]):
            best[day] = slot
    return best

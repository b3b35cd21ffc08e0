"""One small clinic to book at, and a count of everything that booking may write."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from messaging.models import Message, Task
from people.models import AuditEntry
from scheduling.availability.selectors.search import Search, Slot, search_at
from scheduling.availability.selectors.slots import slots_at
from scheduling.models import (
    Allocation,
    Appointment,
    AppointmentEvent,
    Clinician,
    Hold,
    IdempotencyRecord,
    Site,
    VisitType,
)
from tests.builders import make_clinician, make_site, make_visit_type

TOMORROW = date(2026, 11, 24)  # the Tuesday after the tests' Monday


@dataclass(frozen=True)
class Clinic:
    """A site, a kind of visit, and the first of the clinicians who offer it."""

    site: Site
    visit_type: VisitType
    clinician: Clinician

    def at(self, hour: int, minute: int = 0, *, day: date = TOMORROW) -> datetime:
        """An instant by the clock on the wall, tomorrow unless said otherwise."""
        local = datetime.combine(day, time(hour, minute), ZoneInfo(self.site.time_zone))
        return local.astimezone(UTC)

    def search_at(self, starts_at: datetime, *, now: datetime, **preferences: Any) -> Search:
        """The one-day search that lists a time here."""
        return search_at(
            visit_type=self.visit_type, site=self.site, starts_at=starts_at, now=now, **preferences
        )

    def slots_at(self, starts_at: datetime, *, now: datetime, **preferences: Any) -> list[Slot]:
        """Who is free here at exactly this time."""
        return slots_at(self.search_at(starts_at, now=now, **preferences), starts_at=starts_at)

    def add_clinician(self) -> Clinician:
        """A colleague who offers the same."""
        return make_clinician(site=self.site, visit_types=[self.visit_type])


def make_clinic(*, zone: str = "America/New_York", **visit: Any) -> Clinic:
    """Weekdays 9:00 to 17:00; half-hour visits on a half-hour grid unless said otherwise."""
    site, visit_type = make_site(zone=zone), make_visit_type(**visit)
    return Clinic(site, visit_type, make_clinician(site=site, visit_types=[visit_type]))


def rows_written() -> dict[str, int]:
    """How many rows there are of everything a booking, a move or a hold may write."""
    models = (
        Allocation,
        Appointment,
        AppointmentEvent,
        AuditEntry,
        Hold,
        IdempotencyRecord,
        Message,
        Task,
    )
    return {model.__name__: model._default_manager.count() for model in models}

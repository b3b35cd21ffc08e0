"""When clinicians are away, and whose visits cannot take place because of it."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from scheduling.appointments.selectors.appointments import WITH_NAMES
from scheduling.appointments.selectors.called_off import closures_of
from scheduling.clinic.rules.wall_time import LAST_MOMENT
from scheduling.closures.rules import Away
from scheduling.models import Appointment, AvailabilityException, Clinician
from scheduling.transitions import UPCOMING

LONGEST_ABSENCE_DAYS = 14


@dataclass
class Absence:
    """One stretch for which somebody is away: its closed days, in order."""

    clinician: Clinician
    closures: list[AvailabilityException] = field(default_factory=list)

    @property
    def away(self) -> Away:
        """As it was said; what is closed until the end of a day is closed without an end."""
        first, last = self.closures[0], self.closures[-1]
        return Away(
            first_day=first.on_date,
            last_day=last.on_date,
            starts=first.starts if first.starts != time.min else None,
            ends=last.ends if last.ends != LAST_MOMENT else None,
        )

    @property
    def reason(self) -> str:
        return self.closures[0].reason

    def goes_on_with(self, closure: AvailabilityException) -> bool:
        """Whether a closed day is the next of this absence."""
        last = self.closures[-1]
        return (
            (closure.resource_id, closure.reason) == (last.resource_id, last.reason)
            and closure.on_date == last.on_date + timedelta(days=1)
            and closure.starts in (None, time.min)
            and last.ends in (None, LAST_MOMENT)
        )


def coming_absences(clinicians: Collection[Clinician], *, today: date) -> list[Absence]:
    """The absences of some clinicians that are not over, the soonest first. One query."""
    by_resource = {each.resource_id: each for each in clinicians}
    found: list[Absence] = []
    coming = closures_of(by_resource).filter(on_date__gte=today)
    for closure in coming.order_by("on_date", "starts", "pk"):
        before = next((each for each in found if each.goes_on_with(closure)), None)
        if before is None:
            before = Absence(by_resource[closure.resource_id or 0])
            found.append(before)
        before.closures.append(closure)
    return found


def visits_in_absence(clinician: Clinician, away: Away, *, now: datetime) -> list[Appointment]:
    """The clinician's visits still to come that lie in it, if only partly; all sites, in order."""
    visits = (
        Appointment.objects.filter(
            clinician=clinician,
            local_date__range=(away.first_day, away.last_day),
            status__in=UPCOMING,
            ends_at__gt=now,
        )
        .select_related(*WITH_NAMES)
        .order_by("starts_at", "pk")
    )
    return [
        visit for visit in visits if away.touches(visit.starts_at, visit.ends_at, visit.time_zone)
    ]

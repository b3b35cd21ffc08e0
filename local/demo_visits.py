"""The demo's invented visits: two months behind us, with answers, and two weeks ahead."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from random import Random

from checkin.models import Arrival
from feedback.models import SurveyInvitation, SurveyResponse
from feedback.services.surveys import OPEN_FOR
from people.models import Person
from scheduling.availability.selectors.search import Search, Slot
from scheduling.availability.selectors.slots import free_slots
from scheduling.booking.services.allocations import Taking, take_first
from scheduling.models import Allocation, Appointment, AppointmentEvent, Site, VisitType
from scheduling.transitions import Status

DAYS_BEHIND, DAYS_AHEAD = 60, 14
VISITS_A_DAY = 4
ANSWERS = [1, 1, 1, 1, 1, 2, 2, 2, 3, 4, 5, 6]
COMMENTS = {
    1: [
        "Everyone was kind and it was over in minutes.",
        "She explained each step and asked if I was ready.",
        "Easy to book, easy to find, no wait.",
    ],
    2: ["Good visit. Parking took longer than the visit did.", "Friendly, a little late."],
    3: ["Fine, but nobody told me why we were waiting."],
    4: ["I waited forty minutes without a word."],
    5: ["The door on the letter was the wrong one and I missed my time."],
}
Progress = Callable[[Iterable[date], str], Iterator[date]]


def load_visits(patients: list[Person], *, now: datetime, progress: Progress) -> int:
    """Fill the calendars around today; how many visits. The same ones every time."""
    dice = Random(7)
    sites = list(Site.objects.filter(active=True).order_by("slug"))
    kinds = list(VisitType.objects.filter(active=True))
    today = now.date()
    days = [today + timedelta(days=number) for number in range(-DAYS_BEHIND, DAYS_AHEAD + 1)]
    made = 0
    for day in progress(days, "Visits"):
        for site in sites:
            for kind in dice.sample(kinds, k=min(VISITS_A_DAY, len(kinds))):
                made += _visit(dice, patients, site, kind, day, now)
    return made


def _visit(
    dice: Random, patients: list[Person], site: Site, kind: VisitType, day: date, now: datetime
) -> bool:
    """One visit at a free time of that day, if there is one, with all that followed from it."""
    booked_at = min(
        datetime.combine(day, datetime.min.time(), now.tzinfo) - timedelta(days=7),
        now - timedelta(hours=1),
    )
    search = Search(kind, [site.pk], day, day, booked_at)
    slots = free_slots(search)
    if not slots:
        return False
    appointment = _book(dice.choice(slots), search, dice.choice(patients))
    if appointment.ends_at < now:
        _happened(dice, appointment, now)
    return True


def _book(slot: Slot, search: Search, person: Person) -> Appointment:
    kind, booked_at = search.visit_type, search.now
    appointment = Appointment.objects.create(
        person=person,
        visit_type=kind,
        site_id=slot.site_id,
        clinician_id=slot.clinician_id,
        local_date=slot.local.date(),
        local_time=slot.local.time(),
        time_zone=slot.time_zone,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        price_low=kind.price_low,
        price_high=kind.price_high,
        created_at=booked_at,
        status_since=booked_at,
    )
    taking = Taking(Allocation.Kind.BOOKING, booked_at, appointment_id=appointment.pk)
    take_first([slot], search=search, taking=taking)
    _event(appointment, AppointmentEvent.Kind.BOOKED, "", booked_at)
    return appointment


def _event(
    appointment: Appointment, kind: AppointmentEvent.Kind, before: str, at: datetime
) -> None:
    AppointmentEvent.objects.create(
        appointment=appointment,
        kind=kind,
        from_status=before,
        to_status=appointment.status,
        version=appointment.version,
        starts_at=appointment.starts_at,
        at=at,
    )


def _happened(dice: Random, appointment: Appointment, now: datetime) -> None:
    """The patient came and was seen, or did not come; most who came said how it was."""
    missed = dice.random() < 0.06
    before = appointment.status
    appointment.status = Status.NO_SHOW if missed else Status.COMPLETED
    appointment.status_since = appointment.ends_at
    appointment.save(update_fields=["status", "status_since"])
    _event(appointment, AppointmentEvent.Kind.STATUS, before, appointment.ends_at)
    if missed:
        return
    arrived_at = appointment.starts_at - timedelta(minutes=dice.randrange(2, 20))
    Arrival.objects.create(
        appointment=appointment,
        arrived_at=arrived_at,
        verified_at=arrived_at,
        identity_verified=True,
        contact_verified=True,
        called_at=appointment.starts_at + timedelta(minutes=dice.randrange(0, 15)),
    )
    asked_at = appointment.ends_at + timedelta(hours=2)
    invitation = SurveyInvitation.objects.create(
        appointment=appointment, planned_at=asked_at, closes_at=asked_at + OPEN_FOR
    )
    answered_at = asked_at + timedelta(hours=dice.randrange(1, 30))
    if dice.random() < 0.35 and answered_at < now:
        overall = dice.choice(ANSWERS)
        said = COMMENTS.get(overall, [])
        SurveyResponse.objects.create(
            invitation=invitation,
            overall=overall,
            waiting=dice.choice([1, 1, 2, 3]),
            comment=dice.choice(said) if said and dice.random() < 0.5 else "",
            answered_at=answered_at,
        )

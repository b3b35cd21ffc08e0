"""A clinician is back: what was closed by hand is open again, and what was called off stands."""

from datetime import date, datetime, time, timedelta

import pytest

from messaging.models import Message, Task
from messaging.services.checks import verdict_on
from people.models import AuditEntry, User
from scheduling.booking.services.overrides import MayNotOverride
from scheduling.closures.rules import Away
from scheduling.closures.selectors.absences import Absence, coming_absences
from scheduling.closures.services.absences import close_days
from scheduling.closures.services.reopening import reopen_days
from scheduling.models import Appointment, AvailabilityException
from tests.builders import make_appointment, make_staff
from tests.scheduling.availability.test_resources import make_session
from tests.scheduling.world import TOMORROW, Clinic, make_clinic

pytestmark = pytest.mark.django_db
DAY_AFTER = TOMORROW + timedelta(days=1)
ALL_DAY, FROM_NOON = Away(TOMORROW, TOMORROW), Away(TOMORROW, TOMORROW, starts=time(12))


@pytest.fixture
def clinic() -> Clinic:
    return make_clinic()


@pytest.fixture
def desk(clinic: Clinic) -> User:
    return make_staff("front_desk", sites=[clinic.site])


def close(clinic: Clinic, user: User, now: datetime, away: Away, reason: str = "Ill") -> None:
    close_days(clinician=clinic.clinician, away=away, reason=reason, chosen={}, user=user, now=now)


def absences(clinic: Clinic, today: date = TOMORROW) -> list[Absence]:
    return coming_absences([clinic.clinician], today=today)


def reopen(
    clinic: Clinic, absence: Absence, user: User, now: datetime, back_on: date = TOMORROW
) -> list[Appointment]:
    return reopen_days(
        clinician=clinic.clinician,
        closure_ids=[each.pk for each in absence.closures],
        back_on=back_on,
        user=user,
        now=now,
    )


def visit_at(clinic: Clinic, hour: int, now: datetime) -> Appointment:
    return make_appointment(
        now=now,
        starts_at=clinic.at(hour),
        site=clinic.site,
        visit_type=clinic.visit_type,
        clinician=clinic.clinician,
    )


def test_an_absence_is_listed_as_it_was_said(clinic: Clinic, desk: User, now: datetime) -> None:
    said = [
        Away(TOMORROW, DAY_AFTER + timedelta(days=2), time(12), time(10)),
        Away(TOMORROW, TOMORROW, time(9), time(10)),
        Away(DAY_AFTER, DAY_AFTER, time(9), time(17)),
    ]
    for away, reason in zip(said, ["Ill", "Meeting", "Course"], strict=True):
        close(clinic, desk, now, away, reason)
    AvailabilityException.objects.create(
        resource=clinic.clinician.resource, on_date=DAY_AFTER, effect="closed", from_file=True
    )
    listed = {each.reason: each.away for each in absences(clinic)}
    assert listed == dict(zip(["Ill", "Meeting", "Course"], said, strict=True))
    assert absences(clinic, today=DAY_AFTER + timedelta(days=3)) == []


def test_the_time_is_bookable_again_and_twice_is_success(
    clinic: Clinic, desk: User, now: datetime
) -> None:
    group = make_session(clinic, places=3)
    close(clinic, desk, now, ALL_DAY)
    (absence,) = absences(clinic)
    for _ in range(2):
        reopen(clinic, absence, desk, now)
    assert clinic.slots_at(clinic.at(14), now=now)
    assert group.slots_at(group.at(10), now=now)
    assert not AvailabilityException.objects.exists()


def test_who_is_back_early_is_back_for_the_rest(clinic: Clinic, desk: User, now: datetime) -> None:
    close(clinic, desk, now, Away(TOMORROW, DAY_AFTER))
    reopen(clinic, absences(clinic)[0], desk, now, back_on=DAY_AFTER)
    assert [each.away for each in absences(clinic)] == [ALL_DAY]
    assert clinic.slots_at(clinic.at(9), now=now) == []
    assert clinic.slots_at(clinic.at(9, day=DAY_AFTER), now=now)


def test_a_visit_that_was_called_off_takes_place_after_all(
    clinic: Clinic, desk: User, now: datetime
) -> None:
    visit = visit_at(clinic, 14, now)
    close(clinic, desk, now, FROM_NOON)
    assert reopen(clinic, absences(clinic)[0], desk, now) == [visit]
    assert Task.objects.get(kind="clinician_away").status == "dropped"
    told = Message.objects.filter(about_id=visit.pk, channel="sms").order_by("pk")
    verdicts = {message.key: verdict_on(message, now=now) for message in told}
    gone, stands = list(verdicts.values())[-2:]
    assert gone
    assert (gone.reason, stands) == ("superseded", None)
    assert list(verdicts)[-1].startswith("takes_place:")
    actions = AuditEntry.objects.filter(person=visit.person, actor=desk)
    assert actions.latest("pk").action == "appointment.take_back"


def test_who_is_ill_again_is_told_of_again(clinic: Clinic, desk: User, now: datetime) -> None:
    visit = visit_at(clinic, 14, now)
    for _ in range(2):
        close(clinic, desk, now, FROM_NOON)
        reopen(clinic, absences(clinic)[0], desk, now)
    close(clinic, desk, now, FROM_NOON)
    letters = Message.objects.filter(kind="clinician_away", about_id=visit.pk, channel="sms")
    assert letters.count() == 3
    assert verdict_on(letters.latest("pk"), now=now) is None


def test_another_absence_still_calls_it_off(clinic: Clinic, desk: User, now: datetime) -> None:
    visit = visit_at(clinic, 14, now)
    for away, reason in ((FROM_NOON, "Ill"), (ALL_DAY, "Course")):
        close(clinic, desk, now, away, reason)
    ill = next(each for each in absences(clinic) if each.reason == "Ill")
    assert reopen(clinic, ill, desk, now) == []
    letters = Message.objects.filter(kind="clinician_away", about_id=visit.pk, channel="sms")
    assert verdict_on(letters.latest("pk"), now=now) is None
    assert not Message.objects.filter(key__startswith="takes_place").exists()


def test_the_days_of_the_clinic_file_and_of_colleagues_stay(
    clinic: Clinic, desk: User, now: datetime
) -> None:
    colleague = clinic.add_clinician()
    rows = [
        AvailabilityException.objects.create(
            resource=who.resource, on_date=TOMORROW, effect="closed", from_file=from_file
        )
        for who, from_file in ((clinic.clinician, True), (colleague, False))
    ]
    assert reopen(clinic, Absence(clinic.clinician, rows), desk, now) == []
    assert AvailabilityException.objects.count() == 2


@pytest.mark.parametrize("role", ["agent", "clinician", "manager"])
def test_other_roles_take_nothing_back(
    clinic: Clinic, desk: User, now: datetime, role: str
) -> None:
    close(clinic, desk, now, ALL_DAY)
    with pytest.raises(MayNotOverride):
        reopen(clinic, absences(clinic)[0], make_staff(role, sites=[clinic.site]), now)
    assert absences(clinic)

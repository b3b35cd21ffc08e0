"""A clinician is ill: every visit of the day is moved or handed to a person."""

from datetime import datetime, time, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from messaging.kinds import registry
from messaging.models import Message, Task
from messaging.services.checks import verdict_on
from people.models import ContactPoint, User
from reminders.selectors import reminder_times
from reminders.services.planning import plan_reminders
from scheduling.appointments.selectors.called_off import called_off_among, is_called_off
from scheduling.booking.selectors.conflicts import conflicts_of
from scheduling.booking.selectors.proposals import proposal_for
from scheduling.booking.selectors.wanted import WantedVisit
from scheduling.booking.services import lifecycle
from scheduling.booking.services.booking import book_appointment
from scheduling.booking.services.holds import hold_slot
from scheduling.booking.services.lifecycle import cancel_appointment
from scheduling.booking.services.overrides import MayNotOverride, Override, ReasonMissing
from scheduling.booking.services.rescheduling import reschedule_appointment
from scheduling.booking.services.staff_booking import book_for_patient
from scheduling.closures.rules import Away
from scheduling.closures.selectors.new_times import suggestions_for
from scheduling.closures.services.absences import NewTime, VisitOutcome, close_days
from scheduling.exceptions import IllegalTransition, SlotNotOffered
from scheduling.models import (
    Allocation,
    Appointment,
    AvailabilityException,
    Clinician,
    Hold,
    WaitlistOffer,
)
from scheduling.prices.services import give_estimate, request_estimate
from scheduling.transitions import SETTLED_AFTER
from scheduling.waitlist.services.backfill import offer_freed_times
from tests.builders import (
    make_appointment,
    make_clinician,
    make_default_reminder_rules,
    make_patient,
    make_site,
    make_staff,
)
from tests.markup import on_one_line
from tests.scheduling.availability.test_resources import make_session
from tests.scheduling.waiting import cancel, waits
from tests.scheduling.world import TOMORROW, Clinic, make_clinic

pytestmark = pytest.mark.django_db
ALL_DAY = Away(TOMORROW, TOMORROW)


@pytest.fixture
def clinic() -> Clinic:
    return make_clinic()


@pytest.fixture
def desk(clinic: Clinic) -> User:
    return make_staff("front_desk", sites=[clinic.site])


@pytest.fixture
def visits(clinic: Clinic, now: datetime) -> list[Appointment]:
    return [
        make_appointment(
            now=now,
            starts_at=clinic.at(hour),
            site=clinic.site,
            visit_type=clinic.visit_type,
            clinician=clinic.clinician,
        )
        for hour in (9, 10)
    ]


def suggested(clinic: Clinic, user: User, now: datetime) -> dict[int, NewTime]:
    found, _ = suggestions_for(clinic.clinician, ALL_DAY, user=user, now=now)
    return {
        each.visit.pk: NewTime(each.site, each.slot.clinician_id, each.slot.starts_at)
        for each in found
        if each.slot and each.site
    }


def close(
    clinic: Clinic,
    user: User,
    now: datetime,
    chosen: dict[int, NewTime],
    *,
    reason: str = "Ill",
    away: Away = ALL_DAY,
) -> list[VisitOutcome]:
    return close_days(
        clinician=clinic.clinician,
        away=away,
        reason=reason,
        chosen=chosen,
        user=user,
        now=now,
    )


def test_the_same_time_with_a_colleague_is_best(
    clinic: Clinic, desk: User, visits: list[Appointment], now: datetime
) -> None:
    colleague = clinic.add_clinician()
    for visit in visits:
        to = suggested(clinic, desk, now)[visit.pk]
        assert (to.starts_at, to.clinician_id) == (visit.starts_at, colleague.pk)


def test_alone_it_is_the_same_clinician_on_the_nearest_other_day_and_no_time_twice(
    clinic: Clinic, desk: User, visits: list[Appointment], now: datetime
) -> None:
    found = suggested(clinic, desk, now)
    starts = [found[visit.pk].starts_at for visit in visits]
    assert len(set(starts)) == 2
    assert all(start.date() != TOMORROW for start in starts)
    assert {found[visit.pk].clinician_id for visit in visits} == {clinic.clinician.pk}


def test_another_site_only_when_this_one_has_nothing(
    clinic: Clinic, desk: User, visits: list[Appointment], now: datetime
) -> None:
    other = make_site()
    there = make_clinician(site=other, visit_types=[clinic.visit_type])
    assert suggested(clinic, desk, now)[visits[0].pk].site == clinic.site
    clinic.clinician.resource.availability_rules.update(valid_from=TOMORROW, valid_until=TOMORROW)
    to = suggested(clinic, desk, now)[visits[0].pk]
    assert (to.site, to.clinician_id) == (other, there.pk)


def test_each_visit_is_moved_or_handed_over_and_the_day_is_closed(
    clinic: Clinic, desk: User, visits: list[Appointment], now: datetime
) -> None:
    colleague: Clinician = clinic.add_clinician()
    first, second = visits
    chosen = {first.pk: suggested(clinic, desk, now)[first.pk]}
    outcomes = close(clinic, desk, now, chosen)
    assert [(each.visit.pk, each.what) for each in outcomes] == [
        (first.pk, "moved"),
        (second.pk, "handed_over"),
    ]
    first.refresh_from_db()
    assert first.clinician == colleague
    assert Message.objects.filter(kind="appointment_moved", about_id=first.pk).exists()
    task = Task.objects.get(kind="clinician_away", status=Task.Status.OPEN)
    assert (task.person, task.about_id) == (second.person, second.pk)
    closed = AvailabilityException.objects.get()
    assert (closed.on_date, closed.reason, closed.effect) == (TOMORROW, "Ill", "closed")
    assert clinic.slots_at(clinic.at(14), now=now, clinician_id=clinic.clinician.pk) == []


def test_a_new_time_that_is_gone_goes_to_a_person_and_the_others_are_moved(
    clinic: Clinic, desk: User, visits: list[Appointment], now: datetime
) -> None:
    colleague = clinic.add_clinician()
    chosen = suggested(clinic, desk, now)
    make_appointment(
        now=now,
        starts_at=clinic.at(9),
        site=clinic.site,
        visit_type=clinic.visit_type,
        clinician=colleague,
    )
    assert [each.what for each in close(clinic, desk, now, chosen)] == ["taken", "moved"]
    assert Task.objects.get(status=Task.Status.OPEN).about_id == visits[0].pk


def test_doing_all_of_it_again_changes_nothing(
    clinic: Clinic, desk: User, visits: list[Appointment], now: datetime
) -> None:
    clinic.add_clinician()
    chosen = {visits[0].pk: suggested(clinic, desk, now)[visits[0].pk]}
    close(clinic, desk, now, chosen)
    again = close(clinic, desk, now, chosen)
    assert [each.what for each in again] == ["handed_over"]
    assert Task.objects.filter(status=Task.Status.OPEN).count() == 1
    assert AvailabilityException.objects.count() == 1
    assert (
        Message.objects.filter(kind="appointment_moved").values("about_id").distinct().count() == 1
    )


def test_nobody_is_left_unseen_when_a_press_is_cut_off(
    clinic: Clinic,
    desk: User,
    visits: list[Appointment],
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clinic.add_clinician()
    moving, other = visits
    chosen = {moving.pk: suggested(clinic, desk, now)[moving.pk]}

    def cut_off(**_: object) -> Appointment:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr("scheduling.closures.services.absences.move_for_patient", cut_off)
        with pytest.raises(SystemExit):
            close(clinic, desk, now, chosen)
    assert {task.about_id for task in Task.objects.all()} == {moving.pk, other.pk}
    told = Message.objects.filter(kind="clinician_away").values_list("about_id", flat=True)
    assert set(told) == {other.pk}
    assert [each.what for each in close(clinic, desk, now, chosen)] == ["moved", "handed_over"]
    assert Task.objects.get(status=Task.Status.OPEN).about_id == other.pk


def test_it_is_never_too_late_for_us(
    clinic: Clinic, desk: User, visits: list[Appointment], now: datetime
) -> None:
    clinic.add_clinician()
    late = visits[0].starts_at - timedelta(minutes=10)
    colleague = Clinician.objects.latest("pk")
    chosen = {visits[0].pk: NewTime(clinic.site, colleague.pk, clinic.at(14))}
    assert close(clinic, desk, late, chosen)[0].what == "moved"


def test_visits_at_other_sites_are_handed_over_and_not_told_of(
    clinic: Clinic, desk: User, now: datetime
) -> None:
    other = make_site()
    clinic.clinician.resource.availability_rules.create(
        site=other, weekday=TOMORROW.weekday(), starts=time(18), ends=time(20), valid_from=TOMORROW
    )
    elsewhere = make_appointment(
        now=now,
        starts_at=clinic.at(18),
        site=other,
        visit_type=clinic.visit_type,
        clinician=clinic.clinician,
    )
    found, more = suggestions_for(clinic.clinician, ALL_DAY, user=desk, now=now)
    assert (found, more) == ([], 1)
    assert close(clinic, desk, now, {}) == []
    assert Task.objects.get().about_id == elsewhere.pk


def test_a_canceled_visit_needs_nothing(
    clinic: Clinic, desk: User, visits: list[Appointment], now: datetime
) -> None:
    cancel_appointment(appointment=visits[0], user=desk, reason="", now=now)
    assert [each.visit for each in close(clinic, desk, now, {})] == [visits[1]]


def test_a_reason_and_the_role_are_needed(
    clinic: Clinic, desk: User, visits: list[Appointment], now: datetime
) -> None:
    with pytest.raises(ReasonMissing):
        close(clinic, desk, now, {}, reason=" ")
    with pytest.raises(MayNotOverride):
        close(clinic, make_staff("agent", sites=[clinic.site]), now, {})
    assert not AvailabilityException.objects.exists()


# --- What people hold, and were offered


def test_what_people_hold_of_the_closed_time_ends(
    clinic: Clinic, desk: User, now: datetime
) -> None:
    held = [hold_at(clinic, hour, now) for hour in (11, 14)]
    close(clinic, desk, now, {}, away=Away(TOMORROW, TOMORROW, starts=time(12)))
    kept = [Allocation.objects.filter(hold=hold, active=True).exists() for hold in held]
    assert kept == [True, False]
    with pytest.raises(SlotNotOffered):
        book(clinic, held[1], now)
    assert book(clinic, held[0], now).starts_at == clinic.at(11)


def hold_at(clinic: Clinic, hour: int, now: datetime) -> Hold:
    return hold_slot(
        visit_type=clinic.visit_type,
        site=clinic.site,
        starts_at=clinic.at(hour),
        holder=f"browser-{hour}",
        now=now,
    )


def book(clinic: Clinic, hold: Hold, now: datetime) -> Appointment:
    user, person = make_patient()
    return book_appointment(
        wanted=WantedVisit.from_hold(hold),
        person=person,
        user=user,
        idempotency_key=f"hold-{hold.pk}",
        holder=hold.holder,
        now=now,
    )


def test_who_was_offered_a_closed_time_hears_that_it_is_gone(
    clinic: Clinic, desk: User, now: datetime
) -> None:
    entry = waits(clinic, now=now)
    cancel(visit_at(clinic, 10, now), now=now)
    offer_freed_times(now=now)
    close(clinic, desk, now, {})
    offer = WaitlistOffer.objects.get()
    assert (offer.entry, offer.state) == (entry, "lost")
    assert Message.objects.get(kind="waitlist_gone").person == entry.person
    assert offer_freed_times(now=now) == 0


def visit_at(clinic: Clinic, hour: int, now: datetime) -> Appointment:
    return make_appointment(
        now=now,
        starts_at=clinic.at(hour),
        site=clinic.site,
        visit_type=clinic.visit_type,
        clinician=clinic.clinician,
    )


def test_nobody_joins_a_group_that_nobody_leads(clinic: Clinic, desk: User, now: datetime) -> None:
    group = make_session(clinic, places=3)
    assert group.slots_at(group.at(10), now=now)
    close(clinic, desk, now, {})
    assert group.slots_at(group.at(10), now=now) == []


# --- Part of a day


def test_ill_from_noon_leaves_the_morning(
    clinic: Clinic, desk: User, visits: list[Appointment], now: datetime
) -> None:
    afternoon = visit_at(clinic, 14, now)
    noon = Away(TOMORROW, TOMORROW, starts=time(12))
    assert [each.visit for each in close(clinic, desk, now, {}, away=noon)] == [afternoon]
    assert clinic.slots_at(clinic.at(11), now=now)
    assert clinic.slots_at(clinic.at(15), now=now) == []


def test_a_time_of_the_same_day_is_suggested_when_they_are_back_by_then(
    clinic: Clinic, desk: User, visits: list[Appointment], now: datetime
) -> None:
    morning = Away(TOMORROW, TOMORROW, ends=time(13))
    found, _ = suggestions_for(clinic.clinician, morning, user=desk, now=now)
    assert [each.slot and each.slot.starts_at for each in found] == [
        clinic.at(13),
        clinic.at(13, 30),
    ]


@pytest.mark.parametrize(
    "away",
    [
        Away(TOMORROW, TOMORROW - timedelta(days=1)),
        Away(TOMORROW, TOMORROW + timedelta(days=14)),
        Away(TOMORROW, TOMORROW, time(12), time(12)),
    ],
)
def test_an_absence_takes_some_time_and_at_most_two_weeks(
    clinic: Clinic, desk: User, now: datetime, away: Away
) -> None:
    with pytest.raises(ValueError, match="takes some time"):
        close(clinic, desk, now, {}, away=away)


def test_a_day_of_the_clinic_file_is_not_taken_for_ones_own(
    clinic: Clinic, desk: User, now: datetime
) -> None:
    AvailabilityException.objects.create(
        resource=clinic.clinician.resource, on_date=TOMORROW, effect="closed", from_file=True
    )
    close(clinic, desk, now, {})
    assert AvailabilityException.objects.filter(from_file=False).count() == 1


# --- Called off


def verdict(visit: Appointment, kind: str, now: datetime) -> str | None:
    """Why a message about a visit must not go, if it must not."""
    message = Message.objects.get(kind=kind, about_id=visit.pk, channel="sms")
    found = verdict_on(message, now=now)
    return found.reason if found else None


def test_whose_visit_is_called_off_is_told_at_once_and_not_reminded(
    clinic: Clinic, desk: User, visits: list[Appointment], now: datetime
) -> None:
    visit = visits[1]
    make_default_reminder_rules()
    before = visit.starts_at - timedelta(hours=2)
    plan_reminders(now=before)
    assert verdict(visit, "appointment_reminder", before) is None
    assert all(each.told for each in close(clinic, desk, now, {}))
    assert verdict(visit, "clinician_away", now) is None
    assert verdict(visit, "appointment_reminder", before) == "clinician_away"
    assert verdict(visit, "appointment_booked", now) == "clinician_away"
    assert reminder_times(visit, now=now) == []
    letter = Message.objects.get(kind="clinician_away", about_id=visit.pk, channel="sms")
    facts = registry()["clinician_away"].content(letter).facts
    assert facts["link"].endswith(f"/visits/{visit.public_id}/move/")


def browser_of_patient(visit: Appointment) -> Client:
    browser = Client()
    assert visit.booked_by is not None
    browser.force_login(visit.booked_by, backend="people.backends.OneTimeCodeBackend")
    return browser


def test_nobody_says_they_come_to_what_is_called_off(
    clinic: Clinic, desk: User, visits: list[Appointment], now: datetime
) -> None:
    visit = visits[1]
    assert lifecycle.can_confirm(visit, now=now)
    close(clinic, desk, now, {})
    assert not lifecycle.can_confirm(visit, now=now)
    with pytest.raises(IllegalTransition):
        lifecycle.confirm(appointment=visit, actor=None, now=now)


@pytest.mark.usefixtures("clock_at_now")
def test_its_page_says_not_to_come_and_offers_another_time(
    clinic: Clinic, desk: User, visits: list[Appointment], now: datetime
) -> None:
    visit = visits[1]
    browser = browser_of_patient(visit)
    address = reverse("portal:appointment", args=[visit.public_id])
    assert "I will be there" in browser.get(address).content.decode()
    close(clinic, desk, now, {})
    page = browser.get(address).content.decode()
    assert "This visit cannot take place" in page
    for misleading in ("I will be there", "Booked", "Add to my calendar", "How to prepare"):
        assert misleading not in page
    assert "Choose another time" in page
    assert reverse("portal:move", args=[visit.public_id]) in page


@pytest.mark.usefixtures("clock_at_now")
def test_no_list_says_that_it_is_booked(
    clinic: Clinic, desk: User, visits: list[Appointment], now: datetime
) -> None:
    visit = visits[1]
    browser = browser_of_patient(visit)
    pages = [reverse("portal:appointments"), reverse("home")]
    for page in pages:
        shown = on_one_line(browser.get(page))
        assert "Booked" in shown
        assert f'data-at="{visit.starts_at.isoformat()}"' in shown
    close(clinic, desk, now, {})
    for page in pages:
        shown = on_one_line(browser.get(page))
        assert "Cannot take place" in shown
        assert "Booked" not in shown
        assert "Tell us that you will be there" not in shown
        assert 'data-keep-visit data-at=""' in shown, "a phone without a network shows it no more"
    assert "Choose another time" in browser.get(reverse("home")).content.decode()


@pytest.mark.usefixtures("clock_at_now")
def test_the_api_says_that_it_cannot_take_place(
    clinic: Clinic, desk: User, visits: list[Appointment], now: datetime
) -> None:
    visit = visits[1]
    browser = browser_of_patient(visit)
    pages = [reverse("api:appointments"), reverse("api:appointment", args=[visit.public_id])]

    def said() -> list[bool]:
        told = [browser.get(page).json() for page in pages]
        return [told[0][0]["called_off"], told[1]["called_off"]]

    assert said() == [False, False]
    close(clinic, desk, now, {})
    assert said() == [True, True]


def test_many_visits_are_asked_at_once_and_told_as_each_alone(
    clinic: Clinic, desk: User, visits: list[Appointment], now: datetime
) -> None:
    close(clinic, desk, now, {})
    every = list(Appointment.objects.select_related("clinician").order_by("pk"))
    with CaptureQueriesContext(connection) as asked:
        off = called_off_among(every)
    assert len(asked) == 2
    assert off == {visit.pk for visit in every if is_called_off(visit)}
    assert off
    assert called_off_among([]) == set()


def test_what_a_visit_costs_is_told_though_it_is_called_off(
    clinic: Clinic, desk: User, visits: list[Appointment], now: datetime
) -> None:
    """It is due by law, and does not say when to come."""
    estimate = request_estimate(appointment=visits[0], user=desk, now=now)
    give_estimate(estimate=estimate, user=desk, now=now)
    close(clinic, desk, now, {})
    assert verdict(visits[0], "estimate_ready", now) is None


def test_who_has_another_time_by_then_does_not_hear_that_the_old_one_is_gone(
    clinic: Clinic, desk: User, visits: list[Appointment], now: datetime
) -> None:
    close(clinic, desk, now, {})
    later = clinic.at(9, day=TOMORROW + timedelta(days=1))
    assert visits[0].booked_by
    reschedule_appointment(
        appointment=visits[0],
        site=clinic.site,
        starts_at=later,
        user=visits[0].booked_by,
        now=now,
    )
    assert verdict(visits[0], "clinician_away", now) == "superseded"
    assert verdict(visits[0], "appointment_moved", now + SETTLED_AFTER) is None


def test_a_visit_that_the_desk_puts_there_all_the_same_takes_place(
    clinic: Clinic, desk: User, now: datetime
) -> None:
    close(clinic, desk, now, {})
    _, person = make_patient()
    wanted = WantedVisit(clinic.visit_type, clinic.site, clinic.at(9), clinic.clinician.pk)
    found = conflicts_of(proposal_for(wanted, person=person, now=now))
    assert [each.kind for each in found] == ["day_off"]
    visit = book_for_patient(
        wanted=wanted,
        person=person,
        user=desk,
        idempotency_key="all-the-same",
        now=now,
        override=Override(frozenset({found[0].key}), "Comes in for her"),
    )
    assert verdict(visit, "appointment_booked", now) is None


def test_whom_no_message_reaches_is_one_call_for_the_desk(
    clinic: Clinic, desk: User, visits: list[Appointment], now: datetime
) -> None:
    ContactPoint.objects.filter(person=visits[0].person).delete()
    assert [each.told for each in close(clinic, desk, now, {})] == [False, True]
    tasks = Task.objects.filter(kind="clinician_away").order_by("pk")
    assert [(task.person, task.role) for task in tasks] == [
        (visit.person, "front_desk") for visit in visits
    ]


# --- Suggestions


def test_the_standings_of_all_patients_are_one_query(
    clinic: Clinic, desk: User, now: datetime
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            suggestions_for(clinic.clinician, ALL_DAY, user=desk, now=now)
        return len(asked)

    visit_at(clinic, 9, now)
    queries()  # reads the directory
    with_one = queries()
    for hour in (10, 11, 12):
        visit_at(clinic, hour, now)
    assert queries() == with_one


def test_a_class_takes_as_many_as_it_has_places(clinic: Clinic, desk: User, now: datetime) -> None:
    group = make_session(clinic, places=3)
    next_week = TOMORROW + timedelta(days=7)
    members = [group_visit(group, group.at(10), now) for _ in range(3)]
    group_visit(group, group.at(10, day=next_week), now)
    found, _ = suggestions_for(clinic.clinician, ALL_DAY, user=desk, now=now)
    assert [each.visit for each in found] == members
    in_two_weeks = next_week + timedelta(days=7)
    assert [each.slot and each.slot.local.date() for each in found] == [
        next_week,
        next_week,
        in_two_weeks,
    ]


def group_visit(group: Clinic, starts_at: datetime, now: datetime) -> Appointment:
    return make_appointment(
        now=now,
        starts_at=starts_at,
        site=group.site,
        visit_type=group.visit_type,
        clinician=group.clinician,
    )

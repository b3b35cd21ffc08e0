"""Taking a clinician's or a room's time away for a while."""

from datetime import datetime, timedelta

import pytest

from messaging.models import Message
from people.models import AuditEntry, User
from scheduling.booking.services.claims import InConflict
from scheduling.booking.services.holds import hold_slot
from scheduling.booking.services.overrides import MayNotOverride, ReasonMissing
from scheduling.calendar.selectors.day_calendar import ROOMS, day_of_site
from scheduling.closures.services.blocks import Block, block_time, unblock_time
from scheduling.models import Allocation, Appointment, Resource, WaitlistOffer
from scheduling.waitlist.services.backfill import offer_freed_times
from tests.builders import make_appointment, make_site, make_staff
from tests.scheduling.availability.test_resources import make_session
from tests.scheduling.waiting import cancel, waits
from tests.scheduling.world import TOMORROW, Clinic, make_clinic

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Clinic:
    return make_clinic()


@pytest.fixture
def desk(clinic: Clinic) -> User:
    return make_staff("front_desk", sites=[clinic.site])


def block(clinic: Clinic, user: User, now: datetime, **changed: object) -> Block:
    wanted: dict[str, object] = {
        "resource": clinic.clinician.resource,
        "site": clinic.site,
        "starts_at": clinic.at(12),
        "ends_at": clinic.at(13),
        "reason": "Team meeting",
        "user": user,
        "now": now,
    }
    return block_time(**(wanted | changed))  # type: ignore[arg-type]


def visit_at(clinic: Clinic, hour: int, now: datetime) -> Appointment:
    return make_appointment(
        now=now,
        starts_at=clinic.at(hour),
        site=clinic.site,
        visit_type=clinic.visit_type,
        clinician=clinic.clinician,
    )


def test_blocked_time_is_not_offered(clinic: Clinic, desk: User, now: datetime) -> None:
    assert clinic.slots_at(clinic.at(12), now=now)
    made = block(clinic, desk, now)
    assert made.conflicts == []
    assert clinic.slots_at(clinic.at(12), now=now) == []
    assert clinic.slots_at(clinic.at(13), now=now)


def test_blocking_twice_is_one_block(clinic: Clinic, desk: User, now: datetime) -> None:
    assert block(clinic, desk, now).allocation == block(clinic, desk, now).allocation
    assert Allocation.objects.filter(kind="block").count() == 1


def test_every_visit_in_the_way_is_told_and_none_is_touched(
    clinic: Clinic, desk: User, now: datetime
) -> None:
    visits = [visit_at(clinic, hour, now) for hour in (12, 14)]
    visit_at(clinic, 16, now)
    with pytest.raises(InConflict) as refused:
        block(clinic, desk, now, ends_at=clinic.at(15))
    assert [each.about for each in refused.value.conflicts] == [visit.pk for visit in visits]
    assert not Allocation.objects.filter(kind="block").exists()
    seen = [each.key for each in refused.value.conflicts]
    made = block(clinic, desk, now, ends_at=clinic.at(15), accepted=seen)
    assert [each.about for each in made.conflicts] == [visit.pk for visit in visits]
    assert Allocation.objects.filter(kind="booking", active=True).count() == 3
    assert clinic.slots_at(clinic.at(13), now=now) == []
    assert AuditEntry.objects.filter(action="block.read").count() == 2


def test_a_visit_that_nobody_saw_stops_the_block(clinic: Clinic, desk: User, now: datetime) -> None:
    first = visit_at(clinic, 12, now)
    with pytest.raises(InConflict) as refused:
        block(clinic, desk, now)
    seen = [each.key for each in refused.value.conflicts]
    second = visit_at(clinic, 14, now)
    with pytest.raises(InConflict) as refused:
        block(clinic, desk, now, ends_at=clinic.at(15), accepted=seen)
    assert [each.about for each in refused.value.conflicts] == [first.pk, second.pk]


def test_a_time_that_somebody_holds_can_be_blocked(
    clinic: Clinic, desk: User, now: datetime
) -> None:
    hold_slot(
        visit_type=clinic.visit_type,
        site=clinic.site,
        starts_at=clinic.at(12),
        holder="browser",
        now=now,
    )
    made = block(clinic, desk, now)
    assert made.allocation.overbook is False
    assert not Allocation.objects.filter(kind="hold", active=True).exists()


def test_a_room_with_two_places_is_blocked_in_both(
    clinic: Clinic, desk: User, now: datetime
) -> None:
    room = Resource.objects.create(
        slug="gym", kind="room", capacity=2, site=clinic.site, category="gym"
    )
    made = block(clinic, desk, now, resource=room)
    assert Allocation.objects.filter(resource=room, active=True).count() == 2
    (column,) = day_of_site(clinic.site, day=TOMORROW, by=ROOMS, now=now).columns
    assert [each.kind for each in column.entries].count("block") == 1
    unblock_time(block=made.allocation, user=desk)
    assert not Allocation.objects.filter(resource=room, active=True).exists()


def test_a_block_is_taken_back_once_and_for_all(clinic: Clinic, desk: User, now: datetime) -> None:
    made = block(clinic, desk, now)
    for _ in range(2):
        unblock_time(block=made.allocation, user=desk)
    assert clinic.slots_at(clinic.at(12), now=now)


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_block_needs_a_reason(clinic: Clinic, desk: User, now: datetime, reason: str) -> None:
    with pytest.raises(ReasonMissing):
        block(clinic, desk, now, reason=reason)


@pytest.mark.parametrize("minutes", [0, -30, 24 * 60 + 1])
def test_a_block_takes_some_time_and_at_most_a_day(
    clinic: Clinic, desk: User, now: datetime, minutes: int
) -> None:
    with pytest.raises(ValueError, match="at most a day"):
        block(clinic, desk, now, ends_at=clinic.at(12) + timedelta(minutes=minutes))


@pytest.mark.parametrize("role", ["agent", "clinician", "manager"])
def test_other_roles_block_nothing(clinic: Clinic, now: datetime, role: str) -> None:
    with pytest.raises(MayNotOverride):
        block(clinic, make_staff(role, sites=[clinic.site]), now)


def test_the_desk_of_another_site_blocks_nothing_and_gives_nothing_back(
    clinic: Clinic, desk: User, now: datetime
) -> None:
    outsider = make_staff("front_desk", sites=[make_site()])
    with pytest.raises(MayNotOverride):
        block(clinic, outsider, now)
    made = block(clinic, desk, now)
    with pytest.raises(MayNotOverride):
        unblock_time(block=made.allocation, user=outsider)
    assert clinic.slots_at(clinic.at(12), now=now) == []


def test_what_was_offered_to_who_waits_is_given_back_and_they_are_told(
    clinic: Clinic, desk: User, now: datetime
) -> None:
    entry = waits(clinic, now=now)
    cancel(visit_at(clinic, 12, now), now=now)
    offer_freed_times(now=now)
    block(clinic, desk, now)
    assert WaitlistOffer.objects.get().state == "lost"
    assert Message.objects.get(kind="waitlist_gone").person == entry.person


def test_a_hold_that_a_block_ends_gives_back_its_room_too(
    clinic: Clinic, desk: User, now: datetime
) -> None:
    Resource.objects.create(slug="exam", kind="room", site=clinic.site, category="exam")
    clinic.visit_type.needs = ["exam"]
    clinic.visit_type.save()
    hold_slot(
        visit_type=clinic.visit_type,
        site=clinic.site,
        starts_at=clinic.at(12),
        holder="browser",
        now=now,
    )
    block(clinic, desk, now)
    assert not Allocation.objects.filter(kind="hold", active=True).exists()


def test_a_group_session_is_called_off_in_all_its_places(
    clinic: Clinic, desk: User, now: datetime
) -> None:
    group = make_session(clinic, places=3)
    visits = [
        make_appointment(
            now=now,
            starts_at=group.at(10),
            site=group.site,
            visit_type=group.visit_type,
            clinician=group.clinician,
        )
        for _ in range(2)
    ]
    session = Resource.objects.get(kind="session")
    wanted = {"resource": session, "starts_at": group.at(10), "ends_at": group.at(12)}
    with pytest.raises(InConflict) as refused:
        block(clinic, desk, now, **wanted)
    assert [each.about for each in refused.value.conflicts] == [visit.pk for visit in visits]
    seen = [each.key for each in refused.value.conflicts]
    block(clinic, desk, now, accepted=seen, **wanted)
    assert group.slots_at(group.at(10), now=now) == []


def test_a_leader_is_blocked_with_who_comes_to_their_class(
    clinic: Clinic, desk: User, now: datetime
) -> None:
    group = make_session(clinic, places=3)
    visit = make_appointment(
        now=now,
        starts_at=group.at(10),
        site=group.site,
        visit_type=group.visit_type,
        clinician=group.clinician,
    )
    hold_slot(
        visit_type=group.visit_type,
        site=group.site,
        starts_at=group.at(10),
        holder="browser",
        now=now,
    )
    with pytest.raises(InConflict) as refused:
        block(clinic, desk, now, starts_at=clinic.at(10), ends_at=clinic.at(12))
    assert [each.about for each in refused.value.conflicts] == [visit.pk]
    seen = [each.key for each in refused.value.conflicts]
    block(clinic, desk, now, starts_at=clinic.at(10), ends_at=clinic.at(12), accepted=seen)
    assert not Allocation.objects.filter(kind="hold", active=True).exists()

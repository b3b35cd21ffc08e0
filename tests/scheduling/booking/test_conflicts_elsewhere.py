"""What speaks against a time because of what the clinician does at another site, or beside it."""

from datetime import date, datetime, time

import pytest

from people.models import Person, User
from scheduling.booking.selectors.conflicts import conflicts_of
from scheduling.booking.selectors.proposals import Conflict, proposal_for
from scheduling.booking.selectors.wanted import WantedVisit
from scheduling.closures.services.blocks import block_time
from scheduling.models import AvailabilityRule, Resource, Site
from tests.builders import make_person, make_site, make_staff
from tests.scheduling.availability.test_resources import make_session
from tests.scheduling.world import TOMORROW, Clinic, make_clinic

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Clinic:
    return make_clinic()


@pytest.fixture
def omar() -> Person:
    return make_person(given_name="Omar", phone="+12125550177", email=None)


@pytest.fixture
def far() -> Site:
    """Half an hour away."""
    site = make_site()
    Site.objects.filter(pk=site.pk).update(latitude=43.2)
    site.refresh_from_db()
    return site


def leads_a_class_at(clinic: Clinic, site: Site) -> Resource:
    """Tomorrow from 10:00 to 11:00."""
    session = Resource.objects.create(
        slug="class", kind="session", capacity=8, leader=clinic.clinician
    )
    rule = AvailabilityRule.objects.create(
        resource=session,
        site=site,
        weekday=TOMORROW.weekday(),
        starts=time(10),
        ends=time(11),
        valid_from=date(2026, 1, 1),
    )
    rule.visit_types.add(clinic.visit_type)
    return session


def found(clinic: Clinic, hour: int, who: Person, now: datetime, minute: int = 0) -> list[Conflict]:
    wanted = WantedVisit(
        clinic.visit_type, clinic.site, clinic.at(hour, minute), clinic.clinician.pk
    )
    return conflicts_of(proposal_for(wanted, person=who, now=now))


def test_a_class_at_another_site_is_told_as_what_it_is(
    clinic: Clinic, omar: Person, far: Site, now: datetime
) -> None:
    session = leads_a_class_at(clinic, far)
    (conflict,) = found(clinic, 10, omar, now)
    assert (conflict.kind, conflict.about) == ("session", session.pk)
    assert (conflict.starts_at, conflict.ends_at) == (clinic.at(10), clinic.at(11))
    assert found(clinic, 14, omar, now) == []


def test_so_is_the_way_from_there(clinic: Clinic, omar: Person, far: Site, now: datetime) -> None:
    leads_a_class_at(clinic, far)
    (conflict,) = found(clinic, 11, omar, now)
    assert (conflict.kind, conflict.name) == ("session_way", far.name)
    assert 30 <= conflict.number <= 90


def test_a_block_beside_a_visits_buffer_is_a_block(omar: Person, now: datetime) -> None:
    """A buffer is that of a visit, and names whose."""
    clinic = make_clinic(buffer_after=15)
    desk: User = make_staff("front_desk", sites=[clinic.site])
    block_time(
        resource=clinic.clinician.resource,
        site=clinic.site,
        starts_at=clinic.at(10, 30),
        ends_at=clinic.at(11),
        reason="Team meeting",
        user=desk,
        now=now,
    )
    (conflict,) = found(clinic, 10, omar, now)
    assert (conflict.kind, conflict.reason) == ("block", "Team meeting")


@pytest.fixture
def group(clinic: Clinic) -> Clinic:
    """A class with two places, tomorrow from 10:00 to 11:30."""
    return make_session(clinic, places=2)


@pytest.mark.parametrize("whose", ["the class", "the leader"])
def test_a_class_that_is_blocked_is_told_as_blocked(
    clinic: Clinic, group: Clinic, omar: Person, now: datetime, whose: str
) -> None:
    session = Resource.objects.get(kind="session")
    block_time(
        resource=session if whose == "the class" else clinic.clinician.resource,
        site=clinic.site,
        starts_at=clinic.at(10),
        ends_at=clinic.at(11, 30),
        reason="Broken",
        user=make_staff("front_desk", sites=[clinic.site]),
        now=now,
    )
    (conflict,) = found(group, 10, omar, now)
    assert (conflict.kind, conflict.reason) == ("block", "Broken")


def test_a_class_is_not_held_while_its_leader_is_away(
    clinic: Clinic, group: Clinic, omar: Person, now: datetime
) -> None:
    clinic.clinician.resource.exceptions.create(on_date=TOMORROW, effect="closed", reason="Ill")
    (conflict,) = found(group, 10, omar, now)
    assert (conflict.kind, conflict.reason) == ("day_off", "Ill")

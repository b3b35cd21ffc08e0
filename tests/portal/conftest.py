"""A small clinic with one clinician, and people who come to book there."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from scheduling.models import Clinician, Site, VisitType
from tests.builders import at, days_after, make_clinician, make_group, make_site, make_visit_type
from tests.portal.visitor import Visitor


@dataclass(frozen=True, slots=True)
class Clinic:
    """``nine`` is 9:00 in two days, free; the clinician sees one patient at a time."""

    site: Site
    visit_type: VisitType
    clinician: Clinician
    nine: datetime

    def later(self, minutes: int) -> datetime:
        return self.nine + timedelta(minutes=minutes)


@pytest.fixture
def clinic(db: None, clock_at_now: datetime) -> Clinic:
    make_group()
    site = make_site(slug="lake", name="Lakeside Clinic")
    visit_type = make_visit_type(slug="blood-test")
    clinician = make_clinician(site=site, visit_types=[visit_type], name="Dr. Chen")
    return Clinic(site, visit_type, clinician, at(site, days_after(clock_at_now, 2), 9))


@pytest.fixture
def rosa() -> Visitor:
    return Visitor()


@pytest.fixture
def stranger() -> Visitor:
    """Somebody else's browser."""
    return Visitor()


@pytest.fixture
def time_passes(
    monkeypatch: pytest.MonkeyPatch, clock_at_now: datetime
) -> Callable[[timedelta], datetime]:
    """Move the clock so far ahead of where the test began."""

    def move(length: timedelta) -> datetime:
        moment = clock_at_now + length
        monkeypatch.setattr("clock.now", lambda: moment)
        return moment

    return move

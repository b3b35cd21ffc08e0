"""Processes keep the directory: nobody may ever be shown hours that are no longer true."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from scheduling.availability.selectors.search import Search
from scheduling.availability.selectors.slots import free_slots
from scheduling.clinic.selectors.directory import Directory, current_directory
from scheduling.models import (
    AvailabilityException,
    AvailabilityRule,
    DirectoryVersion,
    Resource,
    Site,
)
from tests.builders import make_clinician, make_site, make_visit_type
from tests.scheduling.world import TOMORROW, Clinic, make_clinic

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def times(clinic: Clinic, now: datetime) -> list[str]:
    """Tomorrow's free times on the clinic's clock."""
    found = free_slots(Search(clinic.visit_type, [clinic.site.pk], TOMORROW, TOMORROW, now))
    return [f"{slot.local:%H:%M}" for slot in found]


def _close_site(clinic: Clinic) -> None:
    clinic.site.active = False
    clinic.site.save()


def _rename(clinic: Clinic) -> None:
    Site.objects.update(name="Renamed")


def _another_visit_type(clinic: Clinic) -> None:
    make_visit_type()


def _another_clinician(clinic: Clinic) -> None:
    make_clinician(site=clinic.site, visit_types=[clinic.visit_type])


def _offers_no_more(clinic: Clinic) -> None:
    clinic.clinician.visit_types.clear()


def _calendar_takes_two(clinic: Clinic) -> None:
    Resource.objects.filter(clinician=clinic.clinician).update(capacity=2)


def _hours_end_sooner(clinic: Clinic) -> None:
    AvailabilityRule.objects.update(ends=time(12))


def _hours_are_gone(clinic: Clinic) -> None:
    AvailabilityRule.objects.all().delete()


def _hours_are_for_one_kind(clinic: Clinic) -> None:
    AvailabilityRule.objects.all()[0].visit_types.add(clinic.visit_type)


def _closes_tomorrow(clinic: Clinic) -> None:
    AvailabilityException.objects.create(site=clinic.site, on_date=TOMORROW, effect="closed")


def _works_longer_tomorrow(clinic: Clinic) -> None:
    AvailabilityException.objects.create(
        site=clinic.site,
        resource=clinic.clinician.resource,
        on_date=TOMORROW,
        effect="extra",
        starts=time(19),
        ends=time(20),
    )


EDITS = [
    _closes_tomorrow,
    _works_longer_tomorrow,
    _close_site,
    _rename,
    _another_visit_type,
    _another_clinician,
    _offers_no_more,
    _calendar_takes_two,
    _hours_end_sooner,
    _hours_are_gone,
    _hours_are_for_one_kind,
]


def test_what_was_read_is_kept() -> None:
    make_clinic()
    first = current_directory()
    with CaptureQueriesContext(connection) as asked:
        assert current_directory() is first
    assert len(asked) == 1


@pytest.mark.parametrize("edit", EDITS)
def test_every_edit_is_seen_at_once(edit: Callable[[Clinic], None]) -> None:
    clinic = make_clinic()
    before = current_directory()
    edit(clinic)
    assert current_directory() is not before


def test_an_edit_that_is_undone_leaves_nothing_behind() -> None:
    clinic = make_clinic()
    open_until_five = times(clinic, NOW)
    with transaction.atomic():
        _hours_end_sooner(clinic)
        assert times(clinic, NOW) != open_until_five
        transaction.set_rollback(True)
    assert times(clinic, NOW) == open_until_five
    # The next edit is another one, however alike it looks.
    AvailabilityRule.objects.update(ends=time(10))
    assert "11:30" not in times(clinic, NOW)


def test_a_day_that_differs_is_seen_by_the_next_search() -> None:
    clinic = make_clinic()
    usual = times(clinic, NOW)
    _works_longer_tomorrow(clinic)
    assert times(clinic, NOW) == [*usual, "19:00", "19:30"]
    _closes_tomorrow(clinic)
    assert times(clinic, NOW) == []
    AvailabilityException.objects.all().delete()
    assert times(clinic, NOW) == usual


def test_a_search_asks_for_the_token_and_for_what_is_taken() -> None:
    clinic = make_clinic()
    _works_longer_tomorrow(clinic)
    times(clinic, NOW)
    with CaptureQueriesContext(connection) as asked:
        assert "19:30" in times(clinic, NOW)
    assert len(asked) == 2


def test_a_site_that_closes_is_found_by_nobody() -> None:
    clinic = make_clinic()
    assert times(clinic, NOW)
    _close_site(clinic)
    assert times(clinic, NOW) == []


def test_without_a_token_everything_is_read_each_time() -> None:
    clinic = make_clinic()
    DirectoryVersion.objects.all().delete()
    assert times(clinic, NOW)
    _hours_are_gone(clinic)
    DirectoryVersion.objects.all().delete()
    assert times(clinic, NOW) == []


@pytest.mark.django_db(transaction=True)
def test_others_see_an_edit_when_it_is_committed_and_not_before() -> None:
    make_site(name="First")

    def elsewhere() -> Directory:
        try:
            return current_directory()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        before = pool.submit(elsewhere).result()
        with transaction.atomic():
            make_site(name="Second")
            assert len(current_directory().sites) == 2
            assert pool.submit(elsewhere).result() == before
        assert len(pool.submit(elsewhere).result().sites) == 2


@pytest.mark.django_db(transaction=True)
def test_emptied_tables_are_an_edit_too() -> None:
    make_site()
    assert current_directory().sites
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE scheduling_site CASCADE")
    assert not current_directory().sites

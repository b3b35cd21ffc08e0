"""Whole journeys on connections that go from one process to the next with each transaction."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.journeys import test_one_visit, test_several_visits, test_without_scripts
from tests.journeys.conftest import MONDAY
from tests.pgbouncer import PROGRAM, SERVERS, counted, pooled
from tests.stack import Stack, running_stack

pytestmark = [
    pytest.mark.browser,
    pytest.mark.stack,
    pytest.mark.skipif(PROGRAM is None, reason="no PgBouncer on this machine"),
    pytest.mark.complete,
]
People = Callable[..., Page]


@pytest.fixture
def stack(tmp_path: Path, worker_id: str) -> Iterator[Stack]:
    """As for the other journeys, with PgBouncer in transaction mode before the database."""
    number = 1 + int(worker_id.removeprefix("gw") or 0) if worker_id != "master" else 1
    pool = partial(pooled, folder=tmp_path)
    with running_stack(tmp_path, redis_number=number, at=MONDAY, through=pool) as running:
        yield running


@pytest.fixture
def look() -> Callable[[Page, str], None]:
    """The same pages are looked at without PgBouncer."""
    return lambda page, name: None


@pytest.fixture(autouse=True)
def _connections_are_shared(stack: Stack) -> Iterator[None]:
    """The journey proves something only if there are fewer connections than who use them."""
    yield
    url = stack.env["DATABASE_URL"]
    assert 1 <= counted(url, "SERVERS") <= SERVERS < counted(url, "CLIENTS")


def test_the_whole_life_of_one_appointment(
    stack: Stack, new_person: People, look: Callable[[Page, str], None]
) -> None:
    test_one_visit.test_the_whole_life_of_one_appointment(stack, new_person, look)


def test_a_visit_goes_through_the_clinic(stack: Stack, new_person: People) -> None:
    test_without_scripts.test_a_visit_goes_through_the_clinic(stack, new_person)


def test_several_visits_at_once(
    stack: Stack, new_person: People, look: Callable[[Page, str], None]
) -> None:
    test_several_visits.test_several_visits(stack, new_person, look)

"""One more try for what PostgreSQL says may be tried again, and for nothing else."""

from collections.abc import Callable

import pytest
from django.db import OperationalError
from psycopg2.errors import AdminShutdown, DeadlockDetected, SerializationFailure

from infrastructure.retries import Stale, retried_once


class Service:
    """Fails as often as it is told to, for the reason it is told."""

    def __init__(self, *reasons: type[Exception]) -> None:
        self.reasons = list(reasons)
        self.calls = 0

    def __call__(self, *, answer: str) -> str:
        self.calls += 1
        if self.reasons:
            raise OperationalError("lost") from self.reasons.pop(0)()
        return answer

    __name__ = "service"


@pytest.mark.parametrize("reason", [DeadlockDetected, SerializationFailure])
def test_a_transaction_that_lost_to_another_is_run_again(reason: type[Exception]) -> None:
    service = Service(reason)
    assert retried_once(service)(answer="done") == "done"
    assert service.calls == 2


def test_a_second_loss_is_told() -> None:
    service = Service(DeadlockDetected, DeadlockDetected)
    with pytest.raises(OperationalError):
        retried_once(service)(answer="done")
    assert service.calls == 2


def test_other_trouble_is_not_tried_again() -> None:
    service = Service(AdminShutdown)
    with pytest.raises(OperationalError):
        retried_once(service)(answer="done")
    assert service.calls == 1


class HoursChanged(Stale):
    in_the_end = LookupError


def failing(*reasons: Exception) -> Callable[[], str]:
    """A service that raises each of the reasons once, and then answers."""
    left = list(reasons)

    def service() -> str:
        if left:
            raise left.pop(0)
        return "done"

    return service


def test_what_read_something_stale_is_run_again() -> None:
    assert retried_once(failing(HoursChanged()))() == "done"


def test_what_is_stale_twice_ends_as_its_owner_says() -> None:
    with pytest.raises(LookupError):
        retried_once(failing(HoursChanged(), HoursChanged()))()


def test_nothing_is_run_a_third_time() -> None:
    with pytest.raises(OperationalError):
        retried_once(failing(HoursChanged(), OperationalError()))()

"""One more try for what PostgreSQL says may be tried again, and for nothing else."""

import pytest
from django.db import OperationalError
from psycopg2.errors import AdminShutdown, DeadlockDetected, SerializationFailure

from scheduling.booking.services.retries import retried_once


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

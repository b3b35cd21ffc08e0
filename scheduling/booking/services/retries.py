"""What PostgreSQL may answer under contention, and the one retry it deserves."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import structlog
from django.db import OperationalError
from psycopg2.errors import DeadlockDetected, SerializationFailure

from scheduling.exceptions import SlotTaken

P = ParamSpec("P")
R = TypeVar("R")
log = structlog.get_logger(__name__)


class Outdated(Exception):
    """The clinic's hours were changed between looking at a time and taking it."""


def retried_once(service: Callable[P, R]) -> Callable[P, R]:
    """Run a whole transaction again, once, after 40P01 (deadlock) or 40001 (serialization), and
    where it looked at hours that are no more; SlotTaken where they change again by then.

    Goes outside ``transaction.atomic``.
    """

    @wraps(service)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return service(*args, **kwargs)
        except Outdated:
            log.info("hours changed meanwhile", service=service.__name__)
            return _once_more(service, *args, **kwargs)
        except OperationalError as error:
            if not isinstance(error.__cause__, DeadlockDetected | SerializationFailure):
                raise
            log.warning("transaction retried", service=service.__name__)
            return service(*args, **kwargs)

    return wrapper


def _once_more(service: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    try:
        return service(*args, **kwargs)
    except Outdated as again:
        raise SlotTaken from again

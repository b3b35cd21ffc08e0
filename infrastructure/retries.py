"""What PostgreSQL may answer under contention, and the one retry it deserves."""

from collections.abc import Callable
from functools import wraps
from typing import ClassVar, ParamSpec, TypeVar

import structlog
from django.db import OperationalError
from psycopg2.errors import DeadlockDetected, SerializationFailure

P = ParamSpec("P")
R = TypeVar("R")
log = structlog.get_logger(__name__)


class Stale(Exception):
    """What a transaction had read was changed before it wrote; ``in_the_end`` says what to raise
    when that happens twice.
    """

    in_the_end: ClassVar[type[Exception]]


def retried_once(service: Callable[P, R]) -> Callable[P, R]:
    """Run a whole transaction again, once, after 40P01 (deadlock) or 40001 (serialization), and
    where what it had read is ``Stale``.

    Goes outside ``transaction.atomic``.
    """

    @wraps(service)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return service(*args, **kwargs)
        except Stale as stale:
            log.info("transaction retried", service=service.__name__, because=type(stale).__name__)
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
    except Stale as again:
        raise again.in_the_end from again

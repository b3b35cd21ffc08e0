"""Structured logs: one event a line, with the request's id and never a patient's data.

Events carry ids and counts. Whatever key might hold something private is dropped here, so that
a careless call site cannot leak it.
"""

import logging.config
from typing import Any

import structlog

PRIVATE_KEYS = frozenset(
    {"address", "body", "born_on", "code", "email", "from_number", "name", "phone", "to", "token"}
)


def drop_private(
    _logger: Any, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Remove values whose key says they may be private."""
    for key in PRIVATE_KEYS & event.keys():
        event[key] = "[private]"
    return event


SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    drop_private,
    structlog.processors.format_exc_info,
]


class OnlyFaults(logging.Filter):
    """Of Django's notes on requests keep the faults, without the path, which may be private.

    The request's own line tells the status of all others.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = "unhandled error", ()
        return bool(record.exc_info)


def logging_config(*, human: bool) -> dict[str, Any]:
    """Django's LOGGING: readable lines for people, JSON lines for machines."""
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)
        if human
        else structlog.processors.JSONRenderer()
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    renderer,
                ],
            }
        },
        "filters": {"only_faults": {"()": OnlyFaults}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["console"], "level": "INFO"},
        "loggers": {
            "django.server": {"handlers": ["console"], "propagate": False},
            "django.request": {"filters": ["only_faults"]},
            "django.security.csrf": {"filters": ["only_faults"]},
            # The client logs whole requests, bodies and numbers included.
            "twilio.http_client": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
        },
    }


def configure(config: dict[str, Any]) -> None:
    """Set up standard logging and structlog on top of it."""
    logging.config.dictConfig(config)
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )

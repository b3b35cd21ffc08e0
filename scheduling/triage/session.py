"""Where a browser's answers led, kept in its session for a while: never the answers themselves."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpRequest

SESSION_KEY = "visit_questions"
KEPT = 4
KEPT_FOR = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class KeptOutcome:
    """Urgent advice, a better visit type (its short name), or a token to go on with."""

    urgent: str = ""
    visit_type: str = ""
    token: str = ""


def keep_outcome(request: HttpRequest, visit_type: str, led: KeptOutcome, *, now: datetime) -> None:
    """Remember where the questions of a visit type led, and let the oldest of several go."""
    kept = dict(request.session.get(SESSION_KEY, {}))
    kept.pop(visit_type, None)
    kept[visit_type] = [led.urgent, led.visit_type, led.token, now.timestamp()]
    request.session[SESSION_KEY] = dict(list(kept.items())[-KEPT:])


def kept_outcome(request: HttpRequest, visit_type: str, *, now: datetime) -> KeptOutcome:
    """Where they led within the last two hours; nowhere when they were not answered."""
    kept = request.session.get(SESSION_KEY, {}).get(visit_type)
    if kept is None or now.timestamp() - kept[-1] >= KEPT_FOR.total_seconds():
        return KeptOutcome()
    return KeptOutcome(*kept[:-1])


def forget_outcome(request: HttpRequest, visit_type: str) -> None:
    kept = dict(request.session.get(SESSION_KEY, {}))
    if kept.pop(visit_type, None) is not None:
        request.session[SESSION_KEY] = kept

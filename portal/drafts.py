"""What a browser has typed for each time it holds: two windows hold two, for two people."""

import uuid
from typing import Any

from django.http import HttpRequest

SESSION_KEY = "booking_drafts"
KEPT = 4


def draft_of(request: HttpRequest, hold_id: uuid.UUID) -> dict[str, Any]:
    """``details`` as typed and ``person`` as recorded for one held time, as far as given."""
    draft: dict[str, Any] = _drafts(request).get(str(hold_id), {})
    return draft


def newest_details(request: HttpRequest) -> dict[str, Any] | None:
    """What was typed last in any window, to begin with in the next."""
    typed = [draft["details"] for draft in _drafts(request).values() if "details" in draft]
    return typed[-1] if typed else None


def keep_draft(request: HttpRequest, hold_id: uuid.UUID, **more: Any) -> None:
    """Add to what is known for a held time, and let the oldest of several go."""
    drafts = _drafts(request)
    drafts[str(hold_id)] = drafts.pop(str(hold_id), {}) | more
    request.session[SESSION_KEY] = dict(list(drafts.items())[-KEPT:])


def _drafts(request: HttpRequest) -> dict[str, dict[str, Any]]:
    return dict(request.session.get(SESSION_KEY, {}))

"""What a browser has typed for each time it holds: two windows hold two, for two people.

A draft's ``Key`` is the id of the time that is held, or a word where none is.
"""

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import get_language

from people.models import Person, User
from people.selectors import current_coverage, people_acted_for
from portal.coverage.forms import pays_of
from scheduling.models import Plan

SESSION_KEY = "booking_drafts"
KEPT = 4
Key = uuid.UUID | str


def draft_of(request: HttpRequest, key: Key) -> dict[str, Any]:
    """``details`` as typed and ``person`` as recorded for one held time, as far as given."""
    draft: dict[str, Any] = _drafts(request).get(str(key), {})
    return draft


def newest_details(request: HttpRequest) -> dict[str, Any] | None:
    """What was typed last in any window, to begin with in the next."""
    typed = [draft["details"] for draft in _drafts(request).values() if "details" in draft]
    return typed[-1] if typed else None


def keep_draft(request: HttpRequest, key: Key, **more: Any) -> None:
    """Add to what is known for a held time, and let the oldest of several go."""
    drafts = _drafts(request)
    drafts[str(key)] = drafts.pop(str(key), {}) | more
    request.session[SESSION_KEY] = dict(list(drafts.items())[-KEPT:])


def _drafts(request: HttpRequest) -> dict[str, dict[str, Any]]:
    return dict(request.session.get(SESSION_KEY, {}))


def known_details(
    request: HttpRequest, key: Key, plans: Sequence[Plan], *, now: datetime
) -> dict[str, Any]:
    """What was typed before, or what we know of the person who is signed in."""
    typed = draft_of(request, key).get("details") or newest_details(request)
    if typed:
        known: dict[str, Any] = {**typed, "born_on": date.fromisoformat(typed["born_on"])}
        return known | _pays_known(request, known, plans, now)
    known = {"language": get_language() or "en", "preferred_channel": "sms"}
    if isinstance(request.user, User):
        person = people_acted_for(request.user, now=now).order_by("pk").first()
        if person is not None:
            known |= {
                "given_name": person.given_name,
                "family_name": person.family_name,
                "born_on": person.born_on,
                "language": person.language,
                "preferred_channel": person.preferred_channel,
                "phone": str(request.user.phone or ""),
                "email": _first_email(person),
                "pays": pays_of(current_coverage(person), plans),
            }
    return known


def _pays_known(
    request: HttpRequest, typed: dict[str, Any], plans: Sequence[Plan], now: datetime
) -> dict[str, str]:
    """How somebody we know pays: what they told us counts, not what was typed for another time."""
    same = {
        "given_name__iexact": typed["given_name"],
        "family_name__iexact": typed["family_name"],
        "born_on": typed["born_on"],
    }
    person = people_acted_for(request.user, now=now).filter(**same).first()
    return {"pays": pays_of(current_coverage(person), plans)} if person else {}


def _first_email(person: Person) -> str:
    point = person.contact_points.filter(kind="email").order_by("-pk").first()
    return point.value if point else ""

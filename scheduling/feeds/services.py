"""Making and revoking the private addresses that calendars ask."""

import secrets
from datetime import datetime

from django.conf import settings
from django.db import transaction

from infrastructure.hashed_secrets import keyed_hash
from people.models import User
from scheduling.models import CalendarFeed


@transaction.atomic
def make_feed(*, owner: User, of: str, language: str, now: datetime) -> str:
    """A new address for this account's calendar; the one it had ends at once.

    It is given here and stored nowhere: 192 bits that nobody can guess.
    """
    # Two presses at once make one address that works, not an error.
    User.objects.select_for_update().get(pk=owner.pk)
    revoke_feed(owner=owner, of=of, now=now)
    token = secrets.token_urlsafe(24)
    CalendarFeed.objects.create(
        owner=owner, of=of, token_hash=keyed_hash(token), language=language, created_at=now
    )
    return f"{settings.PUBLIC_URL}/feeds/{token}.ics"


@transaction.atomic
def revoke_feed(*, owner: User, of: str, now: datetime) -> None:
    """End the address. Doing it twice is success."""
    CalendarFeed.objects.filter(owner=owner, of=of, revoked_at=None).update(revoked_at=now)

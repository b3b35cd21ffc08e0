"""One-time codes: proof that an address is someone's, bound to the browser that asked."""

import hmac
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from infrastructure.hashed_secrets import keyed_hash
from people.exceptions import CodeRefused, TooManyCodes
from people.models import OneTimeCode

GOOD_FOR = timedelta(minutes=10)
WRONG_TRIES_ALLOWED = 5
LIMIT_WINDOW = timedelta(hours=1)
CODES_PER_ADDRESS = 5
CODES_PER_BROWSER = 10


def issue_code(*, address: str, browser: str, now: datetime) -> tuple[OneTimeCode, str]:
    """A new code for ``address`` (E.164 or lower-case e-mail), good for ten minutes.

    ``browser`` is the secret kept in that browser's session. Gives the row and the six digits,
    which are stored nowhere else. Raises TooManyCodes.
    """
    since = now - LIMIT_WINDOW
    recent = OneTimeCode.objects.filter(created_at__gt=since)
    browser_hash = keyed_hash(browser)
    if (
        recent.filter(address=address).count() >= CODES_PER_ADDRESS
        or recent.filter(browser_hash=browser_hash).count() >= CODES_PER_BROWSER
    ):
        raise TooManyCodes
    digits = f"{secrets.randbelow(1_000_000):06d}"
    row = OneTimeCode.objects.create(
        address=address,
        code_hash=keyed_hash(f"{address}:{digits}"),
        browser_hash=browser_hash,
        created_at=now,
        expires_at=now + GOOD_FOR,
    )
    return row, digits


def prove_address(*, address: str, digits: str, browser: str, now: datetime) -> None:
    """Use up the newest code for this address and browser. Raises CodeRefused.

    A wrong try is counted in a transaction of its own, so that refusing cannot undo the count.
    """
    refused = False
    with transaction.atomic():
        code = (
            OneTimeCode.objects.select_for_update()
            .filter(address=address, browser_hash=keyed_hash(browser))
            .order_by("-created_at", "-pk")
            .first()
        )
        if code is None or not _usable(code, now):
            refused = True
        elif not hmac.compare_digest(code.code_hash, keyed_hash(f"{address}:{digits.strip()}")):
            OneTimeCode.objects.filter(pk=code.pk).update(wrong_tries=F("wrong_tries") + 1)
            refused = True
        else:
            OneTimeCode.objects.filter(pk=code.pk).update(used_at=now)
    if refused:
        raise CodeRefused


def _usable(code: OneTimeCode, now: datetime) -> bool:
    return code.used_at is None and code.expires_at > now and code.wrong_tries < WRONG_TRIES_ALLOWED

"""Proving an address with a one-time code, and signing its account in."""

from datetime import datetime

from django.db import transaction

from messaging.services import outbox
from people.models import OneTimeCode, User
from people.selectors import account_reached_at
from people.services import codes
from scheduling.clinic.selectors.places import clinic_name


@transaction.atomic
def send_code(*, address: str, browser: str, language: str, now: datetime) -> OneTimeCode:
    """Send a one-time code to a phone (E.164) or e-mail. Raises TooManyCodes."""
    row, digits = codes.issue_code(address=address, browser=browser, now=now)
    outbox.queue_to_address(
        kind="one_time_code",
        channel="email" if "@" in address else "sms",
        address=address,
        language=language,
        key=f"code:{row.pk}",
        facts={"code": digits, "clinic": clinic_name()},
        useful_until=row.expires_at,
        now=now,
    )
    return row


def send_code_if_known(*, address: str, browser: str, language: str, now: datetime) -> None:
    """Send a sign-in code if an account has proven this address. Says nothing either way.

    Raises TooManyCodes, which counts unknown addresses too.
    """
    if account_reached_at(address) is None:
        codes.issue_code(address=address, browser=browser, now=now)
        return
    send_code(address=address, browser=browser, language=language, now=now)


def account_for_code(*, address: str, digits: str, browser: str, now: datetime) -> User | None:
    """The account whose address the code proves. Raises CodeRefused."""
    codes.prove_address(address=address, digits=digits, browser=browser, now=now)
    return account_reached_at(address)

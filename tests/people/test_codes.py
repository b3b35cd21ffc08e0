"""One-time codes: what proves an address, and what does not."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from people.exceptions import CodeRefused, TooManyCodes
from people.models import OneTimeCode
from people.services.codes import (
    CODES_PER_ADDRESS,
    CODES_PER_BROWSER,
    GOOD_FOR,
    LIMIT_WINDOW,
    WRONG_TRIES_ALLOWED,
    issue_code,
    prove_address,
)

pytestmark = pytest.mark.django_db
PHONE = "+12125550142"
Prove = Callable[..., bool]


@pytest.fixture
def code(now: datetime) -> str:
    """A code that Rosa's browser asked for."""
    return issue_code(address=PHONE, browser="rosa's", now=now)[1]


@pytest.fixture
def proves(now: datetime) -> Prove:
    """Whether digits prove an address: Rosa's phone, in her browser, now, unless said otherwise."""

    def proves(
        digits: str,
        *,
        address: str = PHONE,
        browser: str = "rosa's",
        after: timedelta = timedelta(),
    ) -> bool:
        try:
            prove_address(address=address, digits=digits, browser=browser, now=now + after)
        except CodeRefused:
            return False
        return True

    return proves


def other(digits: str) -> str:
    return f"{(int(digits) + 1) % 1_000_000:06d}"


def test_the_right_code_proves_the_address(code: str, proves: Prove) -> None:
    assert proves(f" {code} ")


def test_a_code_is_six_digits_and_is_kept_nowhere(code: str) -> None:
    assert len(code) == 6
    assert code.isdigit()
    row = OneTimeCode.objects.get()
    kept = [str(getattr(row, field.name)) for field in row._meta.fields]
    assert not [each for each in kept if code in each and len(each) < 60]
    assert "rosa's" not in kept


def test_a_wrong_code_proves_nothing_and_the_right_one_still_does(code: str, proves: Prove) -> None:
    assert not proves(other(code))
    assert proves(code)


def test_a_code_is_used_up(code: str, proves: Prove) -> None:
    assert proves(code)
    assert not proves(code)


@pytest.mark.parametrize(
    ("after", "good"),
    [(GOOD_FOR - timedelta(seconds=1), True), (GOOD_FOR, False), (timedelta(days=1), False)],
)
def test_a_code_is_good_for_ten_minutes(
    code: str, proves: Prove, after: timedelta, good: bool
) -> None:
    assert proves(code, after=after) is good


def test_a_code_is_another_browsers_or_anothers_phone(code: str, proves: Prove) -> None:
    assert not proves(code, browser="a thief's")
    assert not proves(code, address="+12125550143")
    assert proves(code)


def test_after_five_wrong_tries_the_right_code_is_refused_too(code: str, proves: Prove) -> None:
    for _ in range(WRONG_TRIES_ALLOWED):
        assert not proves(other(code))
    assert not proves(code)
    assert OneTimeCode.objects.get().wrong_tries == WRONG_TRIES_ALLOWED


def test_a_thiefs_wrong_tries_do_not_lock_the_owner_out(code: str, proves: Prove) -> None:
    for _ in range(WRONG_TRIES_ALLOWED + 1):
        assert not proves(other(code), browser="a thief's")
    assert proves(code)


def test_the_newest_code_counts(code: str, proves: Prove, now: datetime) -> None:
    newest = issue_code(address=PHONE, browser="rosa's", now=now + timedelta(minutes=1))[1]
    if code != newest:
        assert not proves(code, after=timedelta(minutes=1))
    assert proves(newest, after=timedelta(minutes=1))


def test_an_address_gets_so_many_codes_an_hour(now: datetime) -> None:
    for number in range(CODES_PER_ADDRESS):
        issue_code(address=PHONE, browser=f"browser {number}", now=now)
    with pytest.raises(TooManyCodes):
        issue_code(address=PHONE, browser="one more", now=now)
    issue_code(address="+12125550143", browser="one more", now=now)
    issue_code(address=PHONE, browser="one more", now=now + LIMIT_WINDOW)


def test_a_browser_gets_so_many_codes_an_hour(now: datetime) -> None:
    for number in range(CODES_PER_BROWSER):
        issue_code(address=f"+1212555{number:04d}", browser="a scanner's", now=now)
    with pytest.raises(TooManyCodes):
        issue_code(address=PHONE, browser="a scanner's", now=now)
    issue_code(address=PHONE, browser="rosa's", now=now)

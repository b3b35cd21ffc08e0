"""Nothing lives longer in a database session than its transaction.

PgBouncer in transaction mode gives the next transaction another connection (docs/runbook.md).
"""

import re

import pytest

from tests.architecture.test_rooms import ROOT

APPS = [
    "checkin", "config", "contactcenter", "feedback", "followups", "infrastructure", "messaging",
    "people", "portal", "reminders", "scheduling",
]  # fmt: skip
KEPT_IN_A_SESSION = re.compile(
    r"""\b(?:PREPARE\s+\w+|EXECUTE\s+\w+\s*\(|DEALLOCATE\b
    |pg_(?:try_)?advisory_(?:lock|unlock)\w*
    |LISTEN\s+\w+|UNLISTEN\b|WITH\s+HOLD|DECLARE\s+\w+\s+CURSOR
    |CREATE\s+TEMP(?:ORARY)?\b|SET\s+SESSION\b|lastval\s*\(|currval\s*\()""",
    re.VERBOSE,
)


@pytest.mark.parametrize("app", APPS)
def test_nothing_is_kept_in_a_session(app: str) -> None:
    files = [*(ROOT / app).rglob("*.py"), *(ROOT / app).rglob("*.sql")]
    found = {
        str(file.relative_to(ROOT)): words
        for file in files
        if (words := KEPT_IN_A_SESSION.findall(file.read_text()))
    }
    assert files
    assert not found


@pytest.mark.parametrize(
    "words",
    [
        "PREPARE look AS SELECT 1",
        "EXECUTE look (1)",
        "SELECT pg_advisory_lock(1)",
        "SELECT pg_try_advisory_lock(1)",
        "LISTEN changes",
        "DECLARE rows CURSOR WITH HOLD FOR SELECT 1",
        "CREATE TEMPORARY TABLE kept (id int)",
        "SELECT currval ('numbers')",
    ],
)
def test_it_would_be_seen(words: str) -> None:
    assert KEPT_IN_A_SESSION.search(words)


def test_locks_that_end_with_their_transaction_are_fine() -> None:
    assert not KEPT_IN_A_SESSION.search("SELECT pg_advisory_xact_lock(1)")

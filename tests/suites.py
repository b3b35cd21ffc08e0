"""Which of the two suites is run: the quick one, or the complete one (see docs/testing.md)."""

import os

# Set by ``make test-all``.
COMPLETE = os.environ.get("COMPLETE") == "1"


def examples(number: int) -> int:
    """How many examples hypothesis tries: so many in the complete suite, a tenth in the quick."""
    return number if COMPLETE else max(number // 10, 5)

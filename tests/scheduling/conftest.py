"""What tests of scheduling share."""

import pytest
from pytest_django import Settings


@pytest.fixture(autouse=True)
def _no_file_scan(settings: Settings) -> None:
    """Every new test client would read all static files first, for a tenth of a second."""
    settings.WHITENOISE_AUTOREFRESH = True

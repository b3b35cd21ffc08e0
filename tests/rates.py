"""How often one may ask, in a test."""

from pytest_django import Settings


def at_most(settings: Settings, **rates: str) -> None:
    """So many requests of each kind of asker; the others as they are."""
    usual = settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"DEFAULT_THROTTLE_RATES": usual | rates}

"""The made-up language, and that it is not for patients."""

import os
import subprocess
import sys

import pytest
from django.utils import formats

from config.languages import AS_BEFORE, RIGHT_TO_LEFT, PseudoTranslation, pseudo
from local.embedded import CHECKOUT

BY_NAME = "DAY_FORMAT MONTH_DAY_FORMAT DATE_FORMAT SHORT_DATE_FORMAT TIME_FORMAT".split()


def plain(text: str) -> str:
    """Without the signs that turn the direction of writing around."""
    return text.replace(RIGHT_TO_LEFT, "").replace(AS_BEFORE, "")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Hello, %(name)s", "⟦Ĥéļļö, %(name)s⟧"),
        ("Step <strong>%(n)d</strong> of 4", "⟦Šţép <strong>%(n)d</strong> öf 4⟧"),
        ("100 %% done &amp; dusted", "⟦100 %% ðöñé &amp; ðûšţéð⟧"),
        ("letter\x04Open", "⟦Öpéñ⟧"),
    ],
)
def test_pseudo_accents_words_and_keeps_what_programs_read(said: str, shown: str) -> None:
    assert plain(pseudo(said)) == shown


def test_pseudo_counts_as_english_does() -> None:
    made_up = PseudoTranslation()
    assert [plain(made_up.ngettext("day", "days", n)) for n in (1, 2)] == ["⟦ðåý⟧", "⟦ðåýš⟧"]


@pytest.mark.parametrize("language", ["en", "es", "ar-xb"])
def test_every_language_says_every_date_and_time(language: str) -> None:
    """Django shows the name of a format that a language lacks."""
    assert not [name for name in BY_NAME if formats.get_format(name, language) == name]


def settings_with(**environment: str) -> subprocess.CompletedProcess[str]:
    show = "from django.conf import settings; print([code for code, _ in settings.LANGUAGES])"
    return subprocess.run(
        [sys.executable, "-c", show],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings"} | environment,
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_pseudo_is_a_language_only_when_asked_for() -> None:
    assert settings_with().stdout.strip() == "['en', 'es']"
    assert settings_with(PSEUDO_LOCALE="1").stdout.strip() == "['en', 'es', 'ar-xb']"


def test_production_refuses_pseudo() -> None:
    refused = settings_with(
        PSEUDO_LOCALE="1",
        ENVIRONMENT="production",
        SECRET_KEY="x" * 60,
        PUBLIC_URL="https://visits.example",
        TWILIO_API_BASE_URL="https://api.twilio.com",
    )
    assert refused.returncode != 0
    assert "PSEUDO_LOCALE" in refused.stderr

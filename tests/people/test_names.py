"""How people are addressed, and texts in their language."""

import pytest

from people.rules.names import display_name, in_language


@pytest.mark.parametrize(
    ("given", "family", "chosen", "shown"),
    [
        ("Rosa", "Alvarez", "", "Rosa Alvarez"),
        ("Rosa", "Alvarez", "Ro", "Ro Alvarez"),
        ("Rosa", "", "", "Rosa"),
        ("", "Alvarez", "", "Alvarez"),
    ],
)
def test_the_chosen_name_comes_first(given: str, family: str, chosen: str, shown: str) -> None:
    assert display_name(given, family, chosen) == shown


@pytest.mark.parametrize(
    ("texts", "language", "shown"),
    [
        ({"en": "Blood test", "es": "Análisis"}, "es", "Análisis"),
        ({"en": "Blood test", "es": "Análisis"}, "fr", "Blood test"),
        ({"es": "Análisis"}, "fr", "Análisis"),
        ({}, "en", ""),
    ],
)
def test_a_text_falls_back_to_english(texts: dict[str, str], language: str, shown: str) -> None:
    assert in_language(texts, language) == shown

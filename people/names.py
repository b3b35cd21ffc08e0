"""How people are addressed. Pure."""


def display_name(given: str, family: str, chosen: str = "") -> str:
    """Full name, with the chosen name in place of the given one when there is one."""
    return f"{chosen or given} {family}".strip()


def in_language(texts: dict[str, str], language: str) -> str:
    """The text in ``language``, or in English, or in whatever language there is.

    ``texts`` maps language codes to texts, as clinics give them: ``{"en": …, "es": …}``.
    """
    if language in texts:
        return texts[language]
    return texts.get("en") or next(iter(texts.values()), "")

"""How people are addressed, and what is meant by what is typed to find one. Pure."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

DATES = (
    re.compile(r"\b(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})\b"),
    re.compile(r"\b(?P<month>\d{1,2})[/.-](?P<day>\d{1,2})[/.-](?P<year>\d{4})\b"),
)
NUMBER = re.compile(r"\+?\(?\d[\d\s().-]*")
FEWEST_LETTERS, FEWEST_DIGITS = 2, 4


@dataclass(frozen=True, slots=True)
class PersonQuery:
    """Who is looked for: the beginnings of names, some digits of a phone, a date of birth.

    ``impossible`` is a date that no calendar has.
    """

    names: tuple[str, ...] = ()
    digits: str = ""
    born_on: date | None = None
    impossible: bool = False

    def __bool__(self) -> bool:
        """Whether it says enough to look."""
        return bool(
            self.born_on
            or len(self.digits) >= FEWEST_DIGITS
            or any(len(name) >= FEWEST_LETTERS for name in self.names)
        )


def plain(text: str) -> str:
    """Small letters without accents.

    >>> plain("José Núñez")
    'jose nunez'
    """
    parts = unicodedata.normalize("NFD", text)
    return "".join(each for each in parts if not unicodedata.combining(each)).lower()


def parse_person_query(text: str) -> PersonQuery:
    """What somebody at the desk means by "alv 3/28/1957", "716 555 0142" or "rosa".

    Dates are written month first, as people here do, or as ISO 8601.
    """
    born_on, impossible = None, False
    for pattern in DATES:
        if found := pattern.search(text):
            text = text[: found.start()] + " " + text[found.end() :]
            try:
                born_on = date(**{name: int(part) for name, part in found.groupdict().items()})
            except ValueError:
                impossible = True
            break
    digits = "".join(re.sub(r"\D", "", each) for each in NUMBER.findall(text))
    words = NUMBER.sub(" ", text).replace(",", " ").split()
    return PersonQuery(tuple(plain(word) for word in words), digits, born_on, impossible)


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

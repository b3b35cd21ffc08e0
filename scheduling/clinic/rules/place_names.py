"""Which place somebody means by what they typed. Pure.

People type "14201", "14201-1234", "buffalo", "Búffalo, NY" and "Buffalo NY 14201", and mean one
place. Names are compared without case, accents, spaces and punctuation.
"""

import re
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches

from people.rules.names import plain

FEWEST_LETTERS = 3
# A postcode's first three digits are its region's (USPS: the sectional center facility).
REGION_DIGITS = 3
POSTCODE = re.compile(r"(?<!\d)(\d{5})(?:[-\s]?\d{4})?(?!\d)")
STATE = re.compile(r"(?<=\w) [a-z]{2}$")


def key_of(text: str) -> str:
    """What two spellings of one name have in common.

    >>> key_of("  Saint-Étienne ")
    'saint etienne'
    """
    return " ".join(re.findall(r"[^\W_]+", plain(unicodedata.normalize("NFKC", text))))


def meanings(typed: str) -> list[str]:
    """The keys that may be meant, most telling first: a postcode, the whole, the town alone.

    >>> meanings("Buffalo, NY 14201-1234")
    ['14201', 'buffalo ny', 'buffalo']
    """
    text = unicodedata.normalize("NFKC", typed)
    words = key_of(POSTCODE.sub(" ", text))
    town = key_of(POSTCODE.sub(" ", text.partition(",")[0]))
    found = [*POSTCODE.findall(text), words, town, STATE.sub("", words)]
    return [key for key in dict.fromkeys(found) if key]


def beginnings(typed: str) -> list[str]:
    """The letters or digits with which every name begins that could be meant, or is like it."""
    wanted = meanings(typed)
    return sorted({key[:REGION_DIGITS] if key[0].isdigit() else key[0] for key in wanted})


def best_match(typed: str, names: Iterable[str]) -> str | None:
    """The name that is meant: one that is the same, or else the first that begins so."""
    by_key = {key_of(name): name for name in names}
    wanted = meanings(typed)
    for key in wanted:
        if key in by_key:
            return by_key[key]
    for key in wanted:
        if len(key) >= FEWEST_LETTERS:
            longer = sorted(other for other in by_key if other.startswith(key))
            if longer:
                return by_key[longer[0]]
    return None


def like(typed: str, names: Iterable[str], *, most: int = 3) -> list[str]:
    """The names that somebody who typed this may have meant: spelled like it, or near it."""
    by_key = {key_of(name): name for name in names}
    found: list[str] = []
    for key in meanings(typed):
        if key.isdigit():
            numbers = sorted(other for other in by_key if other.isdigit())
            found += sorted(numbers, key=lambda other: abs(int(other) - int(key)))[:most]
        else:
            found += get_close_matches(key, by_key, n=most, cutoff=0.6)
    return [by_key[key] for key in dict.fromkeys(found)][:most]

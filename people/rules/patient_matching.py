"""Whether two records may be of one person. Pure."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher

from people.rules.names import plain

# Of name, date of birth and phone so many must agree: one of them is often written otherwise.
ENOUGH = 2
ALIKE = 0.8


@dataclass(frozen=True, slots=True)
class Traits:
    """What is known of somebody: a full name, a date of birth, phones in E.164."""

    name: str
    born_on: date
    phones: Collection[str] = ()


def are_alike(one: str, other: str) -> bool:
    """Whether two full names may be one: turned around, cut short, or a letter off.

    >>> are_alike("José Núñez", "nunez jose"), are_alike("Rosa Alvarez", "Rosa Alvares")
    (True, True)
    """
    first, second = _words(one), _words(other)
    if set(first) <= set(second) or set(second) <= set(first):
        return True
    return SequenceMatcher(None, " ".join(first), " ".join(second)).ratio() >= ALIKE


def _words(name: str) -> list[str]:
    return sorted(re.findall(r"\w+", plain(name)))


def likeness(one: Traits, other: Traits) -> int:
    """How many of name, date of birth and phone agree, 0 to 3."""
    return (
        are_alike(one.name, other.name)
        + (one.born_on == other.born_on)
        + (not set(one.phones).isdisjoint(other.phones))
    )

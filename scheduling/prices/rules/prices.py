"""What a patient is expected to pay: a price, and what a plan changes about it. Pure."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Range:
    """A price in cents: ``low`` at least, ``high`` at most."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Terms:
    """What members of a plan pay: a ``copay`` in cents, or else ``share`` percent of the price.

    Visits of the types ``in_full`` (short names) cost them nothing.
    """

    copay: int | None = None
    share: int | None = None
    in_full: Collection[str] = ()


def expected_price(full: Range, terms: Terms, *, visit_type: str) -> Range:
    """What somebody with these terms is expected to pay: never less than nothing, never more than
    the full price. Half a cent is rounded up.
    """
    if visit_type in terms.in_full:
        return Range(0, 0)
    return Range(_owed(full.low, terms), _owed(full.high, terms))


def _owed(price: int, terms: Terms) -> int:
    owed = price
    if terms.copay is not None:
        owed = terms.copay
    elif terms.share is not None:
        owed = (price * terms.share + 50) // 100
    return max(0, min(owed, price))

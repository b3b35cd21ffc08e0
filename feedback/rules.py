"""Counting answers. Pure.

The scale is the NHS Friends and Family Test's: 1 very good … 5 very poor, 6 don't know. Its
published measure is the share of answers that are good or very good, of all answers including
"don't know" (NHS England, "Using the Friends and Family Test", 2020).
"""

from collections.abc import Iterable
from dataclasses import dataclass

GOOD = (1, 2)
POOR = (4, 5)
SCALE = (1, 2, 3, 4, 5, 6)


@dataclass(frozen=True, slots=True)
class Score:
    """``counts`` maps each answer code to how often it was given; shares are 0 to 1."""

    counts: dict[int, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def positive(self) -> float | None:
        """Share of good and very good answers; None without answers."""
        return self._share(GOOD)

    @property
    def negative(self) -> float | None:
        """Share of poor and very poor answers; None without answers."""
        return self._share(POOR)

    def _share(self, codes: Iterable[int]) -> float | None:
        return sum(self.counts[code] for code in codes) / self.total if self.total else None


def score(answers: Iterable[int]) -> Score:
    """Count answer codes. Raises KeyError for one that is not on the scale."""
    counts = dict.fromkeys(SCALE, 0)
    for answer in answers:
        counts[answer] += 1
    return Score(counts)


def needs_a_person(overall: int) -> bool:
    """Whether somebody should call: the visit was poor or very poor."""
    return overall in POOR

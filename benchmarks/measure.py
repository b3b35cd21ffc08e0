"""Ours and the floor, alternating in one run: medians, spread and their ratio."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import median, quantiles
from time import perf_counter


@dataclass(frozen=True)
class Line:
    """One comparison. Times are milliseconds; ``spread`` is the middle half of ours (p25-p75)."""

    what: str
    ours: float
    floor: float
    spread: tuple[float, float]
    target: str
    ratio: float
    met: bool
    note: str = ""

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


def count(what: str, number: float, *, at_most: float, note: str = "") -> Line:
    """Something that is counted, against its limit."""
    return Line(
        what,
        number,
        at_most,
        (number, number),
        f"at most {at_most:g}",
        number / at_most if at_most else float(number),
        number <= at_most,
        note,
    )


def compare(
    what: str,
    ours: Callable[[], object],
    floor: Callable[[], object],
    *,
    at_most: float,
    rounds: int = 60,
    note: str = "",
) -> Line:
    """Time both by turns, after three of each that do not count. Slower than ``at_most`` times
    the floor misses the target.
    """
    times = by_turns([ours, floor], rounds=rounds)
    own, bare = median(times[0]), median(times[1])
    low, _, high = quantiles(times[0], n=4)
    return Line(
        what,
        own,
        bare,
        (low, high),
        f"at most {at_most:g}",
        own / bare,
        own <= at_most * bare,
        note,
    )


def by_turns(calls: Sequence[Callable[[], object]], *, rounds: int) -> list[list[float]]:
    """How long each call took, each time, in milliseconds."""
    for call in [*calls, *calls, *calls]:
        call()
    times: list[list[float]] = [[] for _ in calls]
    for _ in range(rounds):
        for taken, call in zip(times, calls, strict=True):
            began = perf_counter()
            call()
            taken.append((perf_counter() - began) * 1000)
    return times


def table(lines: Sequence[Line]) -> str:
    """The lines as people read them."""
    head = ("", "ours", "p25-p75", "floor", "ratio", "target", "")
    rows = [
        (
            line.what,
            f"{line.ours:.2f}",
            f"{line.spread[0]:.2f}-{line.spread[1]:.2f}",
            f"{line.floor:.2f}",
            f"{line.ratio:.2f}",
            line.target,
            ("met" if line.met else "MISSED") + (f"  {line.note}" if line.note else ""),
        )
        for line in lines
    ]
    widths = [max(len(row[n]) for row in [head, *rows]) for n in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [head, *rows]
    )

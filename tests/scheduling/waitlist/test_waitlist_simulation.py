"""The simulation says the same each time, what the page about the waitlist says of it, and that
with its stated assumptions more freed times are filled than a large vendor fills.
"""

from pathlib import Path

from benchmarks.waitlist import (
    ACCEPTS,
    LIST_SIZE,
    VENDOR_FILLS,
    Clinics,
    Setting,
    Told,
    line,
    runs,
)

PAGE = (Path(__file__).parents[3] / "docs" / "waitlist.md").read_text()


def told(setting: Setting, seed: int = 1) -> Told:
    return Clinics(setting, seed).run()


def test_with_what_the_vendor_publishes_more_is_filled_than_they_fill() -> None:
    """200 wait, and 11 % of offers are accepted. The seeds with the most and the least filled."""
    assert (ACCEPTS, VENDOR_FILLS, LIST_SIZE) == (0.11, 0.30, 200)
    least, most = told(Setting(), seed=3).share, told(Setting(), seed=1).share
    assert least > 2 * VENDOR_FILLS
    (row,) = [row for row in PAGE.splitlines() if row.startswith("| 200 wait, 11% of offers")]
    assert f"| {least:.0%} to {most:.0%} |" in row
    assert f"the vendor fills {VENDOR_FILLS:.0%} of theirs" in PAGE


def test_with_few_who_wait_less_is_filled_and_the_page_says_so() -> None:
    few = runs(Setting(waiting=25))
    assert max(each.share for each in few) < VENDOR_FILLS
    assert line("25 wait", few) in PAGE


def test_a_seed_always_tells_the_same() -> None:
    few = Setting(waiting=20)
    assert told(few) == told(few)
    assert told(few) != told(few, seed=2)


def test_who_says_yes_more_often_fills_more() -> None:
    shares = [told(Setting(waiting=20, accepts=chance)).share for chance in (0.0, 0.11, 1.0)]
    assert shares[0] == 0.0
    assert shares == sorted(shares)
    assert shares[2] > shares[1] > 0

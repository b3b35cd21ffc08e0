"""What a patient is expected to pay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.prices.rules.prices import Range, Terms, expected_price

CENTS = st.integers(0, 1_000_000_00)
RANGES = st.tuples(CENTS, CENTS).map(lambda two: Range(min(two), max(two)))
TERMS = st.one_of(
    CENTS.map(lambda copay: Terms(copay=copay)),
    st.integers(0, 100).map(lambda share: Terms(share=share)),
)


@given(RANGES, TERMS)
def test_it_is_never_below_nothing_nor_above_the_full_price(full: Range, terms: Terms) -> None:
    owed = expected_price(full, terms, visit_type="check-up")
    assert 0 <= owed.low <= owed.high
    assert owed.low <= full.low
    assert owed.high <= full.high


@given(RANGES, st.integers(0, 100), st.integers(0, 100))
def test_a_larger_share_never_costs_less(full: Range, one: int, other: int) -> None:
    less, more = sorted((one, other))
    a = expected_price(full, Terms(share=less), visit_type="x")
    b = expected_price(full, Terms(share=more), visit_type="x")
    assert a.low <= b.low
    assert a.high <= b.high


@given(RANGES, TERMS)
def test_what_is_covered_in_full_costs_nothing(full: Range, terms: Terms) -> None:
    covered = Terms(terms.copay, terms.share, in_full=["flu-shot"])
    assert expected_price(full, covered, visit_type="flu-shot") == Range(0, 0)
    assert expected_price(full, covered, visit_type="x") == expected_price(
        full, terms, visit_type="x"
    )


@pytest.mark.parametrize(
    ("terms", "owed"),
    [
        (Terms(copay=2000), Range(2000, 2000)),
        (Terms(copay=15_000), Range(12_000, 15_000)),
        (Terms(share=20), Range(2400, 3600)),
        (Terms(share=0), Range(0, 0)),
        (Terms(), Range(12_000, 18_000)),
    ],
)
def test_a_copay_and_a_share(terms: Terms, owed: Range) -> None:
    assert expected_price(Range(12_000, 18_000), terms, visit_type="check-up") == owed


def test_half_a_cent_is_rounded_up() -> None:
    assert expected_price(Range(10, 50), Terms(share=25), visit_type="x") == Range(3, 13)

"""Counting answers as the NHS Friends and Family Test does."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.rules import SCALE, needs_a_person, score

ANSWERS = st.lists(st.sampled_from(SCALE))


@given(ANSWERS)
def test_every_answer_is_counted_once(answers: list[int]) -> None:
    counted = score(answers)
    assert counted.total == len(answers)
    assert {code: count for code, count in counted.counts.items() if count} == Counter(answers)


@given(ANSWERS, st.randoms())
def test_the_order_does_not_matter(answers: list[int], dice: object) -> None:
    shuffled = list(answers)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert score(shuffled) == score(answers)


@given(ANSWERS.filter(bool))
def test_shares_are_parts_of_a_whole(answers: list[int]) -> None:
    counted = score(answers)
    assert counted.positive is not None
    assert counted.negative is not None
    assert 0 <= counted.positive <= 1
    assert 0 <= counted.negative <= 1
    middle = sum(answers.count(code) for code in (3, 6)) / len(answers)
    assert counted.positive + counted.negative + middle == pytest.approx(1)


@given(ANSWERS)
def test_a_good_answer_never_lowers_the_share(answers: list[int]) -> None:
    before, after = score(answers).positive, score([*answers, 1]).positive
    assert after is not None
    assert before is None or after >= before


@given(ANSWERS.filter(bool))
def test_not_knowing_counts_among_all(answers: list[int]) -> None:
    """The published measure divides by all answers, "don't know" included."""
    positive = score(answers).positive
    diluted = score([*answers, *[6] * len(answers)]).positive
    assert positive is not None
    assert diluted == pytest.approx(positive / 2)


def test_it_counts_the_published_example() -> None:
    counted = score([1] * 60 + [2] * 25 + [3] * 5 + [4] * 4 + [5] * 4 + [6] * 2)
    assert (counted.positive, counted.negative) == (0.85, 0.08)


def test_without_answers_there_is_no_share() -> None:
    assert (score([]).positive, score([]).negative, score([]).total) == (None, None, 0)


@pytest.mark.parametrize("answer", [0, 7, -1])
def test_what_is_not_on_the_scale_is_refused(answer: int) -> None:
    with pytest.raises(KeyError):
        score([answer])


def test_somebody_calls_after_a_poor_visit_only() -> None:
    assert [code for code in SCALE if needs_a_person(code)] == [4, 5]

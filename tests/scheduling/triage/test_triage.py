"""Where answers lead: urgent before everything, then a better visit, then on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.clinic_file.rules import questions as in_files
from scheduling.triage.rules import (
    MOST_QUESTIONS,
    URGENCIES,
    Answer,
    Question,
    TriageOutcome,
    Unanswered,
    outcome_of,
    questions_of,
)

NAMES = st.sampled_from(["a", "b", "c", "d"])


LEADS = st.one_of(
    st.just(("", "")),
    st.tuples(st.sampled_from(URGENCIES), st.just("")),
    st.tuples(st.just(""), NAMES),
)


@st.composite
def question(draw: st.DrawFn, name: str) -> Question:
    """A question that is answered with yes or no, each leading somewhere."""
    answers = [Answer(said, {"en": said}, *draw(LEADS)) for said in ("yes", "no")]
    return Question(name, {}, tuple(answers))


QUESTIONS = st.lists(NAMES, min_size=1, max_size=MOST_QUESTIONS, unique=True).flatmap(
    lambda names: st.tuples(*map(question, names))
)
GIVEN = st.dictionaries(NAMES, st.sampled_from(["yes", "no", "maybe"]))


def chosen(questions: tuple[Question, ...], said: dict[str, str]) -> list[Answer]:
    return [
        answer
        for question in questions
        for answer in question.answers
        if said.get(question.name) == answer.name
    ]


def led(questions: tuple[Question, ...], said: dict[str, str]) -> TriageOutcome | list[str]:
    """Where answers lead, or the questions that are open."""
    try:
        return outcome_of(questions, said)
    except Unanswered as fact:
        return fact.questions


@given(QUESTIONS, GIVEN)
def test_the_most_urgent_answer_wins_whatever_else_is_said_or_left_open(
    questions: tuple[Question, ...], said: dict[str, str]
) -> None:
    urgent = {answer.urgent for answer in chosen(questions, said)} - {""}
    to = led(questions, said)
    if urgent:
        most = next(each for each in URGENCIES if each in urgent)
        assert to == TriageOutcome(urgent=most)
    else:
        assert not isinstance(to, TriageOutcome) or to.urgent == ""


@given(QUESTIONS, GIVEN)
def test_nobody_goes_on_with_a_question_open_or_past_a_better_visit(
    questions: tuple[Question, ...], said: dict[str, str]
) -> None:
    picked = chosen(questions, said)
    outcome = led(questions, said)
    if isinstance(outcome, list):
        assert 0 < len(outcome) == len(questions) - len(picked)
        return
    if outcome.goes_on:
        assert len(picked) == len(questions)
        assert not any(answer.urgent or answer.visit_type for answer in picked)
    if outcome.visit_type:
        assert outcome.visit_type == next(each.visit_type for each in picked if each.visit_type)


@given(QUESTIONS, GIVEN, st.dictionaries(st.text(min_size=2), st.text()))
def test_what_is_not_asked_changes_nothing(
    questions: tuple[Question, ...], said: dict[str, str], more: dict[str, str]
) -> None:
    assert led(questions, said) == led(questions, said) == led(questions, more | said)


def test_without_questions_everybody_goes_on() -> None:
    assert outcome_of((), {}).goes_on


def test_open_questions_are_named_in_order() -> None:
    two = (Answer("yes", {}), Answer("no", {}))
    asked = [Question(name, {}, two) for name in ("first", "second", "third")]
    with pytest.raises(Unanswered) as fact:
        outcome_of(asked, {"second": "no"})
    assert fact.value.questions == ["first", "third"]


def test_questions_are_read_as_their_row_keeps_them() -> None:
    row = [
        {
            "name": "pain",
            "asks": {"en": "Pain?"},
            "answers": [{"name": "yes", "says": {"en": "Yes"}, "urgent": "call", "visit_type": ""}],
        }
    ]
    (kept,) = questions_of(row)
    assert kept.answers == (Answer("yes", {"en": "Yes"}, "call", ""),)


def test_a_file_knows_the_same_urgencies() -> None:
    assert in_files.URGENCIES == URGENCIES
    assert in_files.MOST_QUESTIONS == MOST_QUESTIONS

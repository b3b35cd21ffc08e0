"""The questions that lead to the right kind of visit, as a clinic file asks them. Pure."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from scheduling.clinic_file.rules.problems import Report
from scheduling.clinic_file.rules.specs import AnswerSpec, QuestionSpec
from scheduling.clinic_file.rules.tables import Table

QUESTION_LENGTH, ANSWER_LENGTH = 300, 100
MOST_QUESTIONS = 4
# The most urgent first. ``triage.rules`` says what they mean; tests hold the two together.
URGENCIES = ("emergency", "today", "call")


def questions(table: Table, languages: Sequence[str]) -> tuple[QuestionSpec, ...]:
    """``[visit_types.x.questions.y]``: up to four, in the order of the file."""
    found = tuple(
        QuestionSpec(
            line=inner.line,
            name=name,
            asks=inner.words("asks", languages, most=QUESTION_LENGTH),
            answers=tuple(
                _answer(own, each, languages)
                for own, each in inner.named_tables("answers", "answer")
            ),
        )
        for name, inner in table.named_tables("questions", "question", required=False)
    )
    if len(found) > MOST_QUESTIONS:
        table.wrong(
            "questions", f"{table.called} asks {len(found)} questions; at most 4 fit on a screen."
        )
    for question in found:
        _check_answers(question, table.report)
    return found


def _answer(name: str, table: Table, languages: Sequence[str]) -> AnswerSpec:
    urgent = table.mention("urgent", "an urgency", URGENCIES, required=False)
    better = table.text("visit_type", most=50, required=False)
    if urgent and better:
        table.wrong("visit_type", "an urgent answer leads to advice, not to another visit type.")
    return AnswerSpec(
        line=table.line,
        name=name,
        says=table.words("says", languages, most=ANSWER_LENGTH),
        urgent=urgent,
        visit_type=better,
    )


def _check_answers(question: QuestionSpec, report: Report) -> None:
    if len(question.answers) < 2:
        report.wrong(question.line, f"question '{question.name}' needs at least two answers.")
    elif all(answer.urgent or answer.visit_type for answer in question.answers):
        report.wrong(question.line, f"no answer to question '{question.name}' lets anybody go on.")


def check_visit_types(asked: Sequence[tuple[str, Sequence[QuestionSpec]]], report: Report) -> None:
    """Answers lead to other visit types of the file. ``asked`` are short names and questions."""
    names = [slug for slug, _ in asked]
    for slug, found in asked:
        for answer in (each for question in found for each in question.answers):
            others = [name for name in names if name != slug]
            if answer.visit_type:
                report.known(answer.line, answer.visit_type, "another visit type", others)


def as_data(found: Sequence[QuestionSpec]) -> list[dict[str, Any]]:
    """Questions as ``VisitType.questions`` keeps them; lines of the file are left out."""

    def without_line(items: list[tuple[str, Any]]) -> dict[str, Any]:
        return {key: value for key, value in items if key != "line"}

    return [
        {**data, "answers": list(data["answers"])}
        for data in (asdict(each, dict_factory=without_line) for each in found)
    ]

"""Which visit is the right one: short questions, and where their answers lead. Pure.

A visit type keeps its questions as data (``VisitType.questions``), a list of

    {"name": "chest-pain", "asks": {"en": "…", "es": "…"}, "answers": [
        {"name": "yes", "says": {"en": "Yes"}, "urgent": "emergency", "visit_type": ""},
        {"name": "no", "says": {"en": "No"}, "urgent": "", "visit_type": ""}]}

An answer is urgent, or leads to another visit type (its short name), or lets the patient go on.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# What to do instead of booking, the most urgent first: call 911 now; be seen today at urgent
# care; speak with us on the phone before anything else.
EMERGENCY, TODAY, CALL = "emergency", "today", "call"
URGENCIES = (EMERGENCY, TODAY, CALL)
MOST_QUESTIONS = 4


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. ``urgent`` is one of ``URGENCIES`` or empty; ``visit_type`` a better one."""

    name: str
    says: dict[str, str]
    urgent: str = ""
    visit_type: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    name: str
    asks: dict[str, str]
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class TriageOutcome:
    """Where the answers lead. With neither ``urgent`` nor ``visit_type``: go on."""

    urgent: str = ""
    visit_type: str = ""

    @property
    def goes_on(self) -> bool:
        return not (self.urgent or self.visit_type)


class Unanswered(Exception):
    """Something is not answered yet. ``questions`` are the names of those."""

    def __init__(self, questions: Sequence[str]) -> None:
        super().__init__(", ".join(questions))
        self.questions = list(questions)


def questions_of(data: Iterable[Mapping[str, Any]]) -> tuple[Question, ...]:
    """The questions of a visit type, as its row keeps them."""
    return tuple(
        Question(
            name=one["name"],
            asks=one["asks"],
            answers=tuple(
                Answer(each["name"], each["says"], each["urgent"], each["visit_type"])
                for each in one["answers"]
            ),
        )
        for one in data
    )


def outcome_of(questions: Sequence[Question], given: Mapping[str, str]) -> TriageOutcome:
    """Where answers (question to answer, by name) lead.

    Anything urgent wins, the most urgent first, even while other questions are open: nobody with
    chest pain is asked to finish a form. Then the first question whose answer leads to another
    visit type. Answers to what is not asked count for nothing. Raises Unanswered.
    """
    chosen = {
        question.name: answer
        for question in questions
        for answer in question.answers
        if given.get(question.name) == answer.name
    }
    urgent = {answer.urgent for answer in chosen.values()}
    for urgency in URGENCIES:
        if urgency in urgent:
            return TriageOutcome(urgent=urgency)
    open_questions = [each.name for each in questions if each.name not in chosen]
    if open_questions:
        raise Unanswered(open_questions)
    better = (answer.visit_type for answer in chosen.values() if answer.visit_type)
    return TriageOutcome(visit_type=next(better, ""))

"""The questions before a visit, as a form."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from people.rules.names import in_language
from scheduling.triage.rules import Question, TriageOutcome, Unanswered, outcome_of


class QuestionsForm(forms.Form):
    """The questions of a visit type. ``outcome`` is where the answers led, when it is valid."""

    def __init__(self, *args: Any, questions: Sequence[Question], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = questions
        self.outcome = TriageOutcome()
        language = get_language() or "en"
        for question in questions:
            self.fields[question.name] = forms.ChoiceField(
                label=in_language(question.asks, language),
                choices=[
                    (each.name, in_language(each.says, language)) for each in question.answers
                ],
                required=False,
                widget=forms.RadioSelect,
            )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        try:
            self.outcome = outcome_of(self.questions, cleaned)
        except Unanswered as fact:
            for name in fact.questions:
                if name not in self.errors:
                    asked = {"question": self.fields[name].label}
                    self.add_error(name, _("Choose an answer: %(question)s") % asked)
        return cleaned

"""What the style guide shows: every component in every state, with invented people and visits."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.core.paginator import Paginator
from django.utils.text import slugify

from feedback.charts import answers_chart
from feedback.rules import Score
from portal.account.forms import DateOfBirthField

AT = datetime(2027, 3, 28, 14, 30, tzinfo=UTC)
ZONE = "America/New_York"
LONG = "Electroencephalography and neuropsychological assessment follow-up"
UNBROKEN = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk"
TONES = ["neutral", "info", "success", "warning", "waiting", "danger"]
ICONS = (
    "alert arrow-left arrow-right bell building calendar calendar-plus car chart check "
    "check-circle chevron clipboard clock dot download drop food globe heart home info lock mail "
    "message money pencil phone pin plus printer refresh ring search sign-out star stethoscope "
    "user users x"
).split()
# A form of a specimen goes nowhere: there is nothing behind it.
NOWHERE = {"url": "#", "csrf_token": "none"}

Context = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Specimen:
    """One component in one state.

    ``context`` may be a function, so that what it makes speaks the specimen's language.
    """

    component: str
    state: str
    context: Context | Callable[[], Context] = field(default_factory=dict)
    language: str = "en"
    direction: str = "ltr"
    look: str = ""  # narrow, wide or desk


@dataclass(frozen=True, slots=True)
class Section:
    """Components that belong together. ``about`` is the rule to keep when using them."""

    title: str
    about: str
    specimens: list[Specimen]

    @property
    def slug(self) -> str:
        return slugify(self.title)


class Example(forms.Form):
    """A field of each kind."""

    name = forms.CharField(
        label="Full name", help_text="As it is on your insurance card.", max_length=80
    )
    nickname = forms.CharField(label="What should we call you?", required=False)
    reason = forms.CharField(
        label="What would you like to talk about?", widget=forms.Textarea(attrs={"rows": 3})
    )
    visit = forms.ChoiceField(
        label="Kind of visit", choices=[("", "Choose one"), ("blood", "Blood test"), ("long", LONG)]
    )
    how = forms.ChoiceField(
        label="How should we reach you?",
        choices=[("sms", "Text message"), ("email", "E-mail"), ("voice", "Phone call")],
        widget=forms.RadioSelect,
    )
    needs = forms.MultipleChoiceField(
        label="What do you need?",
        choices=[("ramp", "A way without steps"), ("interpreter", "An interpreter")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    agrees = forms.BooleanField(label="You may send me reminders", required=False)
    born_on = DateOfBirthField(label="Date of birth")
    phone = forms.CharField(label="Mobile phone", help_text="We text you a code.")
    code = forms.CharField(label="Your code")

    def __init__(self, data: dict[str, str] | None = None, *, prefix: str) -> None:
        super().__init__(data, prefix=prefix)
        for each in self.fields.values():
            each.error_messages["invalid_choice"] = "Choose one of these."


def empty_form() -> Example:
    return Example(prefix="empty")


def plain_form() -> Example:
    return Example(prefix="plain")


def wrong_form() -> Example:
    """Sent with mistakes, one of them the form's own."""
    form = Example({"wrong-visit": "gone", "wrong-how": "pigeon"}, prefix="wrong")
    form.add_error(None, "That time was just taken. Choose another one below.")
    return form


def disabled_form() -> Example:
    form = Example(prefix="off")
    for each in form.fields.values():
        each.disabled = True
    return form


def fields(component: str, *names: str, form: Callable[[], Example], state: str) -> list[Specimen]:
    return [Specimen(component, f"{name}, {state}", {"field": form()[name]}) for name in names]


def visit(*, place: str = "Northfield Buffalo", **more: Any) -> Context:
    shown = {
        "starts_at": AT,
        "time_zone": ZONE,
        "site": {"name": place, "address": "410 Heron Lane, Buffalo, NY 14222"},
        "clinician": {"name": "Dr. Priya Raman"},
    }
    return {"title": "Blood test", "visit": shown, "level": 3} | more


def options(**more: Any) -> list[Context]:
    return [
        {"value": "a", "label": "In person", "text": "At the clinic", "icon": "building"} | more,
        {"value": "b", "label": "By phone", "meta": "$45", "checked": True},
        {"value": "c", "label": LONG, "text": UNBROKEN, "disabled": True},
    ]


def table(rows: int) -> Context:
    row = {
        "cells": [
            {"text": "Rosa Alvarez", "url": "#"},
            {"text": "Blood test", "note": "fasting"},
            {"text": "Checked in", "tone": "waiting"},
            {"text": "24"},
        ]
    }
    long = {"cells": [{"text": UNBROKEN}, {"text": LONG}, {"text": "Late", "tone": "warning"}, {}]}
    return {
        "caption": "Waiting now",
        "columns": [
            {"label": "Name"},
            {"label": "Visit"},
            {"label": "Status"},
            {"label": "Minutes", "numeric": True},
        ],
        "rows": [row, long | {"tone": "accent"}][:rows],
    }


def page(number: int) -> Context:
    return {"page": Paginator(range(50), 10).page(number)}


def timeline() -> Context:
    return {
        "label": "What happens next",
        "items": [
            {"title": "Booked", "state": "done", "when": "Monday, March 8", "iso": "2027-03-08"},
            {"title": "We remind you", "state": "current", "text": "By text message."},
            {"title": "Your visit", "state": "todo", "url": "#", "link_label": "How to prepare"},
        ],
    }


def chart(**counts: int) -> Context:
    made = answers_chart(Score({code: counts.get(f"_{code}", 0) for code in range(1, 7)}))
    return {"title": made.title, "svg": made.svg, "columns": made.columns, "rows": made.rows}


def said(*levels: str) -> Context:
    words = {
        "SUCCESS": "Your visit has a new time.",
        "INFO": "We sent you a message.",
        "WARNING": "This time is held for one more minute.",
        "ERROR": "This visit can no longer be checked in.",
    }
    return {"messages": [Message(getattr(constants, each), words[each]) for each in levels]}

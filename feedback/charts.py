"""The dashboard's chart: a picture in words and SVG, the table behind it, and its download.

How charts are made here, and why so, is in docs/charts.md.
"""

import csv
from dataclasses import dataclass
from io import StringIO

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from feedback.forms import OVERALL
from feedback.rules import Score
from spreadsheets import safe_cell

WIDTH, ROW = 340, 48


@dataclass(frozen=True, slots=True)
class AnswerBar:
    """One answer's bar. Lengths are in the drawing's units."""

    label: str
    count: int
    y: int
    length: float
    tone: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A figure: ``title`` says the finding, ``rows`` is the table behind the picture."""

    title: str
    svg: SafeString
    columns: list[dict[str, object]]
    rows: list[dict[str, list[dict[str, str]]]]


TONES = {1: "good", 2: "good", 3: "middle", 4: "poor", 5: "poor", 6: "unknown"}


def answers_chart(counted: Score) -> Chart:
    """How often each answer was given, as horizontal bars."""
    most = max(counted.counts.values(), default=0) or 1
    bars = [
        AnswerBar(
            label=str(label),
            count=counted.counts[int(code)],
            y=number * ROW,
            length=WIDTH * counted.counts[int(code)] / most,
            tone=TONES[int(code)],
        )
        for number, (code, label) in enumerate(OVERALL)
    ]
    svg = render_to_string(
        "charts/bars.svg",
        {
            "id": "answers",
            "bars": bars,
            "width": WIDTH,
            "height": ROW * len(bars),
            "title": _finding(counted),
        },
    )
    return Chart(
        title=_finding(counted),
        svg=SafeString(svg),
        columns=[
            {"label": _("Answer")},
            {"label": _("Patients"), "numeric": True},
            {"label": _("Share"), "numeric": True},
        ],
        rows=[
            {
                "cells": [
                    {"text": bar.label},
                    {"text": str(bar.count)},
                    {"text": _percent(bar.count, counted.total)},
                ]
            }
            for bar in bars
        ],
    )


def as_csv(chart: Chart) -> str:
    """The table behind a chart for a spreadsheet, as the page shows it.

    It begins with the mark by which spreadsheets know UTF-8.
    """
    text = StringIO()
    table = csv.writer(text)
    table.writerow(safe_cell(str(column["label"])) for column in chart.columns)
    table.writerows([safe_cell(cell["text"]) for cell in row["cells"]] for row in chart.rows)
    return f"\ufeff{text.getvalue()}"


def _percent(part: int, whole: int) -> str:
    if not whole:
        return ""
    return _("%(rate)s%%") % {"rate": round(100 * part / whole)}


def _finding(counted: Score) -> str:
    if counted.positive is None:
        return _("No answers yet")
    return ngettext(
        "%(share)d%% said their visit was good (%(total)d answer)",
        "%(share)d%% said their visit was good (%(total)d answers)",
        counted.total,
    ) % {"share": round(counted.positive * 100), "total": counted.total}

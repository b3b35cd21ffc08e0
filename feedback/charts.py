"""The dashboard's chart as a picture in words and SVG, with the table behind it."""

from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from feedback.forms import OVERALL
from feedback.scoring import Score

WIDTH, ROW = 420, 52


@dataclass(frozen=True, slots=True)
class Bar:
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
    rows: list[dict[str, object]]


TONES = {1: "good", 2: "good", 3: "middle", 4: "poor", 5: "poor", 6: "unknown"}


def answers_chart(counted: Score) -> Chart:
    """How often each answer was given, as horizontal bars."""
    most = max(counted.counts.values(), default=0) or 1
    bars = [
        Bar(
            label=str(label),
            count=counted.counts[int(code)],
            y=number * ROW,
            length=WIDTH * counted.counts[int(code)] / most,
            tone=TONES[int(code)],
        )
        for number, (code, label) in enumerate(OVERALL)
    ]
    svg = render_to_string(
        "feedback/answers_chart.svg",
        {
            "bars": bars,
            "width": WIDTH,
            "height": ROW * len(bars),
            "title": _finding(counted),
        },
    )
    return Chart(
        title=_finding(counted),
        svg=SafeString(svg),
        columns=[{"label": _("Answer")}, {"label": _("Patients"), "numeric": True}],
        rows=[{"cells": [{"text": bar.label}, {"text": str(bar.count)}]} for bar in bars],
    )


def _finding(counted: Score) -> str:
    if counted.positive is None:
        return _("No answers yet")
    return ngettext(
        "%(share)d%% said their visit was good (%(total)d answer)",
        "%(share)d%% said their visit was good (%(total)d answers)",
        counted.total,
    ) % {"share": round(counted.positive * 100), "total": counted.total}

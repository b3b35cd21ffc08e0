"""A chart says its finding, has its table behind it, and does not need its colors."""

import csv
import re
import xml.etree.ElementTree as ET
from datetime import datetime, timedelta
from io import StringIO
from itertools import combinations
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from feedback.charts import TONES, WIDTH, answers_chart, as_csv
from feedback.models import SurveyInvitation, SurveyResponse
from feedback.rules import score
from feedback.services.surveys import plan_surveys
from people.models import StaffRole
from tests.builders import make_appointment, make_site, make_staff, see

ANSWERS = [1, 1, 1, 2, 4, 6]


def test_the_title_says_the_finding() -> None:
    assert answers_chart(score(ANSWERS)).title == "67% said their visit was good (6 answers)"
    assert answers_chart(score([])).title == "No answers yet"


def test_the_picture_says_in_words_what_it_shows() -> None:
    chart = answers_chart(score(ANSWERS))
    picture = ET.fromstring(chart.svg)
    assert picture.get("role") == "img"
    assert picture.findtext("title") == chart.title
    words = [text.text for text in picture.iter("text")]
    assert words[:4] == ["Very good", "3", "Good", "1"]
    assert "style=" not in chart.svg, "the content policy would refuse it"


def test_bars_are_as_long_as_their_numbers() -> None:
    picture = ET.fromstring(answers_chart(score(ANSWERS)).svg)
    lengths = [
        float(bar.get("width", 0))
        for bar in picture.iter("rect")
        if "bars__bar" in (bar.get("class") or "")
    ]
    assert lengths == [WIDTH, *[round(WIDTH / 3, 1)] * 3]


def test_the_table_behind_it_has_the_same_numbers_and_their_shares() -> None:
    chart = answers_chart(score(ANSWERS))
    rows = [[cell["text"] for cell in row["cells"]] for row in chart.rows]
    assert rows[0] == ["Very good", "3", "50%"]
    assert rows[1] == ["Good", "1", "17%"]
    assert [column["label"] for column in chart.columns] == ["Answer", "Patients", "Share"]


def test_a_spreadsheet_gets_the_table_in_the_readers_language() -> None:
    with translation.override("es"):
        text = as_csv(answers_chart(score(ANSWERS)))
    assert text.startswith("\ufeff")
    header, first, *_ = csv.reader(StringIO(text.removeprefix("\ufeff")))
    assert header[1] == "Pacientes"
    assert first[1:] == ["3", "50%"]


# --- The download


@pytest.mark.django_db
def test_a_manager_downloads_the_numbers_of_their_own_sites(
    client: Client, clock_at_now: datetime
) -> None:
    visit = make_appointment(now=clock_at_now)
    see(visit, by=make_staff("clinician"), now=clock_at_now - timedelta(hours=3))
    plan_surveys(now=clock_at_now)
    SurveyResponse.objects.create(
        invitation=SurveyInvitation.objects.get(), overall=1, answered_at=clock_at_now
    )
    client.force_login(make_staff(StaffRole.Role.MANAGER, sites=[visit.site]))
    page = client.get("/desk/feedback/").content.decode()
    assert 'href="/desk/feedback/answers.csv" download' in page
    file = client.get("/desk/feedback/answers.csv")
    assert file.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "patient-feedback-2026-11-23.csv" in file.headers["Content-Disposition"]
    assert "Very good,1,100%" in file.content.decode()
    assert "Alvarez" not in file.content.decode()
    client.force_login(make_staff(StaffRole.Role.MANAGER, sites=[make_site()]))
    assert "Very good,0," in client.get("/desk/feedback/answers.csv").content.decode()


@pytest.mark.django_db
def test_the_download_is_for_managers(client: Client) -> None:
    client.force_login(make_staff(StaffRole.Role.FRONT_DESK, sites=[make_site()]))
    assert client.get("/desk/feedback/answers.csv").status_code == 404


# --- Colors

CSS = (Path(settings.BASE_DIR) / "static" / "css" / "base.css").read_text()
BRIGHT, _, REST = CSS.partition("@media screen and (prefers-color-scheme: dark)")
TOKEN = re.compile(r"--([\w-]+): (#[0-9a-f]{6});")
LIGHT = dict(TOKEN.findall(BRIGHT))
DARK = LIGHT | dict(TOKEN.findall(REST.partition("@media (prefers-contrast")[0]))
# Machado, Oliveira and Fernandes (2009), severity 1.0, for linear RGB.
VISION = {
    "most people's": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.01182, 0.04294, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.3039),
    ),
}
Color = tuple[float, ...]


def linear(code: str) -> Color:
    shares = [value / 255 for value in bytes.fromhex(code[1:])]
    return tuple(((v + 0.055) / 1.055) ** 2.4 if v > 0.04045 else v / 12.92 for v in shares)


def luminance(color: Color) -> float:
    return sum(w * v for w, v in zip((0.2126, 0.7152, 0.0722), color, strict=True))


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(linear(one)), luminance(linear(other))))
    return (high + 0.05) / (low + 0.05)


def seen(code: str, vision: str) -> Color:
    """CIELAB of a color as somebody with this vision sees it."""
    color = linear(code)
    r, g, b = (
        min(1.0, max(0.0, sum(w * v for w, v in zip(row, color, strict=True))))
        for row in VISION[vision]
    )
    x = (0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047
    y = 0.2126 * r + 0.7152 * g + 0.0722 * b
    z = (0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883
    fx, fy, fz = (v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in (x, y, z))
    return (116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz))


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("vision", VISION)
def test_no_two_tones_look_alike(theme: dict[str, str], vision: str) -> None:
    tones = {name: seen(theme[f"chart-{name}"], vision) for name in set(TONES.values())}
    for one, other in combinations(sorted(tones), 2):
        apart = sum((a - b) ** 2 for a, b in zip(tones[one], tones[other], strict=True)) ** 0.5
        assert apart >= 20, f"{one} and {other}: {apart:.0f}"


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_every_bar_stands_out_from_its_track(theme: dict[str, str]) -> None:
    for tone in set(TONES.values()):
        assert contrast(theme[f"chart-{tone}"], theme["sunken"]) >= 3, tone

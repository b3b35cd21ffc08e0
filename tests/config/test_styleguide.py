"""The style guide shows every component there is, and so can be trusted to be whole."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from config.styleguide.acting import ACTING
from config.styleguide.page import COLORS, shown
from config.styleguide.telling import TELLING
from tests.builders import make_group

ROOT = Path(settings.BASE_DIR)
COMPONENTS = {path.stem for path in (ROOT / "templates" / "components").glob("*.html")}
SECTIONS = [*ACTING, *TELLING]
SPECIMENS = [specimen for section in SECTIONS for specimen in section.specimens]


def test_every_component_is_shown() -> None:
    assert {each.component for each in SPECIMENS} == COMPONENTS


def test_every_component_that_has_words_of_its_own_is_shown_in_spanish_too() -> None:
    has_words = {
        name
        for name in COMPONENTS
        if re.search(
            r"\{% (translate|blocktranslate)",
            (ROOT / "templates" / "components" / f"{name}.html").read_text(),
        )
    }
    # Their words are inside another component, or said only to a screen reader.
    inside = {"field_label", "choice_cards", "countdown"}
    in_spanish = {each.component for each in SPECIMENS if each.language == "es"}
    assert has_words - in_spanish - inside == set()


@pytest.mark.parametrize("specimen", SPECIMENS, ids=lambda each: f"{each.component} {each.state}")
def test_a_specimen_shows_something(specimen: object) -> None:
    html = shown(specimen, "here").html  # type: ignore[arg-type]
    assert html.strip()
    assert "style=" not in html, "the content policy would refuse it"


def test_every_color_it_shows_is_a_token() -> None:
    tokens = set(re.findall(r"--([\w-]+):", (ROOT / "static" / "css" / "base.css").read_text()))
    css = (ROOT / "static" / "css" / "styleguide.css").read_text()
    for color in COLORS:
        assert color in tokens
        assert f".swatch--{color} " in css


@pytest.fixture
def page(db: None, client: Client) -> str:
    make_group()
    answer = client.get("/styleguide/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_names_every_section_and_specimen(page: str) -> None:
    for section in SECTIONS:
        assert f'<h2 id="{section.slug}">{section.title}</h2>' in page
    assert page.count("data-specimen=") == len(SPECIMENS)


def test_ids_are_given_once_and_labels_find_their_fields(page: str) -> None:
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert sorted(ids) == sorted(set(ids))
    for attribute in ("for", "aria-labelledby", "aria-describedby"):
        for names in re.findall(rf'\b{attribute}="([^"]+)"', page):
            assert set(names.split()) <= set(ids), f"{attribute}={names}"


def test_it_is_in_one_language_and_says_so(db: None, client: Client) -> None:
    make_group()
    page = client.get("/styleguide/", headers={"Accept-Language": "es"}).content.decode()
    assert '<div class="wrap wrap--wide flow guide" lang="en"' in page


@pytest.mark.parametrize(("environment", "who"), [("demo", "anyone"), ("production", "staff")])
def test_in_production_it_is_for_staff(environment: str, who: str) -> None:
    ask = (
        "import django; django.setup(); from config.access import ALL_STAFF, Audience, rule_for;"
        "print({Audience.ANYONE: 'anyone', ALL_STAFF: 'staff'}[rule_for('styleguide')])"
    )
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "ENVIRONMENT": environment,
        "TWILIO_API_BASE_URL": "https://api.twilio.com",
        "CLOCK_FILE": "",
        "SANDBOX_URL": "",
    }
    done = subprocess.run(
        [sys.executable, "-c", ask], cwd=ROOT, env=env, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [who]

"""A clinic goes out as a file that loads to no change."""

import io
from datetime import datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from scheduling.clinic_file.rules import parse
from scheduling.clinic_file.rules.writing import write
from scheduling.clinic_file.selectors.current_clinic import current_clinic
from scheduling.clinic_file.services.loading import load_clinic
from scheduling.models import AvailabilityException, Clinician, Resource, Site

DEMO = Path(__file__).parents[3] / "demo" / "clinic.toml"
LANGUAGES = [code for code, _ in settings.LANGUAGES]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_at_now")]


def load(text: str, now: datetime, *, check: bool = False) -> set[tuple[str, str, str]]:
    clinic = parse(text, today=now.date(), languages=LANGUAGES)
    loaded = load_clinic(clinic=clinic, now=now, dry_run=check)
    return {(each.kind, each.verb, each.which) for each in loaded.changes}


def test_the_demos_clinic_comes_out_as_it_went_in(now: datetime) -> None:
    load(DEMO.read_text(), now)
    text = write(current_clinic(now=now))
    assert load(text, now, check=True) == set()


def test_it_can_be_loaded_elsewhere_and_comes_out_the_same(now: datetime) -> None:
    load(DEMO.read_text(), now)
    first = write(current_clinic(now=now))
    Resource.objects.filter(kind="session").delete()
    for model in (AvailabilityException, Clinician, Resource, Site):
        model._default_manager.all().delete()
    assert load(first, now)
    assert write(current_clinic(now=now)) == first


def test_what_is_inactive_stays_here(now: datetime) -> None:
    load(DEMO.read_text(), now)
    Clinician.objects.filter(resource__slug="tomas-novak").update(active=False)
    assert "tomas-novak" not in write(current_clinic(now=now))


def test_odd_words_are_kept(now: datetime) -> None:
    load(DEMO.read_text(), now)
    odd = 'Ring "twice"\n\\ then wait\x7f ☎'
    Site.objects.update(directions={"en": odd})
    assert load(write(current_clinic(now=now)), now, check=True) == set()
    assert Site.objects.all()[0].directions["en"] == odd


def test_the_command_writes_a_file(now: datetime, tmp_path: Path) -> None:
    file, out = tmp_path / "clinic.toml", io.StringIO()
    with pytest.raises(CommandError, match="No clinic"):
        call_command("export_clinic", str(file))
    load(DEMO.read_text(), now)
    call_command("export_clinic", str(file))
    call_command("load_clinic", str(file), "--check", stdout=out)
    assert "nothing" in out.getvalue()
    call_command("export_clinic", stdout=out)
    assert file.read_text() in out.getvalue()

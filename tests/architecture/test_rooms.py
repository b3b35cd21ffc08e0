"""What import-linter cannot see: which names of Django a module takes, and what it calls."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STAGES = (
    "checkin contactcenter feedback followups infrastructure messaging people portal reminders "
    "scheduling"
).split()
RULES = ("**/rules.py", "**/rules/*.py", "transitions.py")
PURE = [
    "spreadsheets.py",
    *sorted(
        str(path.relative_to(ROOT))
        for stage in STAGES
        for pattern in RULES
        for path in (ROOT / stage).glob(pattern)
    ),
]
# A status is a column too, and is shown: its words are Django's choices, translated.
STATUS_WORDS = {"django.db.models.TextChoices", "django.utils.translation.gettext_lazy"}
CATCH_ALLS = {"common", "core", "helper", "helpers", "misc", "shared", "util", "utils"}


def modules_of(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def imported_by(path: Path) -> set[str]:
    """Dotted names that a module imports, down to the single name."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def called_by(path: Path) -> set[str]:
    """Calls like ``datetime.now``, as they are written."""
    return {
        ast.unparse(node.func)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
    }


@pytest.mark.parametrize("name", PURE)
def test_pure_modules_take_nothing_from_django_but_status_words(name: str) -> None:
    from_django = {each for each in imported_by(ROOT / name) if each.startswith("django")}
    assert from_django <= (STATUS_WORDS if name.endswith("transitions.py") else set())


def test_below_the_doors_nobody_reads_the_machines_clock() -> None:
    doors = set(
        "api management views home.py provider_views.py requests.py tasks.py verification.py "
        "views.py".split()
    )
    asked = {
        f"{path.relative_to(ROOT)}: {call}"
        for path in modules_of(*STAGES)
        if not doors & set(path.relative_to(ROOT).parts)
        for call in called_by(path)
        if call.split(".")[-1] in {"now", "utcnow", "today", "localtime", "localdate"}
    }
    assert asked == set()


def test_only_services_open_transactions() -> None:
    elsewhere = {
        str(path.relative_to(ROOT))
        for path in modules_of(*STAGES)
        if "django.db.transaction" in imported_by(path)
        and not {"services", "services.py", "migrations"} & set(path.relative_to(ROOT).parts)
    }
    assert elsewhere == set()


def test_the_clock_knows_no_stage() -> None:
    roots = {each.split(".")[0] for each in imported_by(ROOT / "clock.py")}
    assert roots <= {"datetime", "django", "json", "pathlib"}


def test_no_module_is_a_place_for_anything() -> None:
    named = {
        str(path.relative_to(ROOT))
        for path in modules_of(*STAGES, "config", "local", "sandbox")
        if {path.stem, path.parent.name} & CATCH_ALLS
    }
    assert named == set()


def test_no_stage_speaks_by_signals() -> None:
    speaking = {
        str(path.relative_to(ROOT))
        for path in modules_of(*STAGES)
        if path.stem in {"signals", "receivers"}
        or any(each.startswith(("django.dispatch", "blinker")) for each in imported_by(path))
        or any(".signals" in each for each in imported_by(path))
    }
    assert speaking == set()


@pytest.mark.parametrize("stage", ["portal", "scheduling"])
def test_every_subject_is_held_to_the_order_of_rooms(stage: str) -> None:
    """A folder that import-linter's contract does not name could import as it likes."""
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    named = {name for each in linter["contracts"] for name in each.get("containers", [])}
    folders = {path.parent.name for path in (ROOT / stage).glob("*/__init__.py")}
    subjects = folders - {"api", "desk", "management", "migrations", "models", "templatetags"}
    assert {f"{stage}.{subject}" for subject in subjects} <= named

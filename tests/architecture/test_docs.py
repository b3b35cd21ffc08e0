"""What the documents name is there: folders, files, and what is in modules."""

import importlib
import re
from functools import reduce
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), ROOT / "templates/components/README.md"]
)
PACKAGES = {path.parent.name for path in ROOT.glob("*/__init__.py")}
# Folders with a dot are made by commands, and not everywhere.
FOLDERS = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "."}
QUOTED = re.compile(r"`([^`\s]+)`")
LINKED = re.compile(r"\]\(([^)#\s]+)")


def quoted_in(document: Path) -> set[str]:
    return set(QUOTED.findall(document.read_text()))


def is_file_or_folder(name: str) -> bool:
    """Whether it is one: ``app/room/module.py``, ``app/room/``, ``app/room/module``; or a template
    by the name under which Django knows it.
    """
    return any((ROOT / each).exists() for each in (name, f"{name}.py", f"templates/{name}"))


def is_in_a_module(name: str) -> bool:
    """Whether ``package.module.thing`` can be had, or ``app.Model`` is a model."""
    label, *model = name.split(".")
    if len(model) == 1 and label in apps.app_configs and model[0].lower() in apps.all_models[label]:
        return True
    words = name.split(".")
    for number in range(len(words), 0, -1):
        module = ".".join(words[:number])
        if importable(module):
            try:
                reduce(getattr, words[number:], importlib.import_module(module))
            except AttributeError:
                return False
            return True
    return False


def importable(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def named(document: Path) -> set[tuple[str, bool]]:
    """What it names of ours, each with whether it is there.

    A file of Python is named by its whole path, so that it can be opened and checked.
    """
    found = set()
    for each in quoted_in(document):
        if re.fullmatch(r"[\w./-]+", each) is None:
            continue
        if each.endswith(".py") or ("/" in each and each.split("/")[0] in FOLDERS):
            found.add((each, is_file_or_folder(each)))
        elif "." in each and each.split(".")[0] in PACKAGES:
            found.add((each, is_in_a_module(each)))
    return found


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_a_document_names_is_there(document: Path) -> None:
    assert {name for name, there in named(document) if not there} == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_where_a_document_leads_to_is_there(document: Path) -> None:
    links = {each for each in LINKED.findall(document.read_text()) if "://" not in each}
    assert {each for each in links if not (document.parent / each).exists()} == set()


def test_what_is_not_there_is_found_out(tmp_path: Path) -> None:
    document = tmp_path / "letter.md"
    document.write_text(
        "`scheduling/nowhere.py` `moving.py` `scheduling.nowhere` `messaging.Message` "
        "`messaging.tasks.deliver_due` `messaging.tasks.deliver_nothing` `scheduling/waitlist/`"
    )
    assert {name for name, there in named(document) if not there} == {
        "scheduling/nowhere.py",
        "moving.py",
        "scheduling.nowhere",
        "messaging.tasks.deliver_nothing",
    }

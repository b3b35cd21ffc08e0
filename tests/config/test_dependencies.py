"""Every direct dependency is pinned, and somebody said why it is there."""

import re
import tomllib
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
RUNTIME: list[str] = PROJECT["dependencies"]
EVERYTHING = RUNTIME + [
    need for extra in PROJECT["optional-dependencies"].values() for need in extra
]


def bare(requirement: str) -> str:
    return re.split(r"[\[<>=~!]", requirement)[0].strip()


@pytest.mark.parametrize("requirement", EVERYTHING)
def test_a_dependency_is_explained(requirement: str) -> None:
    assert f"`{bare(requirement)}`" in (CHECKOUT / "docs" / "dependencies.md").read_text()


@pytest.mark.parametrize(
    ("file", "requirements"),
    [("requirements.txt", RUNTIME), ("requirements-dev.txt", EVERYTHING)],
)
def test_every_pin_is_exact_and_has_hashes(file: str, requirements: list[str]) -> None:
    text = (CHECKOUT / file).read_text()
    pins = re.split(r"\n(?=\S)", re.sub(r"(?m)^\s*#.*\n?", "", text).strip())
    names = {re.split(r"[=\[]", pin)[0].lower() for pin in pins}
    assert {bare(requirement).lower() for requirement in requirements} <= names
    assert all(re.match(r"\S+==\S+", pin) and "--hash=sha256:" in pin for pin in pins)


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt", "pyproject.toml"])
def test_no_file_names_a_package_index(file: str) -> None:
    text = (CHECKOUT / file).read_text()
    assert not re.search(r"--(extra-)?index-url|--find-links|https?://|file://", text)

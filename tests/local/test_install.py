"""Installing: once, and with one sentence for each thing that may be in the way."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from local import install

CHECKOUT = Path(__file__).resolve().parents[2]
Machine = Callable[[str], Path]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A checkout whose pip does what a shell script says; gives the list of its calls."""
    (tmp_path / "requirements-dev.txt").write_text("psutil==1.0\n")
    bin_folder = tmp_path / ".venv" / "bin"
    bin_folder.mkdir(parents=True)
    calls = tmp_path / "calls"
    calls.touch()
    monkeypatch.setattr(install, "HERE", tmp_path)
    monkeypatch.setattr(install, "REQUIREMENTS", tmp_path / "requirements-dev.txt")
    monkeypatch.setattr(install, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(install, "PYTHON", bin_folder / "python")
    monkeypatch.setattr(install, "STAMP", tmp_path / ".venv" / "installed.sha256")
    monkeypatch.setenv("PATH", str(tmp_path))

    def with_pip(script: str) -> Path:
        sound = '[ "$1" = -c ] && exit 0'
        executable(bin_folder / "python", f'{sound}\necho "$@" >>{calls}\n{script}')
        return calls

    return with_pip


def executable(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_a_second_run_installs_nothing(machine: Machine) -> None:
    calls = machine("exit 0")
    install.main()
    install.main()
    assert len(calls.read_text().splitlines()) == 1


def test_other_requirements_are_installed_again(machine: Machine) -> None:
    calls = machine("exit 0")
    install.main()
    install.REQUIREMENTS.write_text("psutil==2.0\n")
    install.main()
    assert len(calls.read_text().splitlines()) == 2


def test_only_pinned_ready_made_packages_are_asked_for(machine: Machine) -> None:
    calls = machine("exit 0")
    install.main()
    assert "--require-hashes" in calls.read_text()
    assert "--only-binary :all:" in calls.read_text()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("ERROR: Could not install: No space left on device", "the disk is full"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES FROM", "not the one that was pinned"),
        ("NewConnectionError: Failed to establish", "the package index does not answer"),
        ("ERROR: No matching distribution found for psutil==1.0", "there is no C compiler"),
        ("something nobody thought of", "something nobody thought of"),
    ],
)
def test_a_failure_is_told_plainly(machine: Machine, said: str, sentence: str) -> None:
    machine(f"echo '{said}'; exit 1")
    with pytest.raises(SystemExit, match=f"Visitwell cannot be installed: .*(\n.*)?{sentence}"):
        install.main()
    assert not install.STAMP.exists()


def test_with_a_compiler_it_builds_what_is_not_ready_made(machine: Machine, tmp_path: Path) -> None:
    executable(tmp_path / "cc", "exit 0")
    calls = machine(
        'case "$*" in *only-binary*) echo No matching distribution found for psutil; exit 1;; esac'
    )
    install.main()
    assert len(calls.read_text().splitlines()) == 2
    assert install.STAMP.exists()


def test_a_python_without_venv_is_told_what_to_install(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    executable(tmp_path / "python-without-venv", "echo No module named venv; exit 1")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python-without-venv"))
    with pytest.raises(SystemExit, match="apt-get install python3-venv"):
        install.main()


@pytest.mark.parametrize(
    ("script", "sentence"),
    [("exit 1", "is older than 3.11"), (None, "There is no ")],
)
def test_make_names_a_python_that_will_not_do(
    tmp_path: Path, script: str | None, sentence: str
) -> None:
    python = tmp_path / "python"
    if script is not None:
        executable(python, script)
    done = subprocess.run(
        ["make", "--no-print-directory", "install", f"PYTHON={python}"],
        cwd=CHECKOUT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr

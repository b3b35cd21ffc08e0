"""Finding a browser, or installing one, or saying in one sentence that there is none."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from local import browser

pytestmark = pytest.mark.complete

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder with programs, on a machine without Playwright's own browser."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(browser, "_playwrights_own", lambda: str(tmp_path / "none"))
    return folder


def program(folder: Path, name: str, script: str) -> str:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def test_it_finds_the_first_that_runs(bin_folder: Path) -> None:
    program(bin_folder, "chromium-browser", "exit 1  # a stub that asks to install a snap")
    chrome = program(bin_folder, "google-chrome", "echo Chrome 1")
    assert browser.find() == chrome


def test_one_without_windows_comes_first(bin_folder: Path) -> None:
    program(bin_folder, "chromium", "echo Chromium 1")
    shell = program(bin_folder, "chromium-headless-shell", "echo Chromium 1")
    assert browser.find() == shell


def test_it_does_not_install_what_is_there(bin_folder: Path) -> None:
    chromium = program(bin_folder, "chromium", "echo Chromium 1")
    program(bin_folder, "apt-get", f"touch {bin_folder}/called")
    assert browser.find_or_install() == chromium
    assert not (bin_folder / "called").exists()


@pytest.mark.skipif(
    os.geteuid() != 0 or not Path("/etc/debian_version").exists(), reason="root on Debian"
)
def test_as_root_on_debian_it_installs_the_package(bin_folder: Path) -> None:
    ready = bin_folder / "packaged"
    ready.write_text("#!/bin/sh\necho Chromium 1\n")
    ready.chmod(0o755)
    program(
        bin_folder, "apt-get", f"[ $1 = update ] || /bin/cp {ready} {bin_folder}/{browser.SHELL}"
    )
    assert browser.find_or_install() == str(bin_folder / browser.SHELL)


def test_where_none_can_be_had_it_says_none(
    bin_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(bin_folder, "apt-get", "exit 100")
    monkeypatch.setattr(sys, "executable", program(bin_folder, "python", "exit 1"))
    assert browser.find_or_install() is None


def test_the_command_prints_a_path_or_one_sentence() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "local.browser"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=os.environ
        | {"PATH": "/nonexistent", "PLAYWRIGHT_BROWSERS_PATH": "/nonexistent"}
        | {"PLAYWRIGHT_DOWNLOAD_HOST": "http://127.0.0.1:9"},
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert browser.NONE_TO_BE_HAD in done.stderr

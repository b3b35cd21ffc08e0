"""Find a Chromium or Chrome for the browser tests, or install one.

``python -m local.browser`` prints the path of its program, or one sentence and exit code 1.
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from local import debian, machine

# The same browser without windows, where it is a program of its own, takes a fraction of the work.
SHELL = "chromium-headless-shell"
NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NONE_TO_BE_HAD = (
    "there is no Chromium or Chrome on this machine and none could be installed; "
    "the browser tests are skipped."
)


def find() -> str | None:
    """The path of a browser that runs here; None when there is none."""
    installed = (path for name in NAMES if (path := shutil.which(name)))
    return next(filter(_runs, [*installed, _playwrights_own()]), None)


def find_or_install() -> str | None:
    """Like ``find``, after installing one when there was none."""
    return find() or (_install() and find()) or None


def _playwrights_own() -> str:
    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def _runs(path: str) -> bool:
    """Whether the program starts: a name may be a stub, or miss libraries."""
    return Path(path).exists() and debian.succeeds([path, "--version"], seconds=30)


def _install() -> bool:
    """Debian's package as root on Debian, else Playwright's own; whether either succeeded."""
    if debian.install(SHELL) and find():
        return True
    machine.note("installing Playwright's Chromium …")
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    return debian.succeeds(command, seconds=900)


if __name__ == "__main__":
    path = find_or_install()
    if path is None:
        sys.exit(NONE_TO_BE_HAD)
    sys.stdout.write(f"{path}\n")
